"""A tree of Debian files to take libraries from: the sysroot of an architecture. Standard library and binutils only."""

import pathlib
import re
import subprocess

TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "armhf": "arm-linux-gnueabihf"}
LOADERS = {"amd64": "lib64/ld-linux-x86-64.so.2", "arm64": "lib/ld-linux-aarch64.so.1",
           "armhf": "lib/ld-linux-armhf.so.3"}


def needed(path):
    """The names of the shared libraries that the ELF file asks for."""
    listing = subprocess.run(["readelf", "-dW", str(path)], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]", listing)


class Root:
    """One tree, or several of which the first that has a file counts ("A:B"): usr/lib/TRIPLET and lib/TRIPLET in each, and
    var/lib/brink/{owners,packages} where tools/sysroot.sh made it."""

    # Libraries that Debian reaches by its alternatives system or by a path in the library that needs them.
    SUBFOLDERS = ["", "/blas", "/lapack", "/pulseaudio"]

    def __init__(self, folders, arch):
        self.trees, self.arch = [pathlib.Path(folder) for folder in str(folders).split(":")], arch
        self.folders = [f"{base}/{TRIPLETS[arch]}{below}" for below in self.SUBFOLDERS for base in ("lib", "usr/lib")]
        # What two trees hold is taken from the first, and so is its version.
        self.versions = dict(line.split() for tree in reversed(self.trees) for line in self._record(tree, "packages"))
        self._owners = dict(line.rsplit(" ", 1) for tree in self.trees for line in self._record(tree, "owners"))

    @staticmethod
    def _record(tree, name):
        file = tree / "var/lib/brink" / name
        return file.read_text().splitlines() if file.exists() else []

    def at(self, path):
        """Where the file of that path, relative to the root, lies on this machine; None where it is absent."""
        return next((tree / path for tree in self.trees if (tree / path).exists()), None)

    def find(self, name):
        """The path, relative to the root, of the library of that name."""
        for folder in self.folders:
            if self.at(f"{folder}/{name}"):
                return f"{folder}/{name}"
        raise SystemExit(f"image: {name}: not in {', '.join(map(str, self.trees))} ({', '.join(self.folders[:2])})")

    def libraries(self, programs, without=()):
        """What the programs need, and what that needs, by name: {"libz.so.1": "lib/.../libz.so.1"}; without the loader, and
        without those named and what only they need."""
        found, waiting = {}, [name for program in programs for name in needed(program)]
        while waiting:
            name = waiting.pop()
            if name in found or name in without or name == pathlib.Path(LOADERS[self.arch]).name:
                continue
            found[name] = self.find(name)
            waiting += needed(self.at(found[name]))
        return dict(sorted(found.items()))

    def owner(self, path):
        """The Debian package of a file, or None. Links are followed: dpkg knows the file by its whole name."""
        tree = next(tree for tree in self.trees if (tree / path).exists())
        real = (tree / path).resolve().relative_to(tree.resolve())
        return self._owners.get(f"/{real}") or self._owners.get(f"/{path}")
