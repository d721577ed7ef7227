package io.evenkeel.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Which version this is, as Maven has written it into the jar. */
public final class Version {
    /** "development" where there is no jar. */
    public static final String TEXT = read();

    private Version() {}

    private static String read() {
        Properties properties = new Properties();
        try (InputStream in =
                Version.class.getResourceAsStream("/META-INF/maven/io.evenkeel/dns-server/pom.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            return "unreadable";
        }
        return properties.getProperty("version", "development");
    }
}
