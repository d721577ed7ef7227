/** How a part of the process behaves towards the rest of it: how often it says something. Knows no other room. */
@NullMarked
package io.evenkeel.consensus.process;

import org.jspecify.annotations.NullMarked;
