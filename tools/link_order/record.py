"""Writes loading.txt: the functions that `brink bench` runs to load models and to run them once, those first that most models need.

usage: record.py BRINK MODEL...
BRINK is a release build on x86-64, not stripped. Every function gets a breakpoint that removes itself, so the programs run at full speed
and each function is seen once, in the order of the first calls. Standard library only. See write_script.py for what the list is for.
"""

import collections
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from names import demangle, short

LIST = pathlib.Path(__file__).resolve().parent / "loading.txt"
PTRACE_TRACEME, PTRACE_CONT, PTRACE_GETREGS, PTRACE_SETREGS = 0, 7, 12, 13
RIP, REGISTERS = 16, 27  # of user_regs_struct
BREAKPOINT = b"\xcc"

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=0):
    if libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace request {request}")


def functions_of(program):
    """{address in the file: mangled name}"""
    nm = subprocess.run(["nm", "--defined-only", program], stdout=subprocess.PIPE, text=True, check=True)
    found = {}
    for line in nm.stdout.splitlines():
        address, kind, name = line.split(maxsplit=2)
        if kind in "tTwW":
            found.setdefault(int(address, 16), name)
    return found


class Traced:
    """A started program that waits; `run` lets it go and gives the functions that it enters."""

    def __init__(self, program, arguments):
        self.pid = os.fork()
        if self.pid == 0:
            ptrace(PTRACE_TRACEME, 0)
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            os.execv(program, [program, *arguments])
        os.waitpid(self.pid, 0)
        lines = [line.split() for line in pathlib.Path(f"/proc/{self.pid}/maps").read_text().splitlines()]
        mapped = [line for line in lines if line[-1] == os.path.realpath(program)]
        self.base = min(int(line[0].split("-")[0], 16) for line in mapped)
        self.start, self.end = (int(at, 16) for at in next(line[0] for line in mapped if "x" in line[1]).split("-"))
        self.memory = os.open(f"/proc/{self.pid}/mem", os.O_RDWR)
        self.text = os.pread(self.memory, self.end - self.start, self.start)

    def set_breakpoints(self, addresses):
        text = bytearray(self.text)
        for address in addresses:
            at = self.base + address - self.start
            if 0 <= at < len(text):
                text[at:at + 1] = BREAKPOINT
        os.pwrite(self.memory, bytes(text), self.start)

    def run(self, addresses, first, last):
        """The functions entered from the first call of `first` to the first of `last`; None when the program failed."""
        self.set_breakpoints([first])
        registers = (ctypes.c_ulonglong * REGISTERS)()
        entered, signal_number = [], 0
        while True:
            ptrace(PTRACE_CONT, self.pid, signal_number)
            _, status = os.waitpid(self.pid, 0)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                os.close(self.memory)
                return entered[:entered.index(last)] if status == 0 and last in entered else None
            signal_number = os.WSTOPSIG(status)
            if signal_number != signal.SIGTRAP:
                continue
            signal_number = 0
            ptrace(PTRACE_GETREGS, self.pid, ctypes.addressof(registers))
            at = registers[RIP] - 1
            if not entered:
                self.set_breakpoints([address for address in addresses if address != first])
            entered.append(at - self.base)
            os.pwrite(self.memory, self.text[at - self.start:at - self.start + 1], at)
            registers[RIP] = at
            ptrace(PTRACE_SETREGS, self.pid, ctypes.addressof(registers))


def the_function(functions, name):
    """The address of the function whose short name this is."""
    names = dict(zip(functions, demangle(functions.values())))
    return next(address for address, full in names.items() if short(full) == name)


def record(program, models):
    """{short name: [index of each model whose load or first run enters it]}, in the order in which they were first entered."""
    functions = functions_of(program)
    short_names = dict(zip(functions, map(short, demangle(functions.values()))))
    first = the_function(functions, "brink::model::ReadModel")
    last = the_function(functions, "brink::engine::{anonymous}::MeasureAll")
    users = collections.defaultdict(list)

    def traced(model, packed):
        arguments = ["bench", model, "--threads", "1", "--packed-weights", packed, "--runs", "1"]
        return Traced(program, arguments).run(functions, first, last) or []

    with tempfile.TemporaryDirectory() as folder:
        for index, model in enumerate(models):
            packs = traced(model, folder)
            entered = traced(model, folder) + traced(model, "off") + packs  # what each start runs lies first
            if not entered:
                print(f"{model}: passed over, brink bench fails", file=sys.stderr)
            for name in dict.fromkeys(short_names[address] for address in entered):
                users[name].append(index)
    return users


def main(program, *models):
    users = record(os.path.realpath(program), models)
    common = [name for name, of in users.items() if 2 * len(of) >= len(models)]
    # Those of one model beside each other: what one needs, its other operators' neighbours do not.
    rest = sorted((name for name in users if name not in set(common)), key=lambda name: (-min(8, len(users[name])), users[name]))
    text = "# Functions that loading a model and a first run enter: those of most models, then others. Written by record.py.\n"
    LIST.write_text(text + "\n".join(common + rest) + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
