"""Writes a script for GNU ld that puts the functions of loading.txt beside each other, at the front of the program's text.

usage: write_script.py OUTPUT NM CXXFILT ARCHIVE...
A function is read from the file system, or mapped at least, when it is first called, with the 64 kB around it: scattered over ten
megabytes, those that load a model cost more time and memory than what they do. Functions of the list that are not in the archives are
passed over; functions compiled for one CPU by Highway lie beside those for the same CPU. The archives' files are compiled with
-ffunction-sections. Standard library only.
"""

import pathlib
import subprocess
import sys

from names import TARGET, demangle, short

LIST = pathlib.Path(__file__).resolve().parent / "loading.txt"


def functions_of(archive, nm):
    """(member, mangled name, whether other files may have one of this name too) of each function."""
    run = subprocess.run([nm, "--defined-only", "--format=posix", archive], stdout=subprocess.PIPE, text=True, check=True)
    member = ""
    for line in run.stdout.splitlines():
        if line.endswith("]:"):  # libx.a[file.cc.o]:
            member = line[line.rindex("[") + 1:-2]
            continue
        name, kind = line.split()[:2]
        if kind in "tTwW" and not name.startswith("."):
            yield member, name, kind == "t"


def placed(archives, nm, cxxfilt):
    """Section patterns in the order of the list, one CPU's after the other's."""
    ranks = {}
    for line in LIST.read_text().splitlines():
        if not line.startswith("#"):
            ranks.setdefault(line, len(ranks))
    found = [(archive, *function) for archive in archives for function in functions_of(archive, nm)]
    full = demangle([function[2] for function in found], cxxfilt)
    patterns = {}
    for (archive, member, name, is_local), demangled in zip(found, full):
        rank = ranks.get(short(demangled))
        if rank is None:
            continue
        target = TARGET.search(demangled)
        files = f"*{pathlib.Path(archive).name}:{member}" if is_local else "*"
        patterns.setdefault(f"{files}(.text.{name})", (target[1] if target else "", rank))
    return sorted(patterns, key=patterns.get)


def main(output, nm, cxxfilt, *archives):
    lines = "\n".join(f"    {pattern}" for pattern in placed(archives, nm, cxxfilt))
    text = f"SECTIONS\n{{\n  .text.loading : {{\n{lines}\n  }}\n}}\nINSERT BEFORE .text;\n"
    pathlib.Path(output).write_text(text)


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
