#!/usr/bin/env bash
# Ends the nodes that a measurement or a test has started in folders below FOLDER, or behind links there, once the process PID has ended without doing so.
#   ops/bench/guard.sh PID FOLDER LAUNCHER
set -u
tail --pid="$1" -f /dev/null
find -L "$2" -maxdepth 3 -name cluster.json 2>/dev/null | while IFS= read -r file; do
    for pid in $(grep -o '"pid" *: *[1-9][0-9]*' "$file" | grep -o '[0-9]*$'); do
        if kill -0 "$pid" 2>/dev/null; then
            # Which looks whether these processes are its nodes: their command lines have the folder behind links.
            "$3" down --kill --data "$(cd -- "$(dirname -- "$file")" && pwd -P)"
            break
        fi
    done
done
