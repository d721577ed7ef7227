package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** Settings of a zone that PowerDNS has: each has one value here, and another one is refused rather than forgotten. */
final class ZoneSettings {
    static final String NONE = "";
    static final String KIND = "Native";
    static final String NO_COMMENTS = "comments are not kept by this server";

    /** As PowerDNS names it if the serial grows with each change, or is the given one if that is newer. */
    static final String SERIAL_GROWS = "DEFAULT";

    private static final Map<String, String> TEXTS = Map.of(
            "account", NONE,
            "catalog", NONE,
            "kind", KIND,
            "nsec3param", NONE,
            "soa_edit", NONE,
            "soa_edit_api", SERIAL_GROWS);

    private static final List<String> SWITCHES = List.of("api_rectify", "nsec3narrow");
    private static final List<String> LISTS = List.of("master_tsig_key_ids", "masters", "slave_tsig_key_ids");

    private ZoneSettings() {}

    /**
     * Looks at the settings of a zone object; those that are missing or null keep their value.
     *
     * @param signed whether the zone is signed; false for a new one
     */
    static void check(JsonNode body, boolean signed) throws ApiException {
        for (Map.Entry<String, String> text : TEXTS.entrySet()) {
            JsonNode given = body.path(text.getKey());
            require(
                    isAbsent(given) || (given.isTextual() && given.textValue().equalsIgnoreCase(text.getValue())),
                    text.getKey(),
                    given,
                    "\"" + text.getValue() + "\"");
        }
        for (String each : SWITCHES) {
            JsonNode given = body.path(each);
            require(isAbsent(given) || (given.isBoolean() && !given.booleanValue()), each, given, "false");
        }
        for (String each : LISTS) {
            JsonNode given = body.path(each);
            require(isAbsent(given) || (given.isArray() && given.isEmpty()), each, given, "[]");
        }
        JsonNode dnssec = body.path("dnssec");
        if (!isAbsent(dnssec) && !(dnssec.isBoolean() && (signed || !dnssec.booleanValue()))) {
            throw ApiException.invalid(
                    "'dnssec': this server does not sign zones; a zone that is sent signed stays so");
        }
        if (hasComments(body)) {
            throw ApiException.invalid(NO_COMMENTS);
        }
    }

    /** Whether there are comments at a zone or an RRset, which are refused with {@link #NO_COMMENTS}. */
    static boolean hasComments(JsonNode object) {
        JsonNode comments = object.path("comments");
        return comments.isArray() && !comments.isEmpty();
    }

    private static boolean isAbsent(JsonNode given) {
        return given.isMissingNode() || given.isNull();
    }

    private static void require(boolean holds, String name, JsonNode given, String only) throws ApiException {
        if (!holds) {
            throw ApiException.invalid(
                    "'" + name + "' " + ApiException.shown(given.isValueNode() ? given.asText() : given.toString())
                            + ": this server keeps " + only + " alone; send that, or leave it out");
        }
    }
}
