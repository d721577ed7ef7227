/**
 * The differential tester: zones and questions by seed, put to this server and to NSD, Knot DNS, BIND and PowerDNS, and the
 * replies compared; {@code ops/bench/run differential} starts it. One thread; every server is a process of its own.
 */
@NullMarked
package io.evenkeel.bench.differential;

import org.jspecify.annotations.NullMarked;
