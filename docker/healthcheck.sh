#!/bin/bash
# Asks the node whether it lives, without a second JVM. Never whether it is ready: a node that waits for its cluster, or answers
# old data because it must, is not helped by a restart.
set -u
admin=${EVENKEEL_ADMIN_LISTEN:-0.0.0.0:8081}
host=${admin%:*}
case $host in 0.0.0.0 | '[::]') host=127.0.0.1 ;; esac
host=${host#[}
exec 3<>"/dev/tcp/${host%]}/${admin##*:}" || exit 1
printf 'GET /livez HTTP/1.0\r\n\r\n' >&3
read -r -t 4 -u 3 _ status _ && [ "$status" = 200 ]
