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
    """`folder` holds usr/lib/TRIPLET and lib/TRIPLET; var/lib/brink/{owners,packages} where tools/sysroot.sh made it."""

    def __init__(self, folder, arch):
        self.folder, self.arch = pathlib.Path(folder), arch
        self.folders = [f"{base}/{TRIPLETS[arch]}" for base in ("lib", "usr/lib")]
        self.versions = dict(line.split() for line in self._record("packages"))
        self._owners = dict(line.rsplit(" ", 1) for line in self._record("owners"))

    def _record(self, name):
        file = self.folder / "var/lib/brink" / name
        return file.read_text().splitlines() if file.exists() else []

    def find(self, name):
        """The path, relative to the root, of the library of that name."""
        for folder in self.folders:
            if (self.folder / folder / name).exists():
                return f"{folder}/{name}"
        raise SystemExit(f"image: {name}: not in {self.folder} ({', '.join(self.folders)})")

    def libraries(self, programs):
        """What the programs need, and what that needs, by name: {"libz.so.1": "lib/.../libz.so.1"}; without the loader."""
        found, waiting = {}, [name for program in programs for name in needed(program)]
        while waiting:
            name = waiting.pop()
            if name in found or name == pathlib.Path(LOADERS[self.arch]).name:
                continue
            found[name] = self.find(name)
            waiting += needed(self.folder / found[name])
        return dict(sorted(found.items()))

    def owner(self, path):
        """The Debian package of a file, or None. Links are followed: dpkg knows the file by its whole name."""
        real = (self.folder / path).resolve().relative_to(self.folder.resolve())
        return self._owners.get(f"/{real}") or self._owners.get(f"/{path}")
