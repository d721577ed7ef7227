package io.evenkeel.ops.node;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One GET by the JDK's older client. Most calls only read, and starting the newer one, with threads and a context for TLS, takes a
 * quarter of the CPU of such a call.
 */
final class Fetch {
    private Fetch() {}

    /**
     * What came back.
     *
     * @param body to be read and closed by the caller
     */
    record Response(int status, HttpHeaders headers, InputStream body) {}

    /** @throws IOException if there is no answer in time; a refusal is an answer */
    static Response of(HttpRequest request) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) request.uri().toURL().openConnection();
        connection.setConnectTimeout(Math.toIntExact(ClientLimits.CONNECT.toMillis()));
        connection.setReadTimeout(
                Math.toIntExact(request.timeout().orElse(ClientLimits.REQUEST).toMillis()));
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setRequestProperty("Accept", "*/*");
        request.headers()
                .map()
                .forEach((name, values) -> values.forEach(value -> connection.addRequestProperty(name, value)));
        int status = connection.getResponseCode();
        InputStream body = status >= HttpURLConnection.HTTP_BAD_REQUEST
                ? connection.getErrorStream()
                : connection.getInputStream();
        Map<String, List<String>> headers = new HashMap<>(connection.getHeaderFields());
        headers.remove(null); // the status line
        return new Response(
                status, HttpHeaders.of(headers, (_, _) -> true), body == null ? InputStream.nullInputStream() : body);
    }
}
