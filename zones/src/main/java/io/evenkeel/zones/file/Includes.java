package io.evenkeel.zones.file;

import io.evenkeel.zones.ZoneLimits;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which files {@code $INCLUDE} may open: those in the folder of the zone's file and below it, wherever links lead, so that a
 * zone from somebody else cannot read this machine's other files.
 */
final class Includes {
    private static final String RULE = "RFC 1035 §5.1";

    private final @Nullable Path folder;
    private int opened;

    /** @param folder of the zone's file; null: nothing may be opened */
    Includes(@Nullable Path folder) throws IOException {
        this.folder = folder == null ? null : folder.toRealPath();
    }

    /**
     * The file of that name, free of links.
     *
     * @param directory of the file that includes it
     * @param depth how many {@code $INCLUDE}s that one is within
     */
    Path open(@Nullable Path directory, int depth, String fileName) throws BadEntryException {
        if (folder == null || directory == null) {
            throw refused("$INCLUDE is not allowed here: send one text that holds all records");
        }
        if (depth == ZoneLimits.MAX_INCLUDE_DEPTH) {
            throw refused("$INCLUDE goes deeper than " + ZoneLimits.MAX_INCLUDE_DEPTH + " files");
        }
        if (++opened > ZoneLimits.MAX_INCLUDES) {
            throw refused("more than " + ZoneLimits.MAX_INCLUDES + " files are included");
        }
        Path file;
        try {
            file = directory.resolve(fileName).toRealPath();
        } catch (InvalidPathException bad) {
            throw refused("'" + fileName + "' is not a path: " + bad.getReason());
        } catch (FileSystemException missing) {
            String reason = missing.getReason();
            throw refused("'" + fileName + "' cannot be opened: " + (reason == null ? "no such file" : reason));
        } catch (IOException bad) {
            throw refused("'" + fileName + "' cannot be opened: " + bad.getMessage());
        }
        if (!file.startsWith(folder)) {
            throw refused("'" + fileName + "' is outside the zone's folder " + folder);
        }
        if (!Files.isRegularFile(file)) {
            throw refused("'" + fileName + "' is not a file");
        }
        return file;
    }

    private static BadEntryException refused(String text) {
        return new BadEntryException(text, RULE);
    }
}
