"""Files that are no models, or wrong ones: refused in one line, never a crash, and what loads serves."""

import pathlib
import random
import tempfile
import unittest

from setting import BRINK, DIGITS, SHARED, BrinkFailed, BrinkProcess, run

MALFORMED = SHARED / "malformed"


class BadModels(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def assert_read_or_refused(self, path):
        """Whether brink read it; a crash, a hang or more than one line fails the test."""
        done = run("inspect", path)
        self.assertIn(done.returncode, (0, 1), f"{path}\n{done.stderr}")
        if done.returncode:
            self.assertEqual(1, done.stderr.count("\n"), done.stderr)
            self.assertIn(path.name, done.stderr)
        return done.returncode == 0

    def assert_serves_or_refused(self, path):
        try:
            with BrinkProcess(BRINK, ["run", str(path)]) as server:
                for body in (b"{}", {"data": {"ndarray": [[1.0]]}}, {"binData": "AAAA"}):
                    self.assertLess(server.post("/predict", body)[0], 600)
                self.assertEqual(200, server.get("/health/ping")[0])
                self.assertEqual(0, server.stop())
        except BrinkFailed as failed:
            self.assertTrue(str(failed).startswith("exit status 1\n"), failed)

    @unittest.skipUnless(MALFORMED.is_dir(), f"no {MALFORMED}")
    def test_the_collected_ones(self):
        for path in sorted(MALFORMED.glob("*.tflite")):
            self.assert_read_or_refused(path)
            self.assert_serves_or_refused(path)

    def test_files_of_another_kind(self):
        for name, raw in {"empty": b"", "one": b"T", "text": b"hello\n" * 100, "magic": b"\0\0\0\0TFL3", "zeros": bytes(4096),
                          "ones": b"\xff" * 4096, "page": b"<html>404</html>"}.items():
            path = self.folder / f"{name}.tflite"
            path.write_bytes(raw)
            self.assertFalse(self.assert_read_or_refused(path), name)

    def test_truncated_and_overwritten_copies_of_a_good_one(self):
        good, dice, path = DIGITS.read_bytes(), random.Random(1), self.folder / "m.tflite"
        for case in range(60):
            raw = bytearray(good)
            if case % 3 == 0:
                del raw[dice.randrange(len(raw)):]
            else:
                for _ in range(dice.choice([1, 4, 30])):
                    raw[dice.randrange(min(len(raw), 4096) if case % 3 == 1 else len(raw))] = dice.randrange(256)
            path.write_bytes(raw)
            if self.assert_read_or_refused(path):
                self.assertIn(run("bench", path, "--seconds", "0.01").returncode, (0, 1))


if __name__ == "__main__":
    unittest.main()
