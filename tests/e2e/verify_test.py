"""brink verify as a user calls it: a model held to itself, to recordings, to a list of models."""

import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

from setting import BRINK, DIGITS, SHARED, digit_input

ZOO = pathlib.Path(SHARED) / "zoo.json"
DIGITS_INT8 = DIGITS.parent / "digits_int8.tflite"
LITERT_PYTHON = pathlib.Path(__file__).resolve().parent.parent.parent / "build/venv/bin/python"


def verify(*arguments):
    return subprocess.run([BRINK, "verify", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def npy(path, shape, numbers):
    """A numpy file of float32, written by hand."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(numbers)}f", *numbers))


def flat(value):
    return [number for part in value for number in flat(part)] if isinstance(value, list) else [value]


class Verify(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)

    def zoo(self, scores):
        """A list with one model, whose recorded answer to a three is this."""
        golden = self.home / "golden/digits"
        for part in (golden, self.home / "models"):
            part.mkdir(parents=True, exist_ok=True)
        shutil.copy(DIGITS, self.home / "models/digits.tflite")
        image = flat(digit_input(3))
        npy(golden / "in0.npy", (1, 8, 8, 1), image)
        npy(golden / "out0.npy", (1, 10), scores)
        listing = self.home / "zoo.json"
        listing.write_text(json.dumps([{"name": "digits", "tier": "model", "graph": {"kind": "f32"}}]))
        return listing

    def test_a_model_is_held_to_itself(self):
        result = verify(DIGITS, "--threads", 2)
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertIn("1 pass, 0 fail", result.stdout)

    def test_a_wrong_recording_fails_and_says_which_output(self):
        result = verify("--zoo", self.zoo([1e9] + [0] * 9), "--json")
        self.assertEqual(1, result.returncode)
        model = json.loads(result.stdout)["models"][0]
        self.assertEqual(("digits", "fail"), (model["model"], model["status"]))
        self.assertRegex(model["reason"], "^output '.*': RMSE")
        self.assertGreater(model["outputs"][0]["largest_error"], 1e8)
        self.assertIn("1 model fails", result.stderr)

    def test_a_model_that_cannot_be_loaded_is_refused_with_the_reason(self):
        broken = self.home / "broken.tflite"
        broken.write_bytes(pathlib.Path(DIGITS).read_bytes()[:1000])
        result = verify(DIGITS, broken)
        self.assertEqual(1, result.returncode)
        self.assertRegex(result.stdout, r"refused .*broken\.tflite: ")
        self.assertIn("1 pass, 0 fail, 1 refused", result.stdout)

    def test_wrong_use_is_said(self):
        self.assertNotEqual(0, verify().returncode)
        self.assertIn("no-such-zoo.json", verify("--zoo", "no-such-zoo.json").stderr)

    def test_a_python_without_litert_is_named(self):
        result = verify(DIGITS, "--against", "litert", "--python", "/no/such/python")
        self.assertEqual(1, result.returncode)
        self.assertIn("cannot start /no/such/python", result.stdout)

    @unittest.skipUnless(LITERT_PYTHON.exists(), "needs build/venv, which ./dev test makes")
    def test_a_model_is_held_to_litert(self):
        result = verify(DIGITS, "--against", "litert", "--python", LITERT_PYTHON)
        self.assertEqual(0, result.returncode, result.stdout)
        self.assertIn("1 pass, 0 fail", result.stdout)

    @unittest.skipUnless(LITERT_PYTHON.exists(), "needs build/venv, which ./dev test makes")
    def test_kernels_of_litert_that_crash_are_left_out(self):
        # LiteRT's reference kernels abort at a softmax whose input has a tiny scale: the logits get one, and what they are made of.
        model = DIGITS_INT8.read_bytes()
        for scale in (0.08354587852954865, 0.006072757765650749, 0.00016413911362178624):  # logits, dense/weights, dense/bias
            self.assertEqual(1, model.count(struct.pack("<f", scale)), "digits were trained again: what are the scales now?")
            model = model.replace(struct.pack("<f", scale), struct.pack("<f", scale * 1e-7))
        flat_logits = self.home / "flat_logits.tflite"
        flat_logits.write_bytes(model)
        result = verify(flat_logits, "--against", "litert", "--python", LITERT_PYTHON)
        self.assertIn("1 pass, 0 fail", result.stdout)

    @unittest.skipUnless(ZOO.exists(), f"needs {ZOO}")
    def test_every_recorded_model_passes_or_is_listed(self):
        result = verify("--zoo", ZOO)
        self.assertEqual(0, result.returncode, result.stdout[-2000:])
        self.assertIn(" 0 fail, 0 refused", result.stdout)


if __name__ == "__main__":
    unittest.main()
