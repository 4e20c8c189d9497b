#!/bin/bash
# Runs the README's two commands on a machine that has nothing: a Debian 12 minbase root with git, made by mmdebstrap, and a
# fresh clone of the committed tree. For maintainers, as root; not part of ./dev test.
#
#   tests/clean/run.sh [--as-user] [--shared FOLDER] [--ccache FOLDER] [COMMAND...]
#
# --as-user runs as an unprivileged user with sudo; --shared binds FOLDER beside the clone as ../shared, read-only; --ccache
# lends a compiler cache, for when packages are in question and times are not.
# COMMAND replaces "./dev demo && ./dev test". This machine's certificates, apt sources and pip settings are copied in.
set -euo pipefail
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=$tree/build/clean
base=$cache/minbase.tar
as_user=
shared=
ccache=
while [[ ${1:-} == --* ]]; do
  case $1 in
    --as-user) as_user=1 ;;
    --shared) shared=$(realpath "$2") && shift ;;
    --ccache) ccache=$(realpath "$2") && shift ;;
    *) echo "unknown option $1" >&2 && exit 2 ;;
  esac
  shift
done
command=${*:-./dev demo && ./dev test}
((EUID == 0)) || { echo "run as root: a root file system is made and entered" >&2; exit 2; }

mkdir -p "$cache"
[[ -f $base ]] || mmdebstrap --quiet --variant=minbase --include=git,sudo bookworm "$base"

root=$(mktemp -d "$cache/root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
tar -xf "$base" -C "$root"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" 2>/dev/null && : >"$root/etc/apt/sources.list"
[[ ! -f /etc/pip.conf ]] || cp /etc/pip.conf "$root/etc/"
mkdir -p "$root/usr/local/share/ca-certificates"
cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true

home=/root
enter=(bash -c)
if [[ $as_user ]]; then
  home=/home/maker
  chroot "$root" useradd --create-home --shell /bin/bash maker
  echo 'maker ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/maker"
  enter=(runuser -u maker -- bash -c)
fi
git clone --quiet --no-hardlinks "$tree" "$root$home/brink"
[[ ! $as_user ]] || chroot "$root" chown -R maker:maker "$home"

settings=(HOME="$home" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
while IFS= read -r setting; do settings+=("$setting"); done < <(env | grep -E '^(PIP_|https?_proxy=|no_proxy=)' || true)
export root shared home ccache
started=$SECONDS
status=0
unshare --mount --pid --fork --kill-child bash -c '
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  if [[ $shared ]]; then
    mkdir -p "$root$home/shared"
    mount --bind -o ro "$shared" "$root$home/shared"
  fi
  if [[ $ccache ]]; then
    mkdir -p "$root$home/.cache/ccache"
    mount --bind "$ccache" "$root$home/.cache/ccache"
  fi
  exec chroot "$root" env -i "$@"' enter "${settings[@]}" "${enter[@]}" "cd ~/brink && $command" </dev/null || status=$?
echo "clean machine: exit status $status after $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s"
exit $status
