# shellcheck shell=bash
# server: what the scripts that start private servers share: kafka/kafka and redis/redis.
# Sourced, never run. The caller sets `program` (its name, for messages).
#
# A server is known by a pid file that holds its pid and its start time, so that a pid which the
# system has given to somebody else meanwhile is never mistaken for it, let alone killed.

say() { echo "$program: $*" >&2; }
fail() { say "$@"; exit 1; }
usage_error() { say "$@"; usage >&2; exit 2; }

# start_time PID: when the process started, in ticks since boot; false if there is none.
start_time() {
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    # Count behind the last ')': the command before it may hold anything. Field 22 is the 20th.
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    # A zombie has ended: only its parent has not noticed.
    [ "$1" != Z ] && echo "${20}"
}

# record_pid PID FILE
record_pid() { echo "$1 $(start_time "$1" || echo gone)" >"$2"; }

# running_pid FILE: the pid if that very process still runs, else false.
running_pid() {
    local pid started
    { read -r pid started <"$1"; } 2>/dev/null || return 1
    [ -n "$pid" ] && [ "$(start_time "$pid")" = "$started" ] && echo "$pid"
}

# end_process FILE SIGNAL SECONDS: signal it and wait; SIGKILL after SECONDS. True once it is gone.
end_process() {
    local pid deadline=$((SECONDS + $3))
    while pid=$(running_pid "$1"); do
        if [ "$2" != sent ]; then
            kill -s "$2" "$pid" 2>/dev/null || true
            set -- "$1" sent "$3"
        elif [ $SECONDS -ge $deadline ]; then
            kill -s KILL "$pid" 2>/dev/null || true
        fi
        sleep 0.05
    done
    rm -f "$1"
}

accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port: one that nobody listens on, below the range that the kernel gives to clients.
free_port() {
    local port attempt
    for attempt in {1..200}; do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        accepts $port || { echo $port; return; }
    done
    fail "no free port between 20000 and 32000 after $attempt attempts"
}

# random_id: a Kafka-style id, 16 random bytes in url-safe base64, never with a leading dash.
random_id() {
    local id=-
    while [[ $id == -* ]]; do
        id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
    done
    echo "$id"
}

# watch_owner PID DIR COMMAND...: runs COMMAND once process PID is gone; ends itself when
# DIR/watch.pid is taken away. It outlives this script and holds none of its descriptors.
watch_owner() {
    local owner=$1 dir=$2 started
    shift 2
    started=$(start_time "$owner") || fail "owner $owner is not a running process"
    if running_pid "$dir/watch.pid" >/dev/null; then
        return
    fi
    (
        trap '' INT HUP
        echo "$BASHPID $(start_time "$BASHPID")" >"$dir/watch.pid"
        while [ "$(start_time "$owner")" = "$started" ]; do
            [ -e "$dir/watch.pid" ] || exit 0
            sleep 1
        done
        "$@"
    ) </dev/null >/dev/null 2>&1 9>&- &
    disown
}

# stop_watching DIR: taking the file away ends it within a second, without a signal.
stop_watching() { rm -f "$1/watch.pid"; }
