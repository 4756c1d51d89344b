#!/bin/sh
# Installs packages of Debian for the tests, and starts no service of theirs:
#
#	debian.sh GUARD PACKAGE ...
#
# While it runs, GUARD (/usr/sbin/policy-rc.d) forbids services to be started. It is
# removed on every end. One that was there is left alone: an admin's forbids what it
# forbids. Ours bears our mark, so that the next run, also one without packages,
# removes what a kill -9 left.
set -u
guard=$1
shift
mark="# Of jirahook's tests, while they install; process"
own=''
if [ -e "$guard" ]; then
	of=$(sed -n "s/^$mark //p" "$guard" 2>/dev/null)
	if [ -n "$of" ] && ! kill -0 "$of" 2>/dev/null; then
		rm -f "$guard"
	fi
fi
[ $# -gt 0 ] || exit 0
remove() {
	[ -z "$own" ] || rm -f "$guard"
}
child=''
ended() { # ended CODE: apt-get is not left to go on without the guard
	trap '' HUP INT TERM
	[ -z "$child" ] || { kill "$child" 2>/dev/null; wait "$child"; }
	exit "$1"
}
trap remove EXIT
trap 'ended 129' HUP
trap 'ended 130' INT
trap 'ended 143' TERM
# noclobber: of two that come at once one writes it.
if (set -C && printf '#!/bin/sh\n%s %s\nexit 101\n' "$mark" "$$" >"$guard") 2>/dev/null; then
	own=yes
	chmod 755 "$guard"
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
apt() { # apt WORDS: waits up to five minutes for another package manager
	apt-get -q -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 &
	child=$!
	wait "$child"
	code=$?
	child=''
	return "$code"
}
apt install -y --no-install-recommends "$@" || { apt update && apt install -y --no-install-recommends "$@"; }
code=$?
[ "$code" = 0 ] || tail -n 5 "$log" >&2
rm -f "$log"
exit "$code"
