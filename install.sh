#!/bin/sh
# Installs jirahook: the program, a configuration to be edited, and the outbox's
# folder. It builds the program from this folder unless it is given one. A second
# run replaces the program alone. It touches no repository: where the hook goes,
# says README.md.
set -eu

usage() {
	cat >&2 <<TEXT
usage: install.sh [--user NAME] [--binary FILE] [--bin DIR] [--config DIR] [--outbox DIR]

  --user NAME    the account that runs the hooks (default: git)
  --binary FILE  a jirahook built elsewhere (default: build it here; needs Go)
  --bin DIR      where the program goes (default: /usr/local/bin)
  --config DIR   where the configuration goes (default: /etc/jirahook)
  --outbox DIR   where pushes wait for Jira (default: /var/lib/jirahook)
TEXT
	exit 2
}

user=git binary='' bin=/usr/local/bin config=/etc/jirahook outbox=/var/lib/jirahook
while [ $# -gt 0 ]; do
	[ $# -gt 1 ] || usage
	case $1 in
	--user) user=$2 ;;
	--binary) binary=$2 ;;
	--bin) bin=$2 ;;
	--config) config=$2 ;;
	--outbox) outbox=$2 ;;
	*) usage ;;
	esac
	shift 2
done
id "$user" >/dev/null 2>&1 || { echo "install.sh: there is no account $user: name the one that runs the hooks with --user" >&2; exit 2; }
umask 077

written() { # written WHAT
	echo "written: $1"
}

# The program: beside its place first, then renamed, so that a hook that runs at
# this moment finds the old one or the new one, whole.
(umask 022 && mkdir -p "$bin")
new=$(mktemp -d "$bin/.jirahook.XXXXXX")
trap 'rm -rf "$new"' EXIT
if [ -n "$binary" ]; then
	cp "$binary" "$new/jirahook"
else
	(cd "$(dirname "$0")" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$new/jirahook" ./cmd/jirahook)
fi
chmod 755 "$new/jirahook"
"$new/jirahook" version >/dev/null || { echo "install.sh: the program does not run on this machine" >&2; exit 1; }
mv -f "$new/jirahook" "$bin/jirahook"
written "$bin/jirahook"

# The configuration: never one that is there.
mkdir -p "$config"
if [ ! -e "$config/config.yaml" ]; then
	"$bin/jirahook" config init --set "jira.auth.secret_file=$config/token" --set "outbox.dir=$outbox" >"$config/config.yaml"
	written "$config/config.yaml (edit jira.url, and server.kind and server.url for links)"
fi
if [ ! -e "$config/token" ]; then
	: >"$config/token"
	written "$config/token (put the token of Jira's account into it)"
fi
mkdir -p "$outbox"
chmod 600 "$config/token"
chown "$user" "$config" "$config/config.yaml" "$config/token" "$outbox"
chmod 700 "$outbox"
echo "next:    edit the two files, then, as $user: $bin/jirahook --config $config/config.yaml config check"
