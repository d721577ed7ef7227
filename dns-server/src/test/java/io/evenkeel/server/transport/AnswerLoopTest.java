package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evenkeel.consensus.process.ThreadNiceness;
import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.query.CookieState;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.query.Transport;
import io.evenkeel.zones.Catalog;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;

class AnswerLoopTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aCookieOverIpv4AllocatesNothing() throws Exception {
        CookieSecrets cookies = CookieSecrets.create(() -> System.currentTimeMillis() / 1000); // as in service
        AnswerSettings settings =
                new AnswerSettings(1232, 8, "n1", "test", false, cookies, false, () -> Duration.ofSeconds(10));
        Catalog noZones = new Catalog();
        try (AnswerLoops loops = AnswerLoops.start(
                Sockets.best(true),
                "test",
                1,
                new AnswerSource(() -> noZones, settings, () -> false),
                TestListeners.PATIENT)) {
            AnswerLoop loop = loops.first();
            byte[] address = {(byte) 192, 0, 2, 1};
            Client client = (to, at) -> {
                System.arraycopy(address, 0, to, at, address.length);
                return address.length;
            };
            Message message = new Message(ListenersFixture.QUESTION);
            message.addRecord(
                    new OPTRecord(1232, 0, 0, 0, new GenericEDNSOption(EDNSOption.Code.COOKIE, new byte[8])),
                    Section.ADDITIONAL);
            byte[] question = message.toWire();
            System.arraycopy(question, 0, loop.in, 0, question.length);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 50 && least > 0; round++) {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 10_000; i++) {
                    loop.answer(question.length, Transport.UDP, client);
                }
                least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).isZero();
            assertThat(loop.counters.cookies(CookieState.NEW)).isGreaterThanOrEqualTo(10_000);
        }
    }

    /** As the kernel tells it: fields of proc_pid_stat(5) are counted from the end of the name, which may hold anything. */
    private static int niceness(Path thread) throws IOException {
        String stat = Files.readString(thread.resolve("stat"));
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void loopsGiveWayToTheOtherThreads() throws Exception {
        Catalog noZones = new Catalog();
        try (AnswerLoops loops = AnswerLoops.start(
                Sockets.best(true),
                "gives-way",
                2,
                true,
                AnswerSource.plain(() -> noZones, 1232),
                TestListeners.PATIENT)) {
            int device = niceness(loops.of(Lane.DEVICE).udp.getLast());
            assertThat(device).isEqualTo(niceness(Path.of("/proc/self")) + ThreadNiceness.ANSWERING);
            assertThat(niceness(loops.of(Lane.DEVICE).tcp.getFirst())).isGreaterThan(device);
            assertThat(niceness(loops.of(Lane.INFRASTRUCTURE).udp.getFirst())).isLessThan(device);
            assertThat(niceness(loops.of(Lane.INFRASTRUCTURE).tcp.getFirst())).isLessThanOrEqualTo(device);
        }
    }

    private static int niceness(AnswerLoop loop) throws Exception {
        return niceness(loop.eventLoop
                .submit(() -> Path.of("/proc").resolve(Files.readSymbolicLink(Path.of("/proc/thread-self"))))
                .get());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void compilingGivesWayAsFarAsAnsweringDoes() throws Exception {
        ThreadNiceness.raiseCompiling();
        int raised = 0;
        for (Path thread : ThreadNiceness.compiling()) {
            try {
                assertThat(niceness(thread)).isEqualTo(niceness(Path.of("/proc/self")) + ThreadNiceness.ANSWERING);
                raised++;
            } catch (IOException e) {
                assertThat(thread).doesNotExist(); // the VM ends compiling threads that have nothing to do
            }
        }
        assertThat(raised).isPositive(); // one of each kind stays
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void threadsThatEndMeanwhileAreLeftOut() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Thread starter = Thread.ofPlatform().start(() -> {
            while (!done.get()) {
                Thread.ofPlatform().name("short-lived").start(() -> {});
            }
        });
        try {
            for (int i = 0; i < 50; i++) {
                assertThat(ThreadNiceness.compiling()).isNotEmpty();
            }
        } finally {
            done.set(true);
            starter.join();
        }
    }
}
