#!/bin/sh
# Installs jirahook: the program, a configuration, and the outbox's folder; then
# `jirahook install`, to which everything after -- is given, puts the hook where
# the Git server looks for it, and sets up what sends what had to wait. It takes the
# program that lies beside it, or is given, else builds it from this folder; in a
# package it takes the installed one.
# A second run replaces the program alone. A program that lies with the SHA256SUMS
# of a release must be one of those, and they signed as release.pub has it.
# It needs no network unless it builds, and no more than a small POSIX shell's
# usual tools.
set -eu

usage() {
	cat >&2 <<TEXT
usage: install.sh [option ...] [-- option of jirahook install ...]

  --user NAME      the account that runs the hooks (default: git)
  --binary FILE    a jirahook built elsewhere (default: the one beside this script,
                   else it is built here, which needs Go); with SHA256SUMS, and
                   SHA256SUMS.sig, beside it: checked
  --key FILE       who signs them (default: release.pub beside this script)
  --bin DIR        where the program goes (default: /usr/local/bin)
  --config DIR     where the configuration goes (default: /etc/jirahook)
  --outbox DIR     where pushes wait for Jira (default: /var/lib/jirahook)
  --set KEY=VALUE  for a configuration that is not there yet; may be repeated
  --token FILE     a file with the token of Jira's account, to be copied
  --dry-run        say what would be done, and touch nothing

install.sh --set jira.url=https://jira.example.com --token t -- --all-under /srv/git
TEXT
	exit 2
}

die() { # die WORDS [EXIT-CODE]
	echo "install.sh: $1" >&2
	exit "${2:-1}"
}

here=$(cd "$(dirname "$0")" && pwd)
user=git dry='' binary='' key='' bin=/usr/local/bin config=/etc/jirahook outbox=/var/lib/jirahook token='' settings='' hand_over=''
while [ $# -gt 0 ]; do
	case $1 in
	--)
		shift
		hand_over=yes
		break
		;;
	--dry-run)
		dry=yes
		shift
		continue
		;;
	--server | --repo | --all-under | --dir | --gitaly-config | --program | --worker | --scope | --no-chain | --status | --yes)
		die "$1 says where the hook goes: put it behind --, as in install.sh ... -- $*" 2
		;;
	esac
	[ $# -gt 1 ] || usage
	case $1 in
	--user) user=$2 ;;
	--binary) binary=$2 ;;
	--key) key=$2 ;;
	--bin) bin=$2 ;;
	--config) config=$2 ;;
	--outbox) outbox=$2 ;;
	--token) token=$2 ;;
	--set) settings="$settings$2
" ;;
	*) usage ;;
	esac
	shift 2
