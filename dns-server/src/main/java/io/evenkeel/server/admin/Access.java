package io.evenkeel.server.admin;

/** The callers that a route lets in. Each kind has its own bound on requests in work, so that none keeps out another. */
enum Access {
    /** Anybody who reaches the port: load balancers and monitoring, which have no key. */
    OPEN(AdminLimits.OPEN_REQUESTS),
    /** A caller with an API key that is good from where it calls. */
    KEYED(AdminLimits.REQUESTS);

    private final int requests;

    Access(int requests) {
        this.requests = requests;
    }

    /** Requests in work at once; more are told to come again. */
    int requests() {
        return requests;
    }
}
