#!/bin/bash
# Installs the servers that brink fetch is tested against, by their ordinary clients, into the folder $1: moto (S3) from
# PyPI, azurite (Azure) from npm, fake-gcs-server (Google) by Go's proxy. Debian's docker-registry is a package. Also what reads the
# manifests of deploy/: helm by Go's proxy, and kubectl, unpacked from Debian because another one may be installed.
# What cannot be had is passed over: its test is skipped and says so.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
to=$1
mkdir -p "$to"
if [[ ! -f $to/venv/requirements.txt ]] || ! cmp -s "$here/requirements.txt" "$to/venv/requirements.txt"; then
  rm -rf "$to/venv"
  /usr/bin/python3 -m venv "$to/venv" &&
    "$to/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" &&
    cp "$here/requirements.txt" "$to/venv/requirements.txt"
fi
if command -v npm >/dev/null && [[ ! -e $to/npm/node_modules/.bin/azurite-blob ]]; then
  # Where it does not reach its registry it tries for very long.
  timeout 300 npm install --silent --no-audit --no-fund --prefix "$to/npm" azurite@3.35.0
fi
# Debian's own Go is too old for these; a newer one may be there. They are used for seconds and built in minutes: not optimised.
go_install() {
  if command -v go >/dev/null && [[ ! -x $to/bin/$1 ]]; then
    GOBIN=$to/bin GOPATH=$to/go GOFLAGS=-modcacherw timeout 900 nice \
      go install -gcflags='all=-N -l -dwarf=false' -ldflags='-s -w' "$2"
  fi
}
go_install fake-gcs-server github.com/fsouza/fake-gcs-server@v1.52.2
command -v helm >/dev/null || go_install helm helm.sh/helm/v3/cmd/helm@v3.14.4
if ! command -v kubectl >/dev/null && [[ ! -x $to/bin/kubectl ]]; then
  mkdir -p "$to/bin" "$to/debian" && (cd "$to/debian" && apt-get -qq download kubernetes-client && dpkg-deb -x kubernetes-client_*.deb . &&
    cp usr/bin/kubectl "$to/bin/")
  rm -rf "$to/debian"
fi
true
