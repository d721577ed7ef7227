/* DNS load on one thread, cheap enough to saturate a fast server from one core. To 127.0.0.0/8 and 172.16.0.0/12 only.
 *   load [-t udp|tcp|tcp1] [-c SOCKETS] [-w OUTSTANDING] [-l SECONDS] [-r RATE] [-s SOURCES] [-e] [-D] ADDRESS PORT FILE
 * -t  datagrams by recvmmsg and sendmmsg; TCP with pipelined questions; TCP with one question a connection
 * -w  outstanding questions of each socket; -r instead a rate over all (UDP only), latency counted from the time that is due
 * -s  by turns from so many addresses, which this machine must have: 10.0.0.1, 10.1.0.1 and so on, as far from each other as 10.0.0.0/8
 *     allows, and of 127.0.0.0/8 to an address of that (UDP only)
 * -e  with EDNS, -D with the DO bit too
 * FILE in the form of dnsperf, "name type" on each line, asked in turn; a run of # in a name is random digits, new each time.
 * Prints one JSON value, at the end or on SIGTERM. A question is lost when its answer is not there after 300 ms.   */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, ANSWER = 4096, MAX_SOCKETS = 256, MAX_SOURCES = 1 << 16, QUESTION = 512, TCP_BUFFER = 1 << 18, IDS = 1 << 16 };
static const uint64_t LOST_NANOS = 300000000ull;

/* One question: its octets in the pool, and where its random digits are. */
struct question { uint32_t at; uint16_t length, random_at, random_count; };
static uint8_t *pool;
static struct question *questions;
static size_t pool_size, pool_used, question_size, question_count, next_question;

struct connection {
    int fd;
    uint16_t id;
    uint32_t outstanding;
    uint64_t last, *due; /* due[id]: when it was, or should have been, sent; 0: not outstanding */
    uint8_t *in, *out;   /* of TCP */
    size_t in_used, out_used, out_sent;
};
static struct connection sockets[MAX_SOCKETS];
static struct sockaddr_in server;
static uint32_t sources, next_source;
static volatile sig_atomic_t told_to_end;

static uint64_t histogram[4096]; /* log-linear, 64 buckets an octave, in ns */
static uint64_t sent, answers, lost, octets, truncated, rcodes[16];

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int bucket(uint64_t v) {
    if (v < 64) return v;
    int e = 63 - __builtin_clzll(v);
    return (e - 5) * 64 + ((v >> (e - 6)) & 63);
}

static uint64_t value_of(int b) {
    if (b < 64) return b;
    return (64ull + b % 64) << (b / 64 - 1);
}

