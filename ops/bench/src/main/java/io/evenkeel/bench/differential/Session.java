package io.evenkeel.bench.differential;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Asks running servers: first until they have their zones, then all questions. */
final class Session {
    private static final long READY_NANOS = 60_000_000_000L;
    /** After the last zone that came: loading takes milliseconds for each. */
    private static final long SETTLED_NANOS = 5_000_000_000L;

    private static final int POLL_MILLIS = 20;

    private final Kind kind;
    private final DifferentialOptions options;
    private final List<Server> servers;
    private final List<GeneratedZone> zones;
    private final Report report;
    private final Map<Server, LoopbackClient> clients = new LinkedHashMap<>();
    /** By server, the zones that it serves. */
    private final Map<Server, List<GeneratedZone>> served = new LinkedHashMap<>();

    Session(Kind kind, DifferentialOptions options, List<Server> servers, List<GeneratedZone> zones, Report report) {
        this.kind = kind;
        this.options = options;
        this.servers = servers;
        this.zones = zones;
        this.report = report;
    }

    void ask() throws IOException, InterruptedException {
        try {
            for (Server server : servers) {
                clients.put(server, new LoopbackClient(server.port()));
                awaitZones(server);
            }
            for (GeneratedZone zone : zones) {
                ask(zone);
            }
        } finally {
            for (LoopbackClient client : clients.values()) {
                client.close();
            }
        }
    }

    /** Zones that a server refuses are left out for it, and for every zone of that family, and told. */
    private void awaitZones(Server server) throws IOException, InterruptedException {
        LoopbackClient client = clients.get(server);
        List<GeneratedZone> waiting = new ArrayList<>(zones);
        long begin = System.nanoTime();
        long last = begin;
        while (!waiting.isEmpty()) {
            server.checkAlive();
            boolean came = false;
            for (GeneratedZone zone : List.copyOf(waiting)) {
                if (serves(client, zone)) {
                    waiting.remove(zone);
                    came = true;
                } else if (waiting.size() == zones.size()) {
                    break; // not even there yet
                }
            }
            long now = System.nanoTime();
            last = came ? now : last;
            boolean settled = waiting.size() < zones.size() && now - last > SETTLED_NANOS;
            if (settled) {
                break;
            }
            if (now - begin > READY_NANOS) {
                throw new IOException("%s does not serve its zones: see %s".formatted(server.name(), server.log()));
            }
            Thread.sleep(POLL_MILLIS);
        }
        for (GeneratedZone zone : waiting) {
            System.out.printf(
                    "%s refuses %s and is not compared on its family; see %s%n",
                    server.name(), zone.file(), server.log());
        }
        served.put(
                server,
                zones.stream()
                        .filter(zone -> waiting.stream().noneMatch(refused -> refused.family() == zone.family()))
                        .toList());
    }

    private static boolean serves(LoopbackClient client, GeneratedZone zone) throws IOException {
        Question soa = new Question(zone.apex(), Type.SOA, 0, false, false, false);
        client.send(soa);
        Optional<byte[]> octets = client.receive(soa);
        if (octets.isEmpty()) {
            return false;
        }
        ComparedReply reply = ComparedReply.parse(octets.get());
        return reply.rcode() == Rcode.NOERROR
                && reply.flags().contains("aa")
                && !reply.answer().isEmpty();
    }

    private void ask(GeneratedZone zone) throws IOException {
        SplittableRandom random =
                new SplittableRandom(options.seed() ^ zone.apex().toString().hashCode());
        QuestionGenerator generator = new QuestionGenerator(zone, random);
        List<Server> asked = servers.stream()
                .filter(server -> served.getOrDefault(server, List.of()).contains(zone))
                .toList();
        for (int i = 0; i < options.questions(); i++) {
            report.judge(exchange(zone, generator.next(), asked));
        }
    }

    private Exchange exchange(GeneratedZone zone, Question question, List<Server> asked) throws IOException {
        Map<String, ComparedReply> first = replies(question, asked);
        boolean cut = first.values().stream().anyMatch(ComparedReply::truncated);
        Map<String, ComparedReply> full = cut ? replies(question.overTcp(), asked) : Map.of();
        List<GeneratedZone> family =
                zones.stream().filter(each -> each.family() == zone.family()).toList();
        Map<String, Exchange.Replies> replies = new LinkedHashMap<>();
        first.forEach((server, reply) -> replies.put(server, new Exchange.Replies(reply, full.get(server))));
        return new Exchange(kind.text(), zone, family, question, replies);
    }

    private Map<String, ComparedReply> replies(Question question, List<Server> asked) throws IOException {
        for (Server server : asked) {
            clients.get(server).send(question);
        }
        Map<String, ComparedReply> replies = new LinkedHashMap<>();
        for (Server server : asked) {
            LoopbackClient client = clients.get(server);
            Optional<byte[]> reply = client.receive(question);
            if (reply.isEmpty()) {
                server.checkAlive();
                reply = client.ask(question);
            }
            if (reply.isPresent()) {
                replies.put(server.name(), ComparedReply.parse(reply.get()));
            }
        }
        return replies;
    }
}
