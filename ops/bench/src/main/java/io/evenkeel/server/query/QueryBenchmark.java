package io.evenkeel.server.query;

import io.evenkeel.bench.SampleZone;
import io.evenkeel.server.traffic.Traffic;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.answer.Answer;
import io.evenkeel.zones.answer.AnswerCollector;
import io.evenkeel.zones.store.QName;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The path of a query, step by step and whole, over a large zone, names at random. In this package because the steps are not
 * public.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QueryBenchmark {
    private static final int QUESTIONS = 1 << 16;

    @Param({"deep", "flat"})
    String shape = "";

    @Param({"hit", "missing", "referral", "wildcard"})
    String kind = "";

    @Param("1000000")
    int names;

    private final byte[][] in = new byte[QUESTIONS][];
    private final int[] lengths = new int[QUESTIONS];
    private final byte[] out = new byte[65_535];
    private final Query query = new Query();
    private final QName name = new QName();
    private final AnswerCollector collector = new AnswerCollector();
    private final Answer answer = new Answer();
    private final ResponseEncoder encoder = new ResponseEncoder(1232);
    private Catalog catalog = new Catalog();
    private QueryHandler handler = new QueryHandler(AnswerSource.plain(() -> catalog, 1232), new QueryCounters());
    private QueryHandler sampled = handler;
    private final ServerCookies cookies = new ServerCookies(CookieSecrets.create(() -> 1_700_000_000L));
    private final byte[] cookie = new byte[ServerCookies.BYTES];
    private int next;

    /** Makes the zone and the questions, each with an OPT record. */
    @Setup
    public void load() {
        SampleZone sample = new SampleZone(shape.equals("deep"), names);
        catalog = new Catalog().with(sample.load(true));
        handler = new QueryHandler(AnswerSource.plain(() -> catalog, 1232), new QueryCounters());
        AnswerSource plain = AnswerSource.plain(() -> catalog, 1232);
        sampled = new QueryHandler(
                new AnswerSource(plain.catalog(), plain.settings(), plain.stale(), plain.limits(), Traffic.sampled()),
                new QueryCounters());
        Random random = new Random(7);
        for (int i = 0; i < QUESTIONS; i++) {
            in[i] = sample.question(kind, random.nextInt());
            lengths[i] = in[i].length - 8;
        }
        cookies.judge(cookie, 0, ServerCookies.CLIENT_BYTES, Client.UNKNOWN);
        cookies.write(cookie.clone(), 0, cookie, 0);
    }

    private int next() {
        next = (next + 1) % QUESTIONS;
        return next;
    }

    /** Header, question, EDNS. */
    @Benchmark
    public int parse() {
        int i = next();
        return query.parse(in[i], lengths[i]);
    }

    /** Zone and RRsets of a parsed name; the parse is in it too, since names must differ. */
    @Benchmark
    public int parseAndLookup() {
        int i = next();
        name.parse(in[i], Wire.HEADER, lengths[i]);
        collector.collect(catalog, name, 1, false, answer);
        return answer.size();
    }

    /** One answer, encoded again and again. */
    @Benchmark
    public int encode() {
        if (answer.size() == 0) {
            query.parse(in[0], lengths[0]);
            collector.collect(catalog, query.name, 1, false, answer);
        }
        return encoder.encode(in[0], query, answer, 1232, 0, out);
    }

    /** What a good cookie adds to an answer. */
    @Benchmark
    public CookieState cookie() {
        CookieState state = cookies.judge(cookie, 0, cookie.length, Client.UNKNOWN);
        cookies.write(cookie, 0, out, 0);
        return state;
    }

    /** All of it, as a socket would call it. */
    @Benchmark
    public int handle() {
        int i = next();
        return handler.handle(in[i], lengths[i], Transport.UDP, out);
    }

    /** The same, with the sample of traffic that a node keeps. */
    @Benchmark
    public int handleSampled() {
        int i = next();
        return sampled.handle(in[i], lengths[i], Transport.UDP, out);
    }
}
