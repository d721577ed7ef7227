# Sourced by ops/bench/run: UDP questions with EDNS to one node of ours, NSD and Knot in turn, run after run. 80 % A, 10 % AAAA,
# 5 % names that do not exist, 5 % CNAME and MX. CPU is user and system time of the server's processes over its answers.
# shellcheck shell=bash disable=SC2154
runs=${1:-9}
secs=${2:-3}
work=$(mktemp -d)
pids=()
port_ours=15301 port_nsd=15311 port_knot=15312

awk -v out="$work" 'BEGIN {
    zone = out "/bench.example.zone"
    print "$ORIGIN bench.example.\n$TTL 300\n@ SOA ns1 hostmaster 1 3600 900 604800 300\n@ NS ns1\n@ NS ns2\nns1 A 192.0.2.1\nns2 A 192.0.2.2\n@ MX 10 mail\nmail A 192.0.2.3" > zone
    for (i = 0; i < 1000; i++) printf "callhome-%03d A 10.%d.%d.1\ncallhome-%03d AAAA 2001:db8::%x\n", i, i / 256, i % 256, i, i > zone
    for (i = 0; i < 100; i++) printf "alias-%03d CNAME callhome-%03d\ndom-%03d MX 10 mail\n", i, i, i > zone
    srand(1)
    for (q = 0; q < 100000; q++) {
        r = rand()
        name = r < .9 ? sprintf("callhome-%03d", rand() * 1000) : r < .95 ? sprintf("nx-%06d", rand() * 1000000) : sprintf("%s-%03d", r < .975 ? "alias" : "dom", rand() * 100)
        print name ".bench.example. " (r < .8 ? "A" : r < .9 ? "AAAA" : r < .975 ? "A" : "MX") > (out "/questions")
    }
}'
cat >"$work/nsd.conf" <<C
server:
  server-count: 1
  ip-address: 127.0.0.1@$port_nsd
  username: ""
  zonesdir: "$work"
  database: ""
  pidfile: "$work/nsd.pid"
  xfrdfile: "$work/xfrd.state"
  zonelistfile: "$work/zone.list"
  xfrdir: "$work"
  minimal-responses: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: bench.example
  zonefile: bench.example.zone
C
mkdir "$work/knot"
cat >"$work/knot.conf" <<C
server:
  rundir: $work/knot
  listen: 127.0.0.1@$port_knot
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: $work/knot
zone:
  - domain: bench.example
    file: $work/bench.example.zone
    zonefile-sync: -1
    journal-content: none
C
start_nodes --nodes 1 --zone "$work/bench.example.zone"
trap 'kill "${pids[@]}" 2>/dev/null; ops/bin/evenkeel down --data "$data" >/dev/null; wait; rm -rf "$data" "$work"' EXIT
ours=$(sed -n 's/.*"pid" *: *\([0-9]*\).*/\1/p' "$data/cluster.json" | head -n 1)
taskset -a -p -c 0 "$ours" >/dev/null
taskset -c 0 nsd -d -c "$work/nsd.conf" >"$work/nsd.log" 2>&1 & pids+=($!)
taskset -c 0 knotd -c "$work/knot.conf" >"$work/knot.log" 2>&1 & pids+=($!)

# All processes below one, itself first.
tree() {
    local child
    echo "$1"
    for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do tree "$child"; done
}

ticks() {
    local total=0 pid
    for pid in $(tree "$1"); do
        [ -r "/proc/$pid/stat" ] && total=$((total + $(sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }')))
    done
    echo "$total"
}

measure() { # name, port, pid
    local before out answered rate after
    before=$(ticks "$3")
    out=$(taskset -c 1 dnsperf -s 127.0.0.1 -p "$2" -d "$work/questions" -e -c 16 -q 200 -T 1 -l "$secs" -t 1 2>/dev/null)
    after=$(ticks "$3")
    answered=$(sed -n 's/ *Queries completed: *\([0-9]*\).*/\1/p' <<<"$out")
    rate=$(sed -n 's/ *Queries per second: *\([0-9.]*\).*/\1/p' <<<"$out")
    [ "${answered:-0}" -gt 0 ] || { echo "run: $1 does not answer; see its log" >&2; cat "$work/$1.log" >&2 || true; exit 1; }
    awk -v n="$1" -v r="$rate" -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v a="$answered" \
        'BEGIN { printf "%s %.0f %.3f\n", n, r, t / hz * 1e6 / a }' >>"$work/results"
}

for name_port_pid in "evenkeel $port_ours $ours" "nsd $port_nsd ${pids[0]}" "knot $port_knot ${pids[1]}"; do
    read -r name port pid <<<"$name_port_pid"
    for _ in $(seq 100); do
        dnsperf -s 127.0.0.1 -p "$port" -d "$work/questions" -n 1 -l 1 -t 1 2>/dev/null | grep -q 'NOERROR' && break
    done
    measure "$name" "$port" "$pid" # compiled and cached before it counts
done
: >"$work/results"
for _ in $(seq "$runs"); do
    measure evenkeel $port_ours "$ours"
    measure nsd $port_nsd "${pids[0]}"
    measure knot $port_knot "${pids[1]}"
done
echo "server      queries/s (median)   CPU us/query median [least-most], $runs runs of $secs s"
for name in evenkeel nsd knot; do
    rate=$(awk -v n=$name '$1 == n { print $2 }' "$work/results" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
    awk -v n=$name '$1 == n { print $3 }' "$work/results" | sort -n |
        awk -v n=$name -v r="$rate" '{ v[NR] = $1 } END { printf "%-12s%18s   %.2f [%.2f-%.2f]\n", n, r, v[int((NR + 1) / 2)], v[1], v[NR] }'
done