done
id "$user" >/dev/null 2>&1 || die "there is no account $user: name the one that runs the hooks with --user" 2
[ -z "$token" ] || [ -s "$token" ] || die "there is no token in $token" 2
owner=$(id -u "$user"):$(id -g "$user")
case $bin in /*) ;; *) bin=$PWD/$bin ;; esac
case $config in /*) ;; *) config=$PWD/$config ;; esac
case $outbox in /*) ;; *) outbox=$PWD/$outbox ;; esac
umask 077

# Where the repositories are, the hook, doctor and the worker find them by
# server.root.
under=''
previous=''
for word in "$@"; do
	[ "$previous" != --all-under ] || under=$word
	case $word in --all-under=*) under=${word#--all-under=} ;; esac
	previous=$word
done
case $settings in *server.root=*) under='' ;; esac
case $under in '' | /*) ;; *) under=$PWD/$under ;; esac
[ -z "$under" ] || settings="${settings}server.root=${under%/}
"

# check PROGRAM FOLDER: stops unless the program is among those of the SHA256SUMS in
# the folder, by whatever name, and the sums are signed as they say. Without sums
# there is nothing to check. A signature is nothing that may be passed over: who
# changed the file would see to that.
check() {
	sums=$2/SHA256SUMS
	[ -e "$sums" ] || { [ ! -e "$sums.sig" ] || die "there is $sums.sig, and no SHA256SUMS"; return 0; }
	command -v sha256sum >/dev/null 2>&1 || die "there is no sha256sum to check $binary with"
	sum=$(sha256sum <"$1")
	sum=${sum%% *}
	listed=$(sed -n "s/^$sum [ *]//p" "$sums")
	[ -n "$listed" ] || die "$binary is none of $sums: its sum is $sum"
	if [ ! -e "$sums.sig" ]; then
		echo "checked: ${listed%%"$newline"*}, by its sum; the sums are not signed"
		return 0
	fi
	[ -z "$key" ] || [ -e "$key" ] || die "there is no $key" 2
	for signers in "$key" "$here/release.pub" "$here/packaging/release.pub"; do
		[ -z "$signers" ] || [ ! -e "$signers" ] || break
	done
	[ -e "$signers" ] || die "$sums is signed, and there is no release.pub to check it with: name one with --key"
	command -v ssh-keygen >/dev/null 2>&1 ||
		die "$sums is signed, and there is no ssh-keygen to check it with: check it on another machine, and take SHA256SUMS.sig away"
	ssh-keygen -q -Y verify -f "$signers" -I jirahook -n jirahook-release -s "$sums.sig" <"$sums" >/dev/null 2>&1 ||
		die "$sums is not signed by whom $signers names"
	echo "checked: ${listed%%"$newline"*}, by its sum and the signature"
}
newline='
'
named=''
[ "$config/config.yaml" = /etc/jirahook/config.yaml ] || named=" --config $config/config.yaml"
[ -n "$binary" ] || [ ! -f "$here/jirahook" ] || binary=$here/jirahook

if [ -n "$dry" ]; then
	[ -z "$binary" ] || check "$binary" "$(dirname "$binary")"
	say() { # say FILE: what would become of it
		if [ -e "$1" ]; then echo "there is: $1"; else echo "would write: $1"; fi
	}
	if [ -n "$binary" ] || [ -f "$here/go.mod" ]; then
		echo "would write: $bin/jirahook-VERSION, and lead $bin/jirahook to it"
	fi
	say "$config/config.yaml"
	if [ -n "$token" ] && [ -e "$config/token" ] && ! cmp -s "$token" "$config/token"; then
		echo "would write: $config/token"
	else
		say "$config/token"
	fi
	say "$outbox"
	for program in "$binary" "$bin/jirahook"; do
		if [ -n "$hand_over" ] && [ -x "$program" ]; then
			[ -z "$named" ] || export JIRAHOOK_CONFIG="$config/config.yaml"
			exec "$program" install --program "$program" --user "$user" "$@" --dry-run
		fi
	done
	[ -z "$hand_over" ] || echo "then: $bin/jirahook$named install --user $user $*"
	exit 0
fi

# The program: jirahook-VERSION, and a link to it that is renamed over the old
# one, so that a hook that runs at this moment finds either, whole. The version
# before stays: to go back, let the link lead there.
install_program() {
	(umask 022 && mkdir -p "$bin")
	new=$(mktemp -d "$bin/.jirahook.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	trap 'exit 1' HUP INT TERM
	if [ -n "$binary" ]; then
		cp "$binary" "$new/jirahook"
		check "$new/jirahook" "$(dirname "$binary")" # the copy: nobody changes it any more
	else
		command -v go >/dev/null 2>&1 || die "there is no Go to build the program: name one that is built with --binary"
		(cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$new/jirahook" ./cmd/jirahook)
	fi
	chmod 755 "$new/jirahook"
	version=$("$new/jirahook" version) || die "the program does not run on this machine"
	version=$(printf %s "${version#jirahook }" | tr -cd 'A-Za-z0-9.+-')
	program=jirahook-$version
	before=$(readlink "$bin/jirahook" || :)
	if cmp -s "$new/jirahook" "$bin/$program" 2>/dev/null && [ "$before" = "$program" ]; then
		echo "unchanged: $bin/jirahook ($version)"
	else
		mv -f "$new/jirahook" "$bin/$program"
		ln -s "$program" "$new/link"
		mv -f "$new/link" "$bin/jirahook"
		echo "written: $bin/$program"
		echo "written: $bin/jirahook -> $program"
		# A worker that runs goes on with the new one.
		if [ -n "$before" ] && [ -z "${DESTDIR:-}" ] && [ -d /run/systemd/system ]; then
			systemctl try-restart --no-block jirahook-worker.service 2>/dev/null || :
		fi
	fi
}
if [ -n "$binary" ] || [ -f "$here/go.mod" ]; then
	install_program
else # of a package: its program is the package manager's
	bin=$(command -v jirahook) || die "there is no program: name one with --binary"
	bin=${bin%/*}
fi

# The configuration: never one that is there.
write_config() { # write_config SETTING-LINES
	lines=$1
	set -- --set "jira.auth.secret_file=$config/token" --set "outbox.dir=$outbox"
	while [ -n "$lines" ]; do
		set -- "$@" --set "${lines%%"$newline"*}"
		lines=${lines#*"$newline"}
	done
	"$bin/jirahook" config init "$@" >"$config/config.yaml.new"
	mv -f "$config/config.yaml.new" "$config/config.yaml"
}
todo=''
mkdir -p "$config"
if [ -e "$config/config.yaml" ]; then
	echo "unchanged: $config/config.yaml"
else
	write_config "$settings"
	chown "$owner" "$config" "$config/config.yaml"
	echo "written: $config/config.yaml"
	case $settings in *jira.url=*) ;; *) todo="$todo  $config/config.yaml: jira.url, and for links server.kind and server.url$newline" ;; esac
fi
if [ -n "$token" ] && ! cmp -s "$token" "$config/token" 2>/dev/null; then
	cat "$token" >"$config/token.new"
	mv -f "$config/token.new" "$config/token"
	echo "written: $config/token"
elif [ ! -e "$config/token" ]; then
	: >"$config/token"
	echo "written: $config/token"
fi
[ -s "$config/token" ] || todo="$todo  $config/token: the token of Jira's account, and nothing else$newline"
chmod 600 "$config/token"
chown "$owner" "$config/token"

# The outbox: on a local disk, of the account that runs the hooks.
[ -d "$outbox" ] || echo "written: $outbox"
mkdir -p "$outbox"
chmod 700 "$outbox"
chown "$owner" "$outbox"
if command -v restorecon >/dev/null 2>&1; then
	restorecon -R "$bin"/jirahook* "$config" "$outbox"
fi

# The hook.
[ -z "$named" ] || export JIRAHOOK_CONFIG="$config/config.yaml"
if [ -n "$hand_over" ]; then
	"$bin/jirahook" install --program "$bin/jirahook" --user "$user" "$@" # an own --user comes later, and counts
else
	todo="$todo  the hook: $bin/jirahook$named install --user $user --dry-run, then without --dry-run$newline"
fi
if [ -n "$todo" ]; then
	printf 'to do:\n%s' "$todo"
fi
