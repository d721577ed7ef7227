# Part of ops/bench/run: fuzzes what reads octets from strangers. Sourced with java set.
#
# Inputs that the fuzzer finds gather in target/fuzz/corpus; one that breaks something is written to target/fuzz/findings and, once
# that is mended, belongs into src/test/resources/fuzz/TARGET, whose files mvn verify replays. --keep does so with all that reach
# code which no other one reaches.

minutes=0 datagrams=0 seed=$RANDOM only= keep= peers=
while [ $# -gt 0 ]; do
    if [ "$1" = --keep ]; then
        keep=yes
        shift
        continue
    fi
    if [ "$1" = --peers ]; then
        peers=yes
        shift
        continue
    fi
    [ $# -ge 2 ] || usage
    case $1 in
    --minutes) minutes=$2 ;;
    --datagrams) datagrams=$2 ;;
    --seed) seed=$2 ;;
    --target) only=$2 ;;
    *) usage ;;
    esac
    shift 2
done
case $only in '' | question | datagram | framing | zonefile | command | text) ;; *) usage ;; esac
[ "$minutes" != 0 ] || [ "$datagrams" != 0 ] || minutes=1

if [ -n "$peers" ]; then
    for program in named-rrchecker nsd-checkzone; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "run: no $program; install bind9-utils and nsd" >&2; exit 1; }
    done
fi

mvn -q -B -Dfuzz -DskipTests -pl ops/bench -am process-test-classes
work=$PWD/target/fuzz
classes=$PWD/dns-server/target/test-classes:$PWD/ops/bench/target/test-classes:$(cat ops/bench/target/fuzz.classpath)
vm="-XX:+UseCompactObjectHeaders -XX:+UseSerialGC -Xmx1g -ea --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
vm="$vm -Dlogback.configurationFile=$PWD/ops/bench/fuzz-logback.xml"
rm -rf "$work/seeds"
mkdir -p "$work/seeds" "$work/findings"
# shellcheck disable=SC2086
"$java" $vm -cp "$classes" io.evenkeel.server.query.FuzzSeeds "$work/seeds"
# shellcheck disable=SC2086
"$java" $vm -cp "$classes" io.evenkeel.server.admin.TextTarget "$work/seeds/text"

if [ -n "$peers" ]; then
    # shellcheck disable=SC2086
    PATH=$PATH:/usr/sbin exec "$java" $vm -cp "$classes" io.evenkeel.bench.text.TextPeers $((minutes * 60)) "$seed" "$work/peers"
fi

# $1 class, $2 target, then arguments of the fuzzer. Jazzer's own idea of unsafe memory does not know Netty's.
jazzer() {
    local class=$1
    shift
    # shellcheck disable=SC2086
    (cd "$work/findings" && "$java" $vm -XX:+EnableDynamicAgentLoading -cp "$classes" com.code_intelligence.jazzer.Jazzer \
        --target_class="io.evenkeel.$class" --instrumentation_includes='io.evenkeel.**' \
        --disabled_hooks=com.code_intelligence.jazzer.sanitizers.UnsafeSanitizer "$@")
}

# $1 class, $2 target, $3 module, $4 most octets of an input
fuzz() {
    if [ "$minutes" = 0 ] || { [ -n "$only" ] && [ "$only" != "$2" ]; }; then
        return 0
    fi
    local kept=$PWD/$3/src/test/resources/fuzz/$2 found=$work/corpus/$2 log=$work/$2.log
    mkdir -p "$kept" "$found"
    jazzer "$1" "$found" "$kept" "$work/seeds/$2" -max_total_time=$((minutes * 60)) -timeout=20 -max_len="$4" >"$log" 2>&1 || {
        printf '%s: VIOLATION, see %s and %s\n' "$2" "$log" "$work/findings" >&2
        grep -A 8 'Java Exception\|ERROR: libFuzzer' "$log" >&2 || tail -n 20 "$log" >&2
        return 1
    }
    printf '%s: %s; %s\n' "$2" "$(grep -a '^Done' "$log")" "$(grep -aoE 'DONE +cov: [0-9]+ ft: [0-9]+ corp: [0-9]+' "$log")"
    if [ -n "$keep" ]; then
        # The least that reaches all that is reached, without what the answer tables reach anyhow.
        rm -rf "$work/merged"
        cp -r "$work/seeds/$2" "$work/merged"
        jazzer "$1" -merge=1 "$work/merged" "$kept" "$found" >"$log" 2>&1
        find "$work/seeds/$2" -type f -printf '%f\n' | (cd "$work/merged" && xargs rm -f)
        rm -rf "$kept"
        cp -r "$work/merged" "$kept"
        printf '%s: %s inputs kept in %s\n' "$2" "$(find "$kept" -type f | wc -l)" "$kept"
    fi
}

violated=0
fuzz server.query.QuestionTarget question dns-server 1024 || violated=1
fuzz server.query.DatagramTarget datagram dns-server 2048 || violated=1
fuzz server.transport.FramingTarget framing dns-server 8192 || violated=1
fuzz zones.file.ZoneFileTarget zonefile zones 4096 || violated=1
fuzz zones.change.CommandTarget command zones 4096 || violated=1
fuzz server.admin.TextTarget text ops/bench 2048 || violated=1
if [ "$datagrams" != 0 ]; then
    # shellcheck disable=SC2086
    "$java" $vm -cp "$classes" io.evenkeel.server.query.QueryFlood "$datagrams" "$seed" || violated=1
fi
exit $violated
