/** What any part of the process may need, whatever it does: log lines at a bounded rate, the text of addresses. Knows no other room. */
@NullMarked
package io.evenkeel.consensus.process;

import org.jspecify.annotations.NullMarked;
