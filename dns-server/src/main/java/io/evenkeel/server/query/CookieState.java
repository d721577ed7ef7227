package io.evenkeel.server.query;

/** What a question's COOKIE option was worth (RFC 7873 §5.2). */
public enum CookieState {
    /** Only a client cookie: the client has not learned its server cookie yet (§5.2.3). */
    NEW,
    /** A server cookie that is too old, of another address, or of nobody's making (§5.2.4). */
    INVALID,
    /** A server cookie that some node of this cluster made for this client within the last hour (§5.2.5). */
    VALID
}
