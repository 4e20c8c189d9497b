"""Prints the size of every room and fails on what outgrows its budget: header 200 lines, source 400, function 40 (kernels 100).

tools/size_budget.txt lists what may be larger, and how large: "FILE LINES" or "FILE:FUNCTION LINES". What grows beyond its line
there, or is over and has no line, fails; `--update` rewrites the file to what is.
"""

import argparse
import pathlib
import re
import sys
from collections import namedtuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUDGET = ROOT / "tools/size_budget.txt"
HEADER_LINES, SOURCE_LINES, FUNCTION_LINES, KERNEL_LINES = 200, 400, 40, 100
FOLDERS = ["src/brink", "apps", "sdk", "tests", "tools", "bench"]
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*',
                   re.DOTALL | re.MULTILINE)
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b(?!.*\))", re.DOTALL)
FUNCTION_NAME = re.compile(r"(operator\s*[^\s\w(]+|[~\w:]+)\s*\(")
ACCESS = re.compile(r"^\s*(public|private|protected)\s*:(?!:)")
MEMBER = "member"
MEMBER_INITIALIZER = re.compile(r"\)\s*(noexcept)?\s*:(?!:).*[\w>]$", re.DOTALL)  # the brace of `: member_{...}`
Function = namedtuple("Function", "name line lines")


def without_noise(text):
    """The text with comments, literals and preprocessor lines blanked, newlines kept."""
    return NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def opens_function(head):
    """Whether what stands before a brace outside of functions is a function's head."""
    head = re.sub(r"\b(alignas|__attribute__)\s*\(+[^)]*\)+", "", head)
    if "(" not in head or head.count("(") != head.count(")") or SCOPE.search(head):
        return False
    outside, count = head, 1
    while count:
        outside, count = re.subn(r"\([^()]*\)", "", outside)
    return not re.search(r"(?<!operator)(?<![=!<>])=(?!=)", outside)


def functions(text):
    """Every function with a body: name, first line, lines from there to its closing brace. Lambdas count for the one around."""
    code = without_noise(text)
    found, stack, head_start = [], [], 0  # stack: a function's (head, begin), MEMBER or None for other braces
    for match in re.finditer(r"[{};]", code):
        at, symbol = match.start(), match.group()
        head = ACCESS.sub("", code[head_start:at])
        if symbol == "{":
            in_function = any(isinstance(entry, tuple) for entry in stack)
            if not in_function and MEMBER_INITIALIZER.search(head):
                stack.append(MEMBER)
                continue
            stack.append((head, at - len(head.lstrip())) if not in_function and opens_function(head) else None)
        elif symbol == "}" and stack:
            entry = stack.pop()
            if entry == MEMBER:
                continue
            if entry is not None:
                name = FUNCTION_NAME.search(entry[0])
                first = code.count("\n", 0, entry[1]) + 1
                found.append(Function(name.group(1) if name else "?", first, code.count("\n", 0, at) + 2 - first))
        if not any(isinstance(entry, tuple) for entry in stack):
            head_start = at + 1
    return found


def room_of(path):
    parts = path.relative_to(ROOT).parts
    return "/".join(parts[:3]) if parts[0] == "src" else parts[0]


def survey():
    """Per room: files, lines, largest file and function; and every file and function over its limit."""
    rooms, over = {}, {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in (".h", ".cc") or path.name.endswith("_generated.h"):
                continue
            text = path.read_text(encoding="utf-8")
            name, lines = str(path.relative_to(ROOT)), text.count("\n")
            is_header = path.suffix == ".h" and not path.name.endswith("-inl.h")
            if lines > (HEADER_LINES if is_header else SOURCE_LINES):
                over[name] = lines
            longest = Function("", 0, 0)
            is_test = re.search(r"_(test|testing|fuzz|bench)\.cc$", path.name)
            limit = KERNEL_LINES if "/kernels/" in name else FUNCTION_LINES
            for function in [] if is_test else functions(text):
                longest = max(longest, function, key=lambda f: f.lines)
                if function.lines > limit:
                    over[f"{name}:{function.name}"] = function.lines
            rooms.setdefault(room_of(path), []).append((path, lines, longest, bool(is_test)))
    return rooms, over


def print_rooms(rooms):
    print(f"{'room':24}{'files':>6}{'lines':>7}{'tests':>7}  largest file{'':24}longest function")
    for room, files in rooms.items():
        code = [entry for entry in files if not entry[3]]
        lines, tests = sum(e[1] for e in code), sum(e[1] for e in files if e[3])
        large = max(code or files, key=lambda e: e[1])
        long = max((e[2] for e in files), key=lambda f: f.lines)
        print(f"{room:24}{len(files):6}{lines:7}{tests:7}  {large[0].name + f' {large[1]}':36}{long.name} {long.lines}")


def print_binary():
    binary = ROOT / "build/release/brink"
    if binary.exists():
        print(f"build/release/brink: {binary.stat().st_size / 1e6:.1f} MB")


def read_budget():
    lines = BUDGET.read_text().splitlines() if BUDGET.exists() else []
    entries = [line.rsplit(" ", 1) for line in lines if line and not line.startswith("#")]
    return {name: int(allowed) for name, allowed in entries}


def write_budget(over):
    text = "# What is larger than the limits of tools/size.py, and how large it may be. Shrink it; do not let it grow.\n"
    BUDGET.write_text(text + "".join(f"{name} {lines}\n" for name, lines in sorted(over.items())))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true", help="write the budget file anew")
    parser.add_argument("--quiet", action="store_true", help="print only what fails")
    arguments = parser.parse_args()
    rooms, over = survey()
    if not arguments.quiet:
        print_rooms(rooms)
        print_binary()
    if arguments.update:
        write_budget(over)
        return
    budget = read_budget()
    problems = [f"{name}: {lines} lines, budget {budget.get(name, 'is the limit of its kind')}"
                for name, lines in sorted(over.items()) if lines > budget.get(name, 0)]
    print("\n".join(problems) or f"size: ok, {len(over)} over the limits within their budget")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
