"""Functions have names that hold for any CPU; the program's order follows the list, and the list is not too old."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import write_script
from names import demangle, short

BRINK = os.environ.get("BRINK_BINARY", "")


def section_of(program, name):
    """(address, size) of a section; None where the program has none of that name, or is a script that starts an emulator."""
    headers = subprocess.run(["readelf", "-SW", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    for line in headers.splitlines():
        words = line.replace("[ ", "[").split()
        if len(words) > 5 and words[1] == name:
            return int(words[3], 16), int(words[5], 16)
    return None


class Names(unittest.TestCase):
    def test_parameters_and_template_arguments_are_left_out(self):
        self.assertEqual("brink::engine::BuildPlan", short("brink::engine::BuildPlan(brink::engine::PlanContext const&)"))
        self.assertEqual("brink::Shape::known", short("brink::Shape::known() const"))
        self.assertEqual("brink::kernels::Compare", short("void brink::kernels::Compare<float>(std::span<int>) [clone .isra.0]"))

    def test_the_cpu_is_left_out(self):
        self.assertEqual("brink::kernels::N_*::{anonymous}::Run",
                         short("brink::kernels::N_AVX3_DL::(anonymous namespace)::Run(int)"))

    def test_operators_with_brackets_are_names(self):
        self.assertEqual("brink::ops::Run::operator{}", short("brink::ops::Run::operator()(brink::ops::Buffers const&) const"))

    def test_what_the_library_makes_of_our_types_is_told_apart(self):
        self.assertEqual("std::vector::_M_realloc_insert of brink::Tensor",
                         short("void std::vector<brink::Tensor, std::allocator<brink::Tensor> >::_M_realloc_insert<int>(int&&)"))


class Script(unittest.TestCase):
    def test_functions_of_the_list_come_in_its_order_one_cpu_after_the_other(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "a.cc").write_text(
                "namespace brink { namespace N_B { void Multiply() {} void Add() {} } namespace N_A { void Multiply() {} }\n"
                "void Other() {} static void Plan() {} void Read() { Plan(); } }\n")
            subprocess.run(["g++", "-c", "-O0", "-ffunction-sections", "a.cc"], cwd=folder, check=True)
            subprocess.run(["ar", "rc", "liba.a", "a.o"], cwd=folder, check=True)
            listed = folder / "loading.txt"
            listed.write_text("# comment\nbrink::Read\nbrink::N_*::Add\nbrink::Gone\nbrink::N_*::Multiply\nbrink::Plan\n")
            write_script.LIST = listed
            patterns = write_script.placed([str(folder / "liba.a")], "nm", "c++filt")
        self.assertEqual(["*(.text._ZN5brink4ReadEv)", "*liba.a:a.o(.text._ZN5brinkL4PlanEv)", "*(.text._ZN5brink3N_A8MultiplyEv)",
                          "*(.text._ZN5brink3N_B3AddEv)", "*(.text._ZN5brink3N_B8MultiplyEv)"], patterns)


class Program(unittest.TestCase):
    def setUp(self):
        self.section = section_of(BRINK, ".text.loading") if BRINK else None
        if not self.section:
            self.skipTest("this build orders nothing")

    def test_what_loads_a_model_lies_in_one_section(self):
        nm = subprocess.run(["nm", "--defined-only", BRINK], stdout=subprocess.PIPE, text=True, check=True).stdout
        symbols = [line.split() for line in nm.splitlines() if line.split()[1] in "tTwW"]
        names = list(map(short, demangle([symbol[2] for symbol in symbols])))
        start, size = self.section
        inside = {name for symbol, name in zip(symbols, names) if start <= int(symbol[0], 16) < start + size}
        self.assertLessEqual({"brink::model::ReadModel", "brink::engine::BuildPlan", "brink::engine::Session::Create"}, inside)
        listed = {line for line in LIST.read_text().splitlines() if not line.startswith("#")}
        missing = sorted(listed - inside)
        self.assertLess(len(missing), len(listed) / 2, f"write loading.txt anew, by record.py: not in the program are {missing[:20]}")


LIST = write_script.LIST

if __name__ == "__main__":
    sys.exit(unittest.main())
