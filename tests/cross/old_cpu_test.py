"""A CPU without what the kernels need is told so, not killed by an unknown instruction. old_cpu_test.py PROGRAM SYSROOT"""

import subprocess
import sys
import unittest

PROGRAM, SYSROOT = sys.argv[1:3]


def run(cpu):
    return subprocess.run(["qemu-arm-static", "-cpu", cpu, "-L", SYSROOT, PROGRAM], capture_output=True)


class OldCpuTest(unittest.TestCase):
    def test_a_model_is_refused_where_fused_multiply_add_is_missing(self):
        done = run("cortex-a9")
        self.assertEqual(done.returncode, 1)
        self.assertIn("this CPU lacks NEON with fused multiply-add (VFPv4)", done.stdout.decode())

    def test_a_model_runs_on_the_oldest_cpu_that_has_it(self):
        self.assertEqual(run("cortex-a7").returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
