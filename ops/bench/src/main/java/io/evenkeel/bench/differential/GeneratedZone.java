package io.evenkeel.bench.differential;

import java.nio.file.Path;
import java.util.List;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * A zone to serve.
 *
 * @param file its master file
 * @param records what that holds
 * @param family number of the family of zones that it is generated with
 */
record GeneratedZone(Name apex, Path file, List<Record> records, int family) {}
