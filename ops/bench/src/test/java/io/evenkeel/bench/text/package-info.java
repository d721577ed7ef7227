/** Texts of records by chance, read by this server and by readers of others. One thread; each reading is a process of its own. */
@NullMarked
package io.evenkeel.bench.text;

import org.jspecify.annotations.NullMarked;
