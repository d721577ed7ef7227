# Waits until whoever started it is gone, however that came, and then takes away what a cluster of a drill leaves: its processes, their
# groups of processor time, the table of the kernel that loses messages, what slows the disks that are mounted in its folder, what is mounted
# there, and that. Run as `sh -c`: $1 the folder, $2 the process in whose name groups and table were made.
trap '' HUP INT TERM
while read -r _; do :; done

# The nodes whose configuration is in the folder, stopped ones too, and programs beside them.
nodes() {
    if [ -d /proc/self ]; then
        for line in $(grep -laF -- "$1/" /proc/[0-9]*/cmdline 2>/dev/null); do
            case $(tr '\0' ' ' <"$line" 2>/dev/null) in
                *" serve --config $1/"* | *" --config.file=$1/"*)
                    line=${line#/proc/}
                    echo "${line%/cmdline}"
                    ;;
            esac
        done
    else
        ps -axo pid=,args= | while read -r pid args; do
            case $args in *" serve --config $1/"* | *" --config.file=$1/"*) echo "$pid" ;; esac
        done
    fi
}

# False while one is in use.
remove_groups() {
    [ -r /proc/self/mounts ] || return 0
    while read -r _ at type _; do
        case $type in
            cgroup | cgroup2)
                for group in "$at/evenkeel-$1-"*; do
                    [ -d "$group" ] || continue
                    rmdir "$group/slow" 2>/dev/null
                    rmdir "$group" 2>/dev/null || return 1
                done
                ;;
        esac
    done </proc/self/mounts
}

# Of nftables.
remove_table() {
    command -v nft >/dev/null 2>&1 && nft list table inet "evenkeel_drill_$1" >/dev/null 2>&1 || return 0
    nft delete table inet "evenkeel_drill_$1" 2>/dev/null
}

# The disks that are mounted in the folder: on a slow one a process that waits for it would not end.
hasten() {
    limit=
    [ -r /proc/self/mountinfo ] || return 0
    while read -r _ group type options _; do
        case $type,$options, in cgroup,*,blkio,*) limit=$group/blkio.throttle.write_iops_device ;; esac
    done </proc/self/mounts
    [ -w "$limit" ] || return 0
    while read -r _ _ device _ at _; do
        case $device,$at in
            0:*) ;;
            *,"$1"/*) echo "$device 0" 2>/dev/null >"$limit" ;;
        esac
    done </proc/self/mountinfo
}

# What is mounted in the folder.
unmount() {
    [ -r /proc/self/mounts ] || return 0
    while read -r _ at _; do
        case $at in "$1"/*) umount -l -- "$at" 2>/dev/null || return 1 ;; esac
    done </proc/self/mounts
}

for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
    hasten "$1"
    pids=$(nodes "$1")
    if [ -z "$pids" ] && remove_groups "$2" && remove_table "$2" && unmount "$1" && rm -rf -- "$1"; then
        exit 0
    fi
    for pid in $pids; do kill -KILL "$pid" 2>/dev/null; done
    sleep 0.25
done
exit 1
