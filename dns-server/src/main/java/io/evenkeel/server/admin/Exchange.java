package io.evenkeel.server.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One request and its reply, as a handler sees them: it reads and writes streams and may block, and neither a body nor a reply
 * is ever in memory as a whole, nor more of it than {@link AdminLimits#QUEUED_BYTES}. For one thread at a time, which closes
 * it; without a whole reply by then the connection is cut, so that the client does not take a part for all. The port's event
 * loop brings the body and takes the reply.
 */
final class Exchange implements AutoCloseable {
    final HttpConnection connection;
    private final HttpRequest request;
    private final URI target;
    private final InetAddress client;

    private final ReentrantLock lock = new ReentrantLock();
    /** Something below has changed. */
    private final Condition changed = lock.newCondition();
    // Of the body:
    private final Deque<byte[]> queue = new ArrayDeque<>();
    private int firstRead;
    private int queued;
    private boolean full;
    private boolean complete;
    private boolean reads;
    private @Nullable String broken;
    private boolean awaited;
    // Of the reply:
    private int unsent;
    private boolean ready;
    private boolean taken;
    private boolean gone;
    /** Of the handler's thread alone. */
    private boolean begun;

    private boolean ended;

    Exchange(HttpConnection connection, HttpRequest request, URI target, InetAddress client) {
        this.connection = connection;
        this.request = request;
        this.target = target;
        this.client = client;
        this.awaited = HttpUtil.is100ContinueExpected(request);
    }

    String method() {
        return request.method().name();
    }

    /** As it came, with escapes; empty if the request names none. */
    String rawPath() {
        return Objects.requireNonNullElse(target.getRawPath(), "");
    }

    /** As it came, with escapes; null: none. */
    @Nullable
    String rawQuery() {
        return target.getRawQuery();
    }

    /** The first of that name, which is no matter of case; null: none. */
    @Nullable
    String header(String name) {
        return request.headers().get(name);
    }

    /** Where the connection comes from. */
    InetAddress client() {
        return client;
    }

    /**
     * The body. To read it tells a client that waits for the word to send it.
     *
     * <p>Reading throws a {@link BrokenBodyException} if the body breaks off, comes too slowly or is no body by HTTP.
     */
    InputStream body() {
        return body;
    }

    /** Whether the client holds its body back until it is read, or answered. */
    boolean isBodyHeldBack() {
        return locked(() -> awaited && !complete);
    }

    /**
     * Replies with what is there as a whole. Does not wait for the client to take it.
     *
     * @param octets the body; null: none
     * @throws IOException if this node is stopping
     */
    void reply(int status, Map<String, String> headers, byte @Nullable [] octets) throws IOException {
        claim();
        ended = true;
        send(status, headers, octets == null ? new byte[0] : octets);
    }

    private void send(int status, Map<String, String> headers, byte[] octets) throws IOException {
        boolean head = request.method().equals(HttpMethod.HEAD);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(status),
                head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(octets));
        fill(response, headers);
        if (status != HttpResponseStatus.NO_CONTENT.code() && status != HttpResponseStatus.NOT_MODIFIED.code()) {
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, octets.length);
        }
        locked(() -> {
            ready = true;
        });
        connection.run(() -> last(octets.length, connection.begin(this, response, request.protocolVersion())));
    }

    /**
     * Replies with what is written to the stream. Writing blocks while the client takes less than is written, and throws an
     * {@link IOException} if the client has gone or is too slow. {@link #end} ends the reply, not the stream's close.
     */
    OutputStream reply(int status, Map<String, String> headers) {
        claim();
        ReplyStream stream = new ReplyStream(status, headers);
        streamed = stream;
        return stream;
    }

    private @Nullable ReplyStream streamed;

    /** Ends the reply that has been written. */
    void end() throws IOException {
        if (streamed == null || ended) {
            throw new IllegalStateException("no reply is being written");
        }
        ended = true;
        streamed.end();
    }

    /** Waits until the whole reply is with the kernel, or the connection has ended: until then octets of it are in memory. */
    void awaitTaken() throws IOException {
        lock.lock();
        try {
            while (!taken && !gone) {
                await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void claim() {
        if (begun) {
            throw new IllegalStateException("this request has a reply already");
        }
        begun = true;
    }

    private static void fill(HttpResponse response, Map<String, String> headers) {
        headers.forEach(response.headers()::set);
        response.headers()
                .set(
                        HttpHeaderNames.DATE,
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
    }

    /** Cuts the connection unless there has been a whole reply. */
    @Override
    public void close() {
        if (!ended) {
            ended = true;
            try {
                connection.run(connection::cut);
            } catch (IOException stopping) {
                gone(); // and the connection with it
            }
        }
    }

    // On the loop, from here to the streams.

    /** Another part of the body; true: for now no more, until {@link HttpConnection#resume}. */
    boolean offer(byte[] octets, boolean last) {
        lock.lock();
        try {
            if (octets.length > 0) {
                queue.add(octets);
                queued += octets.length;
            }
            complete |= last;
            awaited = false; // it did not wait for the word
            full |= queued
                    >= AdminLimits.QUEUED_BYTES; // what the decoder still had makes no room: the reader does, and tells
            changed.signalAll();
            return full;
        } finally {
            lock.unlock();
        }
    }

    /** No more of the body comes. */
    void broken(String why) {
        locked(() -> {
            broken = why;
            changed.signalAll();
        });
    }

    /** The connection has ended. */
    void gone() {
        locked(() -> {
            gone = true;
            if (broken == null && !complete) {
                broken = "the connection has ended";
            }
            changed.signalAll();
        });
    }

    /** Whether the body is here to its end. */
    boolean isComplete() {
        return locked(() -> complete);
    }

    /** Whether more of the body is to be read from the client. */
    boolean hasRoom() {
        return locked(() -> !complete && !full);
    }

    /** Whether all that is left to do is to bring the reply to the client. */
    boolean isReady() {
        return locked(() -> ready);
    }

    /** Whether octets of its reply wait for the client to take them. */
    boolean waitsForTaking() {
        return locked(() -> unsent > 0 || ready);
    }

    boolean waitsForBody() {
        return locked(() -> reads && broken == null);
    }

    /** Whether it goes on as soon as the client sends or takes something. */
    boolean waitsForClient() {
        return locked(() -> (reads && broken == null) || unsent > 0 || ready);
    }

    private void last(int octets, ChannelFuture written) {
        sent(octets, written);
        written.addListener(done -> {
            if (done.isSuccess()) {
                locked(() -> {
                    taken = true;
                    changed.signalAll();
                });
                connection.replied(this);
            } else {
                connection.cut();
            }
        });
    }

    private void sent(int octets, ChannelFuture written) {
        written.addListener(done -> {
            connection.moved(octets);
            locked(() -> {
                unsent -= Math.min(unsent, octets);
                gone |= !done.isSuccess();
                changed.signalAll();
            });
        });
    }

    private void locked(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
    }

    /** A question to what the lock guards. */
    private interface Question {
        boolean isSo();
    }

    private boolean locked(Question question) {
        lock.lock();
        try {
            return question.isSo();
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // its callers wait in one
    private void await() throws InterruptedIOException {
        try {
            changed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("this node is stopping");
        }
    }

    private final InputStream body = new InputStream() {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int from, int length) throws IOException {
            Objects.checkFromIndexSize(from, length, to.length);
            if (length == 0) {
                return 0;
            }
            boolean resume = false;
            int read = 0;
            lock.lock();
            try {
                awaitOctets();
                while (read < length && !queue.isEmpty()) {
                    byte[] first = queue.element();
                    int part = Math.min(length - read, first.length - firstRead);
                    System.arraycopy(first, firstRead, to, from + read, part);
                    read += part;
                    firstRead += part;
                    if (firstRead == first.length) {
                        queue.remove();
                        firstRead = 0;
                    }
                }
                queued -= read;
                resume = full && queued <= AdminLimits.QUEUED_BYTES / 2;
                full &= !resume;
            } finally {
                lock.unlock();
            }
            if (resume) {
                connection.run(() -> connection.resume(Exchange.this));
            }
            return read == 0 ? -1 : read;
        }
    };

    /** Until there are some, or none will come. With the lock. */
    private void awaitOctets() throws IOException {
        while (queue.isEmpty() && !complete) {
            if (broken != null) {
                throw new BrokenBodyException(broken);
            }
            if (awaited) {
                awaited = false;
                connection.run(() -> sent(0, connection.writeContinue()));
            }
            reads = true;
            try {
                await();
            } finally {
                reads = false;
            }
        }
    }

    /** Short replies go out whole, with their length; others in chunks. */
    private final class ReplyStream extends OutputStream {
        private final int status;
        private final Map<String, String> headers;
        private final boolean chunked = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
        private final boolean bodyless = request.method().equals(HttpMethod.HEAD);
        private byte[] buffer = new byte[AdminLimits.CHUNK_BYTES];
        private int filled;
        private boolean headed;

        ReplyStream(int status, Map<String, String> headers) {
            this.status = status;
            this.headers = headers;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] octets, int from, int length) throws IOException {
            Objects.checkFromIndexSize(from, length, octets.length);
            int written = bodyless ? length : 0;
            while (written < length) {
                if (filled == buffer.length) {
                    push();
                }
                int part = Math.min(length - written, buffer.length - filled);
                System.arraycopy(octets, from + written, buffer, filled, part);
                filled += part;
                written += part;
            }
        }

        private void push() throws IOException {
            byte[] octets = buffer;
            takePlace(octets.length);
            head();
            connection.run(() -> sent(octets.length, connection.write(octets)));
            buffer = new byte[AdminLimits.CHUNK_BYTES];
            filled = 0;
        }

        private void head() throws IOException {
            if (headed) {
                return;
            }
            headed = true;
            DefaultHttpResponse response =
                    new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
            fill(response, headers);
            if (chunked) {
                response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            }
            connection.run(() -> {
                if (!chunked) {
                    connection.endsWithReply(); // HTTP/1.0 has no other mark for the end
                }
                sent(0, connection.begin(Exchange.this, response, request.protocolVersion()));
            });
        }

        private void takePlace(int octets) throws IOException {
            lock.lock();
            try {
                while (unsent >= AdminLimits.QUEUED_BYTES && !gone) {
                    await();
                }
                if (gone) {
                    throw new IOException("the client has gone, or takes too little of the reply");
                }
                unsent += octets;
            } finally {
                lock.unlock();
            }
        }

        void end() throws IOException {
            byte[] octets = Arrays.copyOf(buffer, filled);
            if (!headed) {
                send(status, headers, octets);
                return;
            }
            takePlace(octets.length);
            locked(() -> {
                ready = true;
            });
            connection.run(() -> {
                sent(octets.length, connection.write(octets));
                last(0, connection.writeLast());
            });
        }
    }
}