static uint64_t random_state = 0x9E3779B97F4A7C15ull;
static uint64_t next_random(void) {
    uint64_t z = random_state += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int type_of(const char *text) {
    static const struct { const char *name; int type; } known[] = {
        {"A", 1}, {"NS", 2}, {"CNAME", 5}, {"SOA", 6}, {"MX", 15}, {"TXT", 16}, {"AAAA", 28}, {"SRV", 33}, {"DS", 43}, {"DNSKEY", 48}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(text, known[i].name)) return known[i].type;
    fprintf(stderr, "load: type %s is not known\n", text);
    exit(2);
}

static void read_questions(const char *file, int edns, int dnssec) {
    char name[256], type[32];
    FILE *f = fopen(file, "r");
    if (!f) fail(file);
    while (fscanf(f, "%255s %31s", name, type) == 2) {
        int number = type_of(type);
        if (pool_used + QUESTION > pool_size && !(pool = realloc(pool, pool_size = pool_size * 2 + 65536))) fail("memory");
        if (question_count == question_size
            && !(questions = realloc(questions, (question_size = question_size * 2 + 1024) * sizeof *questions))) fail("memory");
        struct question q = {.at = pool_used};
        uint8_t *start = pool + pool_used, *p = start;
        memcpy(p, (uint8_t[]){0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, edns}, 12);
        p += 12;
        for (char *label = name; *label;) {
            size_t n = strcspn(label, "."), digits;
            if (n > 63) { fprintf(stderr, "load: a label of %s is too long\n", name); exit(2); }
            if (n) {
                *p++ = n;
                memcpy(p, label, n);
                char *first = memchr(label, '#', n);
                if (first && (digits = strspn(first, "#"))) {
                    q.random_at = p - start + (first - label);
                    q.random_count = digits;
                }
                p += n;
            }
            label += n;
            if (*label) label++;
        }
        memcpy(p, (uint8_t[]){0, number >> 8, number, 0, 1}, 5);
        p += 5;
        if (edns) {
            memcpy(p, (uint8_t[]){0, 0, 41, 0x04, 0xd0, 0, 0, dnssec ? 0x80 : 0, 0, 0, 0}, 11);
            p += 11;
        }
        q.length = p - start;
        pool_used += q.length;
        questions[question_count++] = q;
    }
    fclose(f);
    if (!question_count) { fprintf(stderr, "load: %s holds no question\n", file); exit(2); }
}

/* Writes the next question of a socket to `to`; its length. */
static int ask(struct connection *c, uint8_t *to, uint64_t due) {
    struct question *q = &questions[next_question];
    if (++next_question == question_count) next_question = 0;
    memcpy(to, pool + q->at, q->length);
    uint64_t random = 0;
    for (int i = 0; i < q->random_count; i++) {
        if (i % 16 == 0) random = next_random();
        to[q->random_at + i] = '0' + random % 10;
        random /= 10;
    }
    uint16_t id = c->id++;
    to[0] = id >> 8;
    to[1] = id;
    if (c->due[id]) {
        lost++;
        c->outstanding--;
    }
    c->due[id] = due;
    c->outstanding++;
    sent++;
    return q->length;
}

static void forget(struct connection *c) {
    lost += c->outstanding;
    c->outstanding = 0;
    memset(c->due, 0, IDS * sizeof *c->due);
}

static void take(struct connection *c, const uint8_t *message, size_t length, uint64_t at) {
    if (length < 12) return;
    uint16_t id = message[0] << 8 | message[1];
    if (!(message[2] & 0x80) || !c->due[id]) return;
    histogram[bucket(at - c->due[id])]++;
    c->due[id] = 0;
    c->outstanding--;
    answers++;
    octets += length;
    truncated += message[2] >> 1 & 1;
    rcodes[message[3] & 15]++;
}

static void on_term(int signal) {
    (void)signal;
    told_to_end = 1;
}

static void open_socket(struct connection *c, int type) {
    int bytes = 4 << 20, one = 1;
    c->fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);
    if (c->fd < 0) fail("socket");
    if (type == SOCK_DGRAM) {
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        setsockopt(c->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    } else {
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    if (!sources && connect(c->fd, (void *)&server, sizeof server) && errno != EINPROGRESS) fail("connect");
    c->in_used = c->out_used = c->out_sent = 0;
    c->last = now();
}

static void reopen(struct connection *c) {
    forget(c);
    close(c->fd);
    open_socket(c, SOCK_STREAM);
}

static uint8_t received[BATCH][ANSWER], sending[BATCH][QUESTION];
static struct iovec in_parts[BATCH], out_parts[BATCH];
static struct mmsghdr in_messages[BATCH], out_messages[BATCH];
static union { struct cmsghdr header; uint8_t octets[CMSG_SPACE(sizeof(struct in_pktinfo))]; } out_control[BATCH];

/* The next source is that of message i: the 1,024 networks of 18 bits by turns, so that no limit on a network is met before that on a client. */
static void set_source(int i) {
    uint32_t n = next_source;
    next_source = n + 1 == sources ? 0 : n + 1;
    struct in_pktinfo *info = (void *)CMSG_DATA(&out_control[i].header);
    uint32_t network = ntohl(server.sin_addr.s_addr) >> 24 == 127 ? 127 : 10;
    info->ipi_spec_dst.s_addr = htonl(network << 24 | (n & 255) << 16 | (n >> 8 & 3) << 14 | (1 + (n >> 10)));
}

static int udp_receive(struct connection *c) {
    int any = 0, n;
    while ((n = recvmmsg(c->fd, in_messages, BATCH, 0, NULL)) > 0) {
        uint64_t at = now();
        for (int i = 0; i < n; i++) take(c, received[i], in_messages[i].msg_len, at);
        c->last = at;
        any = 1;
        if (n < BATCH) break;
    }
    return any;
}

static int udp_send(struct connection *c, int count, double rate, uint64_t begin) {
    uint64_t at = now();
    for (int i = 0; i < count; i++) {
        uint64_t due = rate ? begin + (uint64_t)(sent * 1e9 / rate) : at;
        out_parts[i].iov_len = ask(c, sending[i], due ? due : 1);
        if (sources) set_source(i);
    }
    int done = sendmmsg(c->fd, out_messages, count, 0);
    for (int i = count - 1; i >= (done < 0 ? 0 : done); i--) { /* not taken: they are asked again */
        c->due[--c->id] = 0;
        c->outstanding--;
        sent--;
        next_question = (next_question ? next_question : question_count) - 1;
    }
    if (done > 0) c->last = at;
    return done > 0 ? done : 0;
}

/* Reads what is there; 1: something, 0: nothing, -1: the connection has ended. */
static int tcp_receive(struct connection *c) {
    ssize_t n = read(c->fd, c->in + c->in_used, TCP_BUFFER - c->in_used);
    if (n == 0) return -1;
    if (n < 0) return errno == EAGAIN || errno == ENOTCONN ? 0 : -1;
    c->last = now();
    c->in_used += n;
    size_t at = 0;
    while (c->in_used - at >= 2) {
        size_t length = c->in[at] << 8 | c->in[at + 1];
        if (c->in_used - at - 2 < length) break;
        take(c, c->in + at + 2, length, c->last);
        at += 2 + length;
    }
    memmove(c->in, c->in + at, c->in_used - at);
    c->in_used -= at;
    return 1;
}

/* Writes up to `count` new questions with one call, behind what was left; -1: the connection has ended. */
static int tcp_send(struct connection *c, int count) {
    if (c->out_sent == c->out_used) {
        c->out_sent = c->out_used = 0;
        uint64_t at = now();
        for (int i = 0; i < count && c->out_used + QUESTION + 2 <= TCP_BUFFER; i++) {
            int length = ask(c, c->out + c->out_used + 2, at);
            c->out[c->out_used] = length >> 8;
            c->out[c->out_used + 1] = length;
            c->out_used += 2 + length;
        }
        if (c->out_used) c->last = at;
    }
    if (c->out_sent == c->out_used) return 0;
    ssize_t n = send(c->fd, c->out + c->out_sent, c->out_used - c->out_sent, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == ENOTCONN ? 0 : -1;
    c->out_sent += n;
    return 1;
}

static void print(double seconds) {
    static const double share[] = {.5, .9, .99, .999};
    static const char *const name[] = {"p50", "p90", "p99", "p999"};
    static const char *const rcode[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
    printf("{\"seconds\":%.3f,\"sent\":%lu,\"answers\":%lu,\"rate\":%.0f,\"lost\":%lu,\"truncated\":%lu,\"octets\":%.1f,\"rcodes\":{",
           seconds, sent, answers, answers / seconds, lost, truncated, answers ? (double)octets / answers : 0);
    const char *comma = "";
    for (int i = 0; i < 16; i++) {
        if (!rcodes[i]) continue;
        if (i < 6) printf("%s\"%s\":%lu", comma, rcode[i], rcodes[i]);
        else printf("%s\"RCODE%d\":%lu", comma, i, rcodes[i]);
        comma = ",";
    }
    printf("},\"latencyMicros\":{");
    uint64_t seen = 0;
    int wanted = 0;
    for (int b = 0; b < 4096 && wanted < 4 && answers; b++) {
        seen += histogram[b];
        for (; wanted < 4 && seen >= share[wanted] * answers; wanted++)
            printf("%s\"%s\":%.1f", wanted ? "," : "", name[wanted], value_of(b) / 1e3);
    }
    printf("}}\n");
}

int main(int argc, char **argv) {
    int count = 8, window = 24, edns = 0, dnssec = 0, tcp = 0, single = 0, option;
    double seconds = 5, rate = 0;
    while ((option = getopt(argc, argv, "t:c:w:l:r:s:eD")) > 0) {
        switch (option) {
        case 't': single = !strcmp(optarg, "tcp1"); tcp = single || !strcmp(optarg, "tcp"); break;
        case 'c': count = atoi(optarg); break;
        case 'w': window = atoi(optarg); break;
        case 'l': seconds = atof(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 's': sources = atoi(optarg); break;
        case 'e': edns = 1; break;
        case 'D': edns = dnssec = 1; break;
        default: return 2;
        }
    }
    server = (struct sockaddr_in){.sin_family = AF_INET};
    if (argc - optind != 3 || count < 1 || count > MAX_SOCKETS || window < 1 || window > 30000 || seconds <= 0 || seconds > 600
        || sources > MAX_SOURCES || ((rate || sources) && tcp) || inet_pton(AF_INET, argv[optind], &server.sin_addr) != 1
        || (ntohl(server.sin_addr.s_addr) >> 24 != 127 && ntohl(server.sin_addr.s_addr) >> 20 != (172 << 4 | 1))) {
        fprintf(stderr, "load: see the top of load.c\n");
        return 2;
    }
    server.sin_port = htons(atoi(argv[optind + 1]));
    read_questions(argv[optind + 2], edns, dnssec);
    random_state ^= now();
    struct pollfd polled[MAX_SOCKETS];
    for (int i = 0; i < count; i++) {
        struct connection *c = &sockets[i];
        if (!(c->due = calloc(IDS, sizeof *c->due)) || !(c->in = malloc(TCP_BUFFER)) || !(c->out = malloc(TCP_BUFFER))) fail("memory");
        open_socket(c, tcp ? SOCK_STREAM : SOCK_DGRAM);
    }
    for (int i = 0; i < BATCH; i++) {
        in_parts[i] = (struct iovec){received[i], ANSWER};
        in_messages[i].msg_hdr = (struct msghdr){.msg_iov = &in_parts[i], .msg_iovlen = 1};
        out_parts[i].iov_base = sending[i];
        out_messages[i].msg_hdr = (struct msghdr){.msg_iov = &out_parts[i], .msg_iovlen = 1};
        if (!sources) continue;
        out_control[i].header = (struct cmsghdr){CMSG_LEN(sizeof(struct in_pktinfo)), IPPROTO_IP, IP_PKTINFO};
        struct msghdr *to = &out_messages[i].msg_hdr;
        to->msg_name = &server, to->msg_namelen = sizeof server;
        to->msg_control = &out_control[i], to->msg_controllen = sizeof out_control[i];
    }
    signal(SIGTERM, on_term);
    uint64_t begin = now(), end = begin + (uint64_t)(seconds * 1e9), finished = 0;
    for (;;) {
        int any = 0;
        uint64_t t = now();
        if (told_to_end && t < end) end = t;
        if (t >= end) {
            if (!finished) finished = t;
            uint64_t outstanding = 0;
            for (int i = 0; i < count; i++) outstanding += sockets[i].outstanding;
            if (!outstanding || t > finished + LOST_NANOS) break;
        }
        for (int i = 0; i < count; i++) {
            struct connection *c = &sockets[i];
            int got = tcp ? tcp_receive(c) : udp_receive(c);
            if (finished) { any |= got > 0; continue; }
            if (got < 0 || (tcp && c->outstanding && t > c->last + LOST_NANOS)) { reopen(c); any = 1; continue; }
            any |= got;
            if (tcp) {
                if (single && got && !c->outstanding) reopen(c);
                int room = single ? !c->outstanding : window - (int)c->outstanding;
                int done = tcp_send(c, room > 0 ? room : 0);
                if (done < 0) reopen(c);
                any |= done != 0;
                continue;
            }
            if (!rate && c->outstanding && t > c->last + LOST_NANOS) forget(c);
            for (;;) {
                int64_t room = rate ? (int64_t)(rate * (now() - begin) / 1e9) - (int64_t)sent : window - (int64_t)c->outstanding;
                int most = rate ? 16 : BATCH;
                if (room <= 0) break;
                int asked = room < most ? room : most, done = udp_send(c, asked, rate, begin);
                any |= done > 0;
                if (done < asked || rate) break;
            }
        }
        if (any) continue;
        for (int i = 0; i < count; i++) {
            struct connection *c = &sockets[i];
            polled[i] = (struct pollfd){.fd = c->fd, .events = POLLIN | (tcp && (c->out_sent < c->out_used || !c->outstanding) ? POLLOUT : 0)};
        }
        ppoll(polled, count, &(struct timespec){0, rate ? 20000 : 5000000}, NULL);
    }
    for (int i = 0; i < count; i++) lost += sockets[i].outstanding;
    print(((finished ? finished : now()) - begin) / 1e9);
}
