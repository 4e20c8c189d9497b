"""brink camera with its model on a server of the Open Inference Protocol V2: it sees what brink sees that has the model itself.

The server is v2_server.py, on LiteRT: of those on PyPI kserve takes 450 MB and cannot be installed beside the clients' pinned packages, and
MLServer lacks the binary extension. Needs BRINK_LITERT_PYTHON, or build/venv, which `./dev test` makes."""

import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from camera_reference_test import litert_python, overlap
from setting import DIGITS, MASK_MODEL, ROOT, SHARED, digit_png, free_port, run
from watching import Watching

SERVER = pathlib.Path(__file__).with_name("v2_server.py")
MASK_CARD = ROOT / "src/brink/vision/cards/face_mask_detection.card.yaml"
DIGITS_CARD = DIGITS.with_name("digits.card.yaml")
DETECTOR = SHARED / "models/ssd_mobilenet_v1_coco_u8.tflite"
# A card of DETECTOR, whose quantisation, scale 1/128 and zero point 128, makes of a pixel itself.
DETECTOR_CARD = """
input: {{mean: {mean}, scale: {scale}}}
labels: [{labels}]
decoder: {{type: postprocess, score_threshold: 0.3}}
"""


@contextlib.contextmanager
def served(*arguments, port=None):
    """The URL of a server of these models: "NAME=PATH"."""
    port = port or free_port()
    process = subprocess.Popen([PYTHON, SERVER, str(port), *map(str, arguments)], stdout=subprocess.PIPE)
    try:
        if process.stdout.readline() != b"ready\n":
            raise AssertionError("the server did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Tensors(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def pictures(self):
        folder = self.folder / "pictures"
        folder.mkdir()
        for picture in (ROOT / "docs/pictures/faces.png", *sorted((SHARED / "images").glob("*"))):
            shutil.copy(picture, folder)
        return folder

    def digits(self):
        folder = self.folder / "digits"
        folder.mkdir()
        for digit in range(10):
            (folder / f"{digit}.png").write_bytes(digit_png(digit))
        return folder

    def camera(self, *arguments, status=0):
        done = run("camera", *arguments)
        self.assertEqual(status, done.returncode, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()] if status == 0 else done.stderr

    def assert_seen_alike(self, wanted, got):
        """What is found in each frame is found there by both sides, in the same order."""
        for one, other in zip(wanted, got, strict=True):
            self.assertEqual(one["file"], other["file"])
            self.assertEqual([item["label"] for item in one["detections"]], [item["label"] for item in other["detections"]], one["file"])
            for item, twin in zip(one["detections"], other["detections"], strict=True):
                self.assertGreaterEqual(overlap(item["box"], twin["box"]), .99)
                self.assertAlmostEqual(item["score"], twin["score"], delta=.001)

    @unittest.skipUnless(MASK_MODEL.is_file(), f"no {MASK_MODEL}")
    def test_faces_are_found_as_the_model_at_hand_finds_them(self):
        pictures = self.pictures()
        here = self.camera(pictures, "--once", "--model", MASK_MODEL)
        self.assertGreaterEqual(sum(len(one["detections"]) for one in here), 2)
        for options in ((), ("--json",), ("--no-binary",)):
            with self.subTest(options=options), served(f"mask={MASK_MODEL}", *options) as url:
                there = self.camera(pictures, "--once", "--server", url + "/v2/models/mask", "--card", MASK_CARD)
                self.assert_seen_alike(here, there)
                self.assertGreater(there[0]["ms"]["inference"], 0)

    @unittest.skipUnless(DETECTOR.is_file(), f"no {DETECTOR}")
    def test_an_integer_input_takes_what_the_card_says(self):
        labels = ", ".join(f"thing{k}" for k in range(90))
        for name, numbers in (("here", {"mean": 128, "scale": "1/128"}), ("there", {"mean": 0, "scale": 1})):
            (self.folder / f"{name}.yaml").write_text(DETECTOR_CARD.format(labels=labels, **numbers))
        pictures = self.pictures()
        here = self.camera(pictures, "--once", "--model", DETECTOR, "--card", self.folder / "here.yaml")
        self.assertGreaterEqual(sum(len(one["detections"]) for one in here), 1)
        with served(f"things={DETECTOR}") as url:
            there = self.camera(pictures, "--once", "--server", url + "/v2/models/things", "--card", self.folder / "there.yaml")
            self.assert_seen_alike(here, there)
            refused = self.camera(pictures, "--once", "--server", url + "/v2/models/things", "--card", self.folder / "here.yaml", status=1)
        self.assertIn("input 'normalized_input_image_tensor': datatype UINT8, whose quantisation", refused)

    def test_digits_are_read_by_name_and_by_version(self):
        digits = self.digits()
        here = self.camera(digits, "--once", "--model", DIGITS)
        with served(f"digits={DIGITS}") as url:
            for path in ("/v2/models/digits", "/v2/models/digits/versions/1", "/v2/models/digits/"):
                there = self.camera(digits, "--once", "--server", url + path, "--card", DIGITS_CARD)
                for one, other in zip(here, there, strict=True):
                    self.assertEqual([item["label"] for item in one["classifications"]],
                                     [item["label"] for item in other["classifications"]])

    def test_what_does_not_fit_is_said_by_name(self):
        digits = self.digits()
        int8 = DIGITS.with_name("digits_int8.tflite")
        cut = self.folder / "cut.yaml"
        cut.write_text(DIGITS_CARD.read_text().replace("probabilities", "chances"))
        with served(f"digits={DIGITS}", f"int8={int8}") as url:
            for path, card, reason in (("digits", cut, "'chances' is not there, the model has: probabilities"),
                                       ("nothing", DIGITS_CARD, "HTTP 404: Request for unknown model: 'nothing' is not found"),
                                       ("digits/versions/7", DIGITS_CARD, "HTTP 404: model 'digits' has no such version"),
                                       ("int8", DIGITS_CARD, "input 'image': datatype INT8, whose quantisation"),
                                       ("digits/ready", DIGITS_CARD, "expected .../v2/models/NAME")):
                self.assertIn(reason, self.camera(digits, "--once", "--server", f"{url}/v2/models/{path}", "--card", card, status=1))
        self.assertIn("with --card", self.camera(digits, "--once", "--server", "http://localhost:1/v2/models/digits", status=1))

    def test_a_server_may_come_late_and_go_away(self):
        port = free_port()
        url = f"http://user:secret@127.0.0.1:{port}/v2/models/digits?key=hush"
        with Watching("test:320x240@20", "--every-frame", "--server", url, "--card", DIGITS_CARD, model=None) as watching:
            watching.await_log(f"http://127.0.0.1:{port}/v2/models/digits: Failed to connect")
            with served(f"digits={DIGITS}", port=port):
                first = watching.next()
                self.assertEqual(3, len(first["classifications"]))
            while not watching.lines.empty():
                watching.lines.get()
            with served(f"digits={DIGITS}", port=port):
                self.assertGreater(watching.next()["frame"], first["frame"])
        self.assertEqual(0, watching.status)
        self.assertNotIn("secret", watching.log())
        self.assertNotIn("hush", watching.log())


if __name__ == "__main__":
    PYTHON = litert_python()
    if PYTHON is None:
        print("skipped: no Python with ai-edge-litert; ./dev test makes build/venv")
        sys.exit(77)
    unittest.main()
