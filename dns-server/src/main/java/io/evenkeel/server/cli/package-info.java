/**
 * The tools of the command line: a node, the checks of its files, and its backups. Each is a tool provider, found by its name
 * in the same jar, so that the command line need not know it, and returns a documented exit code. One thread each.
 */
@NullMarked
package io.evenkeel.server.cli;

import org.jspecify.annotations.NullMarked;
