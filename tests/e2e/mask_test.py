"""The notebook's face mask detector: its deployment, the recorded numbers, the authors' boxes."""

import array
import json
import pathlib
import sys
import time
import unittest

from setting import BRINK, MASK_DEPLOYMENT, MASK_MODEL, MASK_SITE, PREDICT, SHARED, BrinkProcess, picture_message

GOLDEN = SHARED / "golden/face_mask_detection"


def overlap(a, b):
    """Intersection over union of two boxes [xmin, ymin, xmax, ymax]."""
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    def area(box):
        return (box[2] - box[0]) * (box[3] - box[1])
    return width * height / (area(a) + area(b) - width * height)


class FaceMask(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        started = time.monotonic()
        mirror = f"{MASK_SITE}={MASK_MODEL.parent}/"
        cls.server = cls.enterClassContext(BrinkProcess(BRINK, ["up", "-f", str(MASK_DEPLOYMENT), "--mirror", mirror]))
        cls.seconds_to_ready = time.monotonic() - started
        pixels = (GOLDEN / "tflite_input.u8").read_bytes()
        cls.values = [value / 255 for value in pixels]
        cls.expected = array.array("f", (GOLDEN / "tflite_expected_cls.f32").read_bytes())

    def ask(self, body):
        status, raw = self.server.post(PREDICT, body)
        self.assertEqual(200, status, raw[:500])
        return json.loads(raw)

    def assert_expected(self, values):
        self.assertEqual(len(self.expected), len(values))
        worst = max(abs(got - want) for got, want in zip(values, self.expected))
        self.assertLess(worst, 1e-4)

    def test_ndarray_gives_the_recorded_class_scores(self):
        rows = [self.values[i * 780:(i + 1) * 780] for i in range(260)]
        ndarray = [[[row[j * 3:j * 3 + 3] for j in range(260)] for row in rows]]
        answer = self.ask({"data": {"ndarray": ndarray}})["data"]
        self.assertEqual((1, 5972, 2), (len(answer["ndarray"]), len(answer["ndarray"][0]), len(answer["ndarray"][0][0])))
        self.assert_expected([number for anchor in answer["ndarray"][0] for number in anchor])

    def test_tensor_gives_the_recorded_class_scores(self):
        answer = self.ask({"data": {"tensor": {"shape": [1, 260, 260, 3], "values": self.values}}})["data"]
        self.assertEqual([1, 5972, 2], answer["tensor"]["shape"])
        self.assert_expected(answer["tensor"]["values"])

    def test_pictures_give_the_authors_boxes(self):
        wanted = json.loads((GOLDEN / "boxes.json").read_text())["images"]
        for name, image in wanted.items():
            got = self.ask(picture_message((SHARED / "images" / name).read_bytes()))["jsonData"]["detections"]
            self.assertEqual([one["label"] for one in image["detections"]], [one["label"] for one in got], name)
            for want, one in zip(image["detections"], got):
                self.assertAlmostEqual(want["score"], one["score"], delta=.02)
                self.assertGreaterEqual(overlap(want["box"], one["box"]), .9)

    def test_the_log_names_what_is_ignored_and_the_models_digest(self):
        log = self.server.log()
        self.assertIn("nodeName", log)
        self.assertIn("d2347acf155858681619bc009368f730288aa0447d2c97209be4a26d9be4e928", log)
        print(f"ready after {self.seconds_to_ready:.3f} s, {self.server.resident_mb():.1f} MB resident")


if __name__ == "__main__":
    if not MASK_MODEL.is_file():
        print(f"skipped: no {MASK_MODEL}")
        sys.exit(77)
    unittest.main()
