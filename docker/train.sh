#!/bin/bash
# Makes the AOT cache: three nodes on loopback form a cluster and take changes, one of them under the JVM's eye, with the runtime, the
# jar and the options of the image. The cache is written when that node ends by SIGTERM, as a node in service would.
set -euo pipefail

home=/opt/evenkeel
work=$(mktemp -d)
java=("$home/runtime/bin/java" @"$home/jvm.options" -Djava.library.path="$home/native")
members=
for n in 1 2 3; do
    members+="{name: n$n, raft: \"127.0.0.1:740$n\", peer: \"127.0.0.1:750$n\"}, "
done

# $1 numbers the node, the rest are further options of its JVM.
serve() {
    mkdir "$work/n$1"
    cat >"$work/n$1.yaml" <<YAML
node: {name: n$1, data: $work/n$1}
cluster: {key-file: $work/key.p12, members: [${members%, }]}
dns: {listen: ["127.0.0.1:530$1"]}
admin: {listen: "127.0.0.1:810$1"}
health: {listen: "127.0.0.1:820$1"}
lameduck: 0s
YAML
    "${java[@]}" "${@:2}" -jar "$home/evenkeel.jar" serve --config "$work/n$1.yaml" >"$work/n$1.log" 2>&1 &
    pids+=($!)
}

cli() {
    "${java[@]}" -jar "$home/evenkeel.jar" "$@" --server http://127.0.0.1:8101 --api-key-file "$work/n1/local-api-key"
}

give_up() {
    tail -n 30 "$work"/n?.log >&2
    kill "${pids[@]}" 2>/dev/null || true
    exit 1
}

pids=()
"${java[@]}" -jar "$home/evenkeel.jar" cluster key create "$work/key.p12"
serve 1 -XX:AOTCacheOutput="$home/evenkeel.aot"
serve 2
serve 3
for n in 1 2 3; do
    for ((i = 0; ; i++)); do
        [ $i -lt 600 ] || give_up
        # The first word of the answer, asked without a program that the image does not have.
        if (exec 3<>"/dev/tcp/127.0.0.1/820$n" && printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3 && read -r -t 2 -u 3 _ code _ && [ "$code" = 200 ]) 2>/dev/null; then
            break
        fi
        sleep 0.2
    done
done
cli zone import "$home/callhome.example.zone" --create || give_up
cli rrset add callhome.example trained A 192.0.2.1 || give_up
cli rrset list callhome.example trained || give_up
cli zone export callhome.example >"$work/exported" || give_up
kill "${pids[0]}"
wait "${pids[0]}" || true
kill "${pids[1]}" "${pids[2]}"
wait "${pids[1]}" "${pids[2]}" || true
[ -s "$home/evenkeel.aot" ] || give_up
rm -rf "$work"
