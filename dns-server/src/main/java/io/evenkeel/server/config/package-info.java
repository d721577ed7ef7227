/**
 * The one YAML file of a node, read once at start into records: every key has a default, a unit in its value and an override
 * in the environment. One report names all mistakes.
 */
@NullMarked
package io.evenkeel.server.config;

import org.jspecify.annotations.NullMarked;
