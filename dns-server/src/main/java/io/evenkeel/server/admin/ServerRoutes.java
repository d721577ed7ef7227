package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What PowerDNS' clients ask before they come to zones: which API this is, and which servers there are. */
final class ServerRoutes {
    static final String BASE = "/api/v1/servers/localhost";

    /** octoDNS and others choose how they speak by the version: this is the PowerDNS that the API is like. */
    private static final String LIKE = "4.9.0-evenkeel-";

    private final String version;

    ServerRoutes(String version) {
        this.version = version;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", "/api", Access.KEYED, _ -> discovery()),
                new Route("GET", "/api/v1/servers", Access.KEYED, _ -> {
                    ArrayNode servers = Reply.JSON.createArrayNode();
                    servers.add(server());
                    return Reply.asPowerDns(200, servers);
                }),
                new Route("GET", BASE, Access.KEYED, _ -> Reply.asPowerDns(200, server())));
    }

    private static Reply discovery() {
        ArrayNode versions = Reply.JSON.createArrayNode();
        versions.addObject().put("version", 1).put("url", "/api/v1");
        return Reply.asPowerDns(200, versions);
    }

    private ObjectNode server() {
        return Reply.JSON
                .createObjectNode()
                .put("type", "Server")
                .put("id", "localhost")
                .put("daemon_type", "authoritative")
                .put("version", LIKE + version)
                .put("url", BASE)
                .put("config_url", BASE + "/config{/config_setting}")
                .put("zones_url", BASE + "/zones{/zone}");
    }
}
