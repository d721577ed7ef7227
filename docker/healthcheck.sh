#!/bin/bash
# Asks the node whether it lives, without a second JVM. Never whether it is ready: a node that waits for its cluster, or answers
# old data because it must, is not helped by a restart. On the health port, and if nothing answers there, on the admin port: a
# configuration of an earlier release names that alone, and a health port that somebody else has is no reason to restart a node.
set -u

alive() {
    local host=${1%:*} status=
    case $host in 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
    host=${host#[}
    exec 3<>"/dev/tcp/${host%]}/${1##*:}" || return 1
    printf 'GET /livez HTTP/1.0\r\n\r\n' >&3
    read -r -t 2 -u 3 _ status _
    exec 3>&-
    [ "$status" = 200 ]
}

alive "${EVENKEEL_HEALTH_LISTEN:-0.0.0.0:8082}" || alive "${EVENKEEL_ADMIN_LISTEN:-0.0.0.0:8081}"
