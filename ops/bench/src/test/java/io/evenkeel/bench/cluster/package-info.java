/**
 * Real nodes for tests: processes of the real launcher on this machine, on loopback or in networks of their own that can be cut.
 * Knows the command line's {@code node}, {@code local} and {@code verb}, and no room of tests.
 */
@NullMarked
package io.evenkeel.bench.cluster;

import org.jspecify.annotations.NullMarked;
