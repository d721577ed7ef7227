/**
 * The values for Prometheus. This room counts nothing: at a scrape it reads every value from its owner, so that metrics cost
 * the answer path its plain increments only. No client address and no question's name is ever a label.
 */
@NullMarked
package io.evenkeel.server.metrics;

import org.jspecify.annotations.NullMarked;
