/**
 * The file with the key that all members of one cluster hold, and its rotation. Knows {@code verb}. A step replaces the file
 * whole or not at all.
 */
@NullMarked
package io.evenkeel.ops.key;

import org.jspecify.annotations.NullMarked;
