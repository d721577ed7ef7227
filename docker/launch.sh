#!/bin/bash
# The command `evenkeel` in the image. `evenkeel serve` is the node itself: this shell makes the cluster key if it is the first
# to need it, then becomes the JVM, so that SIGTERM reaches that as process 1. Any other verb speaks to the node in this container.
# EVENKEEL_NODE_OPTS   further JVM options of the node, as in -Xmx2g
set -eu

home=/opt/evenkeel
# Unpacked at each start rather than kept in the data folder: what a node runs must not come from where it writes.
cache=/tmp/evenkeel.aot
export EVENKEEL_COMMAND=evenkeel EVENKEEL_HOME=$home
java=("$home/runtime/bin/java" @"$home/jvm.options" -Djava.library.path="$home/native")

if [ "${1:-}" != serve ]; then
    # The local key is good from loopback only, and the node listens there whatever else it listens on.
    admin=${EVENKEEL_ADMIN_LISTEN:-127.0.0.1:8081}
    export EVENKEEL_SERVER=${EVENKEEL_SERVER:-http://127.0.0.1:${admin##*:}}
    export EVENKEEL_API_KEY_FILE=${EVENKEEL_API_KEY_FILE:-${EVENKEEL_NODE_DATA:-/data}/local-api-key}
    # Rows for people are as wide as their terminal; what goes elsewhere has each in one line.
    if [ -t 1 ]; then
        shopt -s checkwinsize
        (:) # after a process has ended the shell looks how wide it is
        export COLUMNS=${COLUMNS:-80}
    fi
    [ ! -r "$cache" ] || java+=(-XX:AOTCache="$cache")
    # Classes of its own jar are not verified: without a cache that takes a tenth of the call.
    exec "${java[@]}" -Xlog:disable -XX:TieredStopAtLevel=1 -Xmx256m -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote -jar "$home/evenkeel.jar" "$@"
fi

trap 'exit 143' TERM INT # process 1 obeys only the signals that it has asked for
key=${EVENKEEL_CLUSTER_KEY_FILE:-}
if [ -n "$key" ] && [ ! -e "$key" ]; then
    "${java[@]}" -XX:TieredStopAtLevel=1 -jar "$home/evenkeel.jar" cluster key create "$key" --if-missing
fi
if { gzip -dc "$home/evenkeel.aot.gz" >"$cache.new" && mv -f "$cache.new" "$cache"; } 2>/dev/null; then
    java+=(-XX:AOTCache="$cache")
else
    # gzip notices octets that are not those that were packed. A JVM would not, and end with a fault in its memory.
    if gzip -tq "$home/evenkeel.aot.gz" 2>/dev/null; then
        printf 'evenkeel: /tmp does not take the 80 MB of the AOT cache, so this start is slower: give it a tmpfs\n' >&2
    else
        printf 'evenkeel: %s is damaged, so this start is slower: get the image anew\n' "$home/evenkeel.aot.gz" >&2
    fi
    rm -f "$cache.new"
fi
read -ra options <<<"${EVENKEEL_NODE_OPTS:-}"
unset EVENKEEL_NODE_OPTS # not a key of the configuration
[ $# -gt 1 ] || set -- serve --config /etc/evenkeel/evenkeel.yaml
exec "${java[@]}" "${options[@]}" -jar "$home/evenkeel.jar" "$@"
