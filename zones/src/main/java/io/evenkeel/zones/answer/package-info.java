/**
 * Answers a question out of one version of the zones: a collector lists references into pages and settles the RCODE. It
 * allocates nothing for a question and takes no lock; collector and answer are scratch of one thread.
 */
@NullMarked
package io.evenkeel.zones.answer;

import org.jspecify.annotations.NullMarked;
