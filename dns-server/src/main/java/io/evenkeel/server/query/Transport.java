package io.evenkeel.server.query;

/** How a question came; decides how long its answer may be. */
public enum Transport {
    UDP,
    TCP
}
