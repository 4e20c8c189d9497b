"""The kernels of an ARM build compute with NEON: shown by their disassembly. neon_test.py OBJDUMP PROGRAM PROCESSOR"""

import re
import subprocess
import sys
import unittest
from collections import Counter, defaultdict

OBJDUMP, PROGRAM, PROCESSOR = sys.argv[1:4]
# Multiply-add of four floats; widening multiply-add of four 16-bit integers; comparison of one float.
WANTED = {
    "arm": {"float": r"v(fma|mla)\.f32\s+q", "int": r"vmlal\.s16\s+q", "one by one": r"vcmpe?\.f32"},
    "aarch64": {"float": r"fmla\s+v\d+\.4s", "int": r"smlal2?\s+v\d+\.4s", "one by one": r"fcmpe?\s+s"},
}["aarch64" if PROCESSOR == "aarch64" else "arm"]
# Parts of functions' names. What multiplies a column of a thin convolution is a function of its own for 32 bits only.
FLOAT_KERNELS = ["MultiplyTile<", "MultiplyTiles<", r"Tiles<\du(l>::Run|>::MultiplyColumn)", "TanhRange", "SoftmaxRow"]
INT_KERNELS = ["MultiplyIntTile"]


def disassemble():
    """The lines of the program's disassembly."""
    listing = subprocess.run([OBJDUMP, "-d", "-C", "--no-show-raw-insn", PROGRAM], check=True, capture_output=True)
    return listing.stdout.decode().splitlines()


def count_by_function(listing):
    """{function's name: {kind in WANTED: count}} for the functions that Highway compiled for NEON, and the number of
    instructions, in the whole program, of an extension that a Raspberry Pi lacks."""
    counts, name, cryptography = defaultdict(Counter), "", 0
    optional = re.compile(r"^\s*[0-9a-f]+:\s+(aes[a-z]+|sha[0-9a-z]+|pmull2?)\s.*\b[vq]\d")
    patterns = {kind: re.compile(r"^\s*[0-9a-f]+:\s+" + pattern) for kind, pattern in WANTED.items()}
    for line in listing:
        if line.endswith(">:"):
            name = line
        elif "N_NEON::" in name:
            counts[name].update(kind for kind, pattern in patterns.items() if pattern.match(line))
        cryptography += bool(optional.match(line))
    return counts, cryptography


def loops(listing, kernel):
    """The innermost loops of the functions that Highway compiled for NEON whose names match: lists of instructions."""
    body, found, wanted = [], [], False
    for line in listing:
        if line.endswith(">:"):
            body, wanted = [], "N_NEON::" in line and re.search(kernel, line)
        part = re.match(r"\s*([0-9a-f]+):\s+(.*)", line)
        if not wanted or not part:
            continue
        body.append((int(part[1], 16), part[2]))
        branch = re.match(r"b\S*\s+([0-9a-f]+) <", part[2])
        if not branch or int(branch[1], 16) >= body[-1][0]:
            continue
        found.append([text for address, text in body if address >= int(branch[1], 16)])
    return found


class NeonTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.listing = disassemble()
        cls.counts, cls.cryptography = count_by_function(cls.listing)

    def total(self, kernel, kind):
        return sum(count[kind] for name, count in self.counts.items() if re.search(kernel, name))

    def test_float_kernels_multiply_and_add_four_floats_at_once(self):
        for kernel in FLOAT_KERNELS:
            self.assertGreater(self.total(kernel, "float"), 3, kernel)

    def test_integer_kernels_multiply_and_add_four_integers_at_once(self):
        for kernel in INT_KERNELS:
            self.assertGreater(self.total(kernel, "int"), 3, kernel)

    def test_integer_kernels_keep_sums_in_registers_while_they_add(self):
        inner = self.inner_loops()
        self.assertGreater(len(inner), 0)
        for loop in inner:
            stores = [text for text in loop if re.match(r"(v?str|vst1\.\d+|stp|stur)\s+\W*[dqv]\d+.*\[sp", text)]
            self.assertEqual(stores, [], "\n".join(loop))

    def inner_loops(self):
        """Those of a tile of four rows that multiply and add 16 vectors or more; 64-bit ARM has others."""
        if PROCESSOR == "aarch64":
            self.skipTest("for 32-bit ARM")
        found = loops(self.listing, r"MultiplyIntTile<4, 2>")
        return [loop for loop in found if 16 <= sum(bool(re.match(WANTED["int"], text)) for text in loop) <= 40]

    def test_float_kernels_compare_four_floats_at_once(self):
        for kernel in ["MultiplyTile<", "SumTaps<"]:
            self.assertEqual(self.total(kernel, "one by one"), 0, kernel)

    def test_no_instruction_is_used_that_a_raspberry_pi_lacks(self):
        self.assertEqual(self.cryptography, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
