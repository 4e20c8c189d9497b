"""Holds every #include of the tree to src/brink/LAYERS and src/brink/LIBRARIES. Prints what breaks them; status 1 if anything.

A room includes itself and the rooms that LAYERS grants it; apps, tests, tools and bench include any room, and nobody includes
them. Third-party headers stay where LIBRARIES says, and out of every header that is seen from outside its room.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')
PROGRAMS = ["apps", "bench", "sdk", "tests", "tools"]
TEST_LIBRARIES = ("gtest/", "gmock/")
TEST_FILE = re.compile(r"_(test|testing|fuzz|bench)\.cc$")
POSIX_FOLDERS = ("sys/", "netinet/", "arpa/", "linux/", "net/", "asm/")
LIBRARIES_WITHOUT_FOLDER = ("jpeglib.h", "jerror.h", "png.h", "zlib.h", "expat.h", "sqlite3.h", "mosquitto.h")


def read_table(path):
    table = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            key, _, rest = line.partition(":")
            table[key.strip()] = rest.split()
    return table


def is_third_party(header):
    if header.startswith("brink/") or header.startswith(POSIX_FOLDERS):
        return False
    return "/" in header or header in LIBRARIES_WITHOUT_FOLDER


class Tree:
    """The sources under `root`: includes by file, as paths relative to the root ("src/brink/base/json.h")."""

    def __init__(self, root):
        self.root = root
        self.layers = read_table(root / "src/brink/LAYERS")
        self.libraries = read_table(root / "src/brink/LIBRARIES")
        self.includes = {}
        for folder in ["src/brink", *PROGRAMS]:
            for path in sorted((root / folder).rglob("*")):
                if path.suffix in (".h", ".cc") and not path.name.endswith("_generated.h"):
                    self.includes[str(path.relative_to(root))] = self.read_includes(path)

    @staticmethod
    def read_includes(path):
        found = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            beside = match and match.group(2) and (path.parent / match.group(2)).exists()
            if match and not beside:
                found.append((number, match.group(1) or match.group(2)))
        return found

    def room(self, file):
        parts = file.split("/")
        return parts[2] if parts[:2] == ["src", "brink"] and len(parts) > 3 else None

    def seen_from_outside(self):
        """The rooms' headers that another room or a program includes, directly or through other headers; tests may look in."""
        pending = ["src/" + header for file, found in self.includes.items() for _, header in found
                   if not file.startswith(("tests/", "bench/")) and header.startswith("brink/") and self.room("src/" + header) != self.room(file)]
        seen = set()
        while pending:
            header = pending.pop()
            if header in self.includes and header not in seen:
                seen.add(header)
                pending += ["src/" + name for _, name in self.includes[header] if name.startswith("brink/")]
        return seen


def check_table(tree):
    for room, granted in tree.layers.items():
        for other in granted:
            if other not in tree.layers:
                yield f"src/brink/LAYERS: {room} may include {other}, which is no room"
            elif list(tree.layers).index(other) >= list(tree.layers).index(room):
                yield f"src/brink/LAYERS: {room} may include {other}, which stands below it: the table is written bottom up"
    for folder in sorted(path for path in (tree.root / "src/brink").iterdir() if path.is_dir()):
        if folder.name not in tree.layers:
            yield f"src/brink/{folder.name}: not in src/brink/LAYERS"


def check_room_include(tree, file, header):
    room, other = tree.room(file), tree.room("src/" + header)
    if other is None or not (tree.root / "src" / header).exists():
        return f"no such header: {header}"
    if room and other != room and other not in tree.layers.get(room, []):
        return f"{room} may not include {other} (src/brink/LAYERS)"
    return None


def check_library_include(tree, file, header, seen):
    entries = [places for prefix, places in tree.libraries.items() if header.startswith(prefix)]
    if not entries:
        return f"<{header}> is in no line of src/brink/LIBRARIES"
    if "everywhere" in entries[0]:
        return None
    if file in seen:
        return f"<{header}> in a header that is seen from outside its room"
    inside = file.removeprefix("src/brink/")
    if not any(inside == place or inside.startswith(place + "/") for place in entries[0]):
        return f"<{header}> belongs to {' '.join(entries[0])} (src/brink/LIBRARIES)"
    return None


def check_own_header_first(tree):
    """A header that stands first in its source is known to compile alone."""
    for file, found in tree.includes.items():
        own = file.removesuffix(".cc") + ".h"
        if file.endswith(".cc") and own in tree.includes and (not found or "src/" + found[0][1] != own):
            if tree.room(file):
                yield f"{file}: {own.removeprefix('src/')} is not its first #include"


def check(root):
    tree = Tree(root)
    yield from check_table(tree)
    yield from check_own_header_first(tree)
    seen = tree.seen_from_outside()
    for file, found in tree.includes.items():
        is_test = file.startswith(("tests/", "bench/")) or TEST_FILE.search(file)
        for number, header in found:
            problem = None
            if header.startswith("brink/"):
                problem = check_room_include(tree, file, header)
            elif is_third_party(header) and not (is_test and header.startswith(TEST_LIBRARIES)):
                problem = check_library_include(tree, file, header, seen)
            if problem:
                yield f"{file}:{number}: {problem}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    root = root if len(sys.argv) > 1 else root.parent.parent
    problems = list(check(root))
    print("\n".join(problems) or "layers: ok")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
