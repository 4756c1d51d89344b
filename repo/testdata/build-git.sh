#!/bin/sh
# Builds a git that knows reftables (2.45 or newer) from Debian's source package:
#
#	build-git.sh PREFIX
#
# It ends up in PREFIX/bin and nothing else of the system changes, but for the
# compiler that is installed if there is none. About three minutes of one core.
set -eu
prefix=$1
[ -x "$prefix/bin/git" ] && exit
for p in gcc make dpkg-dev libc6-dev zlib1g-dev xz-utils; do
	dpkg -s "$p" >/dev/null 2>&1 || missing="${missing:-} $p"
done
# shellcheck disable=SC2086 # a list of names
[ -z "${missing:-}" ] || DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends $missing
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Component: main' | grep -v security | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/source"
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive trixie main" >"$work/sources.list"
from_trixie() {
	apt-get -q -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}
cd "$work/source"
from_trixie update
from_trixie source --download-only git
tar -xJf git_*.orig.tar.xz
cd git-*/
make -s -j"$(nproc)" prefix="$prefix" NO_CURL=1 NO_EXPAT=1 NO_PERL=1 NO_PYTHON=1 NO_TCLTK=1 NO_GETTEXT=1 NO_OPENSSL=1 INSTALL_SYMLINKS=1 all install
