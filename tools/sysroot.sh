#!/bin/bash
# Makes build/sysroot-ARCH: headers and libraries of Debian 12 for armhf, arm64 or amd64, unpacked and not installed, so
# that any user may and this machine's own packages stay as they are.
#
#   tools/sysroot.sh ARCH
#
# Holds the -dev packages of section `build` of tools/packages.txt and what section `image` names, from the mirror that
# apt uses here. Made again when the list or this script changes. sysroot-ARCH/var/lib/brink/packages has a line
# "name version" for each package, owners a line "path name" for each file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
arch=${1:?which architecture?}
more=${2:+-$2}
root=build/sysroot-$arch$more
# As ./dev's packages(): one section's names.
section() { sed -n "/^$1:/,/^[a-z-]*:/p" tools/packages.txt | sed 's/#.*//; s/[[:space:]]//g; /:$/d; /^$/d'; }
if [[ $more ]]; then
  packages=$(section "image$more")
else
  packages=$({ section build | grep -- '-dev$'; section image; echo libc6-dev; echo libstdc++-12-dev; } | sort -u)
fi
stamp=$(cat <(echo "$packages") "${BASH_SOURCE[0]}" | sha256sum)
[[ ! -f $root/.stamp || $(<"$root/.stamp") != "$stamp" ]] || exit 0

mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
  awk '$2 == "bookworm" {print $1; exit}')
mirror=${mirror:-http://deb.debian.org/debian}
security=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>/dev/null |
  awk '$2 == "bookworm-security" {print $1; exit}')

# Nothing of the foreign system is run, so whoever is not root needs no rights.
mode=chrootless
((EUID != 0)) || mode=root
rm -rf "$root" "$root.new"
mkdir -p build/logs
log=build/logs/sysroot-$arch$more.log
make() {
  rm -rf "$root.new"
  printf '%s\n' "$@" >"build/logs/sysroot-$arch$more.list"
  mmdebstrap --mode=$mode --variant=extract --architectures="$arch" --include="$(paste -sd, <<<"$packages")" \
    --skip=cleanup/apt bookworm "$root.new" "build/logs/sysroot-$arch$more.list" >"$log" 2>&1
}
main=("deb $mirror bookworm main" "deb $mirror bookworm-updates main")
# A mirror may lack the security archive's other architectures.
if [[ -z $security ]] || ! make "${main[@]}" "deb $security bookworm-security main"; then
  [[ -z $security ]] || echo "sysroot $arch: without bookworm-security, which cannot be read for it" >&2
  make "${main[@]}" || { tail -n 20 "$log" >&2; echo "sysroot $arch: failed, see $log" >&2; exit 1; }
fi

# Absolute links would lead out of the sysroot.
while IFS= read -r link; do
  target=$(readlink "$link")
  ln -sfn "$(realpath -ms --relative-to="$(dirname "$link")" "$root.new$target")" "$link"
done < <(find "$root.new" -type l -lname '/*')

record=$root.new/var/lib/brink
mkdir -p "$record"
for deb in "$root.new"/var/cache/apt/archives/*.deb; do
  dpkg-deb -W --showformat '${Package} ${Version}\n' "$deb" >>"$record/packages"
  name=$(dpkg-deb -f "$deb" Package)
  dpkg-deb --fsys-tarfile "$deb" | tar -t | sed -n "s|^\./\(.*[^/]\)\$|/\1 $name|p" >>"$record/owners"
done
rm -rf "$root.new/var/cache/apt" "$root.new/var/lib/apt" "$root.new/var/lib/dpkg"
echo "$stamp" >"$root.new/.stamp"
mv "$root.new" "$root"
