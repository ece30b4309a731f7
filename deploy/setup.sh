#!/usr/bin/env bash
# setup.sh [--yes] [--list] [build|run|kafka|test]...
#
# Installs the Debian packages of deploy/packages/debian.txt that are missing (default: all parts).
# Asks once before it installs; --yes asks nothing; --list only prints what is missing.
# Does nothing, quietly, where everything is there. Exit: 0 done, 1 could not, 2 usage.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$here/packages/debian.txt
yes=0 list_only=0 parts=()

usage() { sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
fail() { echo "setup: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
    --yes | -y) yes=1 ;;
    --list) list_only=1 ;;
    --help | -h) usage; exit 0 ;;
    build | run | kafka | test) parts+=("$1") ;;
    *) echo "setup: unknown argument: $1" >&2; usage >&2; exit 2 ;;
    esac
    shift
done
[ ${#parts[@]} -gt 0 ] || parts=(build run kafka test)

wanted() {
    awk -v parts=" ${parts[*]} " '
        { sub(/#.*/, ""); gsub(/[ \t]/, "") }
        /^\[.*\]$/ { part = substr($0, 2, length($0) - 2); next }
        $0 != "" && index(parts, " " part " ") { print }' "$list"
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    fail "this is no Debian system (no apt-get). Install the equivalents of these yourself:
$(wanted | paste -sd' ')"
fi

missing=()
for package in $(wanted); do
    is_installed "$package" || missing+=("$package")
done
if [ $list_only = 1 ]; then
    [ ${#missing[@]} -eq 0 ] || printf '%s\n' "${missing[@]}"
    exit 0
fi
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "packages are missing and neither root nor sudo is at hand.
Ask an administrator for: apt-get install ${missing[*]}"
    sudo=(sudo)
fi

echo "setup: Debian packages to install: ${missing[*]}"
if [ $yes = 0 ]; then
    [ -t 0 ] || fail "no terminal to ask on: run it again with --yes"
    read -r -p "setup: install them now? [Y/n] " answer
    case $answer in
    "" | y | Y | yes | YES) ;;
    *) fail "nothing was installed" ;;
    esac
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1
}
# A failing update (one mirror down) matters only if the install then fails too.
apt update || { tail -n 5 "$log" >&2; echo "setup: apt-get update failed, going on" >&2; }
apt install -y --no-install-recommends "${missing[@]}" || {
    tail -n 20 "$log" >&2
    fail "apt-get could not install: ${missing[*]}"
}

# Debian starts a Redis for the system when the package comes in. fen only ever uses private ones,
# so a service that nobody asked for is not left running.
case " ${missing[*]} " in
*" redis-server "*)
    if [ -d /run/systemd/system ]; then
        "${sudo[@]}" systemctl disable --now --quiet redis-server.service || true
        echo "setup: redis-server.service is disabled again, fen starts its own"
    fi
    ;;
esac
echo "setup: done"
