/**
 * From master files and records to a checked zone: the only place that judges a zone's contents. Every problem is found
 * and reported, not only the first; contents with an error are refused whole.
 */
@NullMarked
package io.evenkeel.zones.build;

import org.jspecify.annotations.NullMarked;
