#!/bin/sh
# Builds Gitea, which takes some ten minutes, for the script on-real-gitea:
#   cmd/jirahook/testdata/build-gitea.sh /var/cache/jirahook-test/gitea
#   JIRAHOOK_TEST_GITEA=/var/cache/jirahook-test/gitea go test ./cmd/jirahook -run TestScripts/on-real-gitea
# It comes from the Go proxy and serves its programming interface and git, not its
# pages: those need a build by npm as well. The script wants curl and PostgreSQL.
set -eu
version=v1.26.1
[ $# = 1 ] || { sed -n 's/^#   /usage: /p' "$0" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
rm -rf "$dir/src"
cd "$dir"
printf 'module gitea\n' >go.mod
go mod download "code.gitea.io/gitea@$version"
cp -R "$(go env GOMODCACHE)/code.gitea.io/gitea@$version" src
chmod -R u+w src
cd src
CGO_ENABLED=0 GOFLAGS=-mod=mod go build -trimpath -o ../gitea .
