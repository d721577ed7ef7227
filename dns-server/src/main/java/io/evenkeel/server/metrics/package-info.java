/**
 * What Prometheus reads. Nothing is counted here: every value is read from its owner at the moment of a scrape, so that
 * metrics cost the answer path its plain increments only. No client address and no question's name is ever a label.
 */
@NullMarked
package io.evenkeel.server.metrics;

import org.jspecify.annotations.NullMarked;
