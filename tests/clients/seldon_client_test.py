"""PyPI seldon-core's SeldonClient gets from brink what it gets from Seldon's own servers."""

import json
import unittest
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from seldon_core.seldon_client import SeldonClient
from seldon_core.utils import seldon_message_to_json
from setting import MASK_MODEL, ROOT, SHARED, digit_pixels, digit_png, serve_digits, serve_mask


def pixels(digit):
    return np.array(digit_pixels(digit), np.float32).reshape(1, 8, 8, 1)


def json_of(answer):
    """The client gives a dict or a SeldonMessage, by method."""
    return answer.response if isinstance(answer.response, dict) else seldon_message_to_json(answer.response)


def array_of(answer):
    data = json_of(answer)["data"]
    if "tensor" in data:
        return np.array(data["tensor"]["values"]).reshape(data["tensor"]["shape"])
    return np.array(data["ndarray"])


def overlap(a, b):
    """Intersection over union of two boxes [xmin, ymin, xmax, ymax]."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


class Served(unittest.TestCase):
    serve = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.serve()
        cls.addClassCleanup(cls.server.__exit__)

    def microservice(self, **arguments):
        client = SeldonClient(microservice_endpoint=f"127.0.0.1:{self.server.port}")
        return client.microservice(transport="rest", method="predict", **arguments)

    def predict(self, **arguments):
        client = SeldonClient(gateway="seldon", transport="rest", gateway_endpoint=f"127.0.0.1:{self.server.port}",
                              deployment_name="any", namespace="examples")
        return client.predict(**arguments)


class Digits(Served):
    serve = staticmethod(serve_digits)

    def test_microservice_form_takes_tensor_and_ndarray(self):
        for payload in ("tensor", "ndarray"):
            answer = self.microservice(data=pixels(7), payload_type=payload)
            self.assertTrue(answer.success, answer)
            self.assertEqual((1, 10), array_of(answer).shape)
            self.assertEqual(7, array_of(answer).argmax())

    def test_gateway_json_takes_tensor_and_ndarray(self):
        for payload in ("tensor", "ndarray"):
            answer = self.predict(data=pixels(4), payload_type=payload)
            self.assertTrue(answer.success, answer)
            self.assertEqual(4, array_of(answer).argmax())

    def test_pictures_are_answered_with_classes(self):
        for ask in (self.microservice, self.predict):
            answer = ask(bin_data=digit_png(5))
            self.assertTrue(answer.success, answer)
            best = json_of(answer)["jsonData"]["classifications"][0]
            self.assertEqual("5", best["label"])

    def test_a_wrong_shape_is_refused_and_the_server_goes_on(self):
        refused = self.predict(data=np.zeros((1, 7, 8, 1)))
        self.assertFalse(refused.success)
        self.assertIn("400", refused.msg)
        self.assertTrue(self.predict(data=pixels(1)).success)

    def test_eight_clients_at_once_each_get_their_own_answer(self):
        inputs = [pixels(digit) for digit in range(10)]
        alone = [array_of(self.predict(data=one)) for one in inputs]

        def ask_often(thread):
            order = [(thread + step) % 10 for step in range(25)]
            ask = self.predict if thread % 2 else self.microservice
            return [(digit, ask(data=inputs[digit])) for digit in order]

        with ThreadPoolExecutor(8) as pool:
            for digit, answer in sum(pool.map(ask_often, range(8)), []):
                self.assertTrue(answer.success, answer)
                np.testing.assert_allclose(array_of(answer), alone[digit], atol=1e-6)


@unittest.skipUnless(MASK_MODEL.is_file(), f"no face mask model in {SHARED}")
class Mask(Served):
    serve = staticmethod(serve_mask)

    def test_the_named_output_comes_back_as_the_reference_gives_it(self):
        golden = SHARED / "golden/face_mask_detection"
        given, wanted = np.load(golden / "in0.npy"), np.load(golden / "out1.npy")
        for ask in (self.predict, self.microservice):
            answer = ask(data=given, payload_type="tensor")  # ndarray takes the client itself most of a minute
            self.assertTrue(answer.success, answer)
            np.testing.assert_allclose(array_of(answer), wanted, atol=1e-4)

    def test_pictures_are_answered_with_the_authors_detections(self):
        known = json.loads((SHARED / "golden/face_mask_detection/boxes.json").read_text())["images"]
        for name, wanted in known.items():
            answer = self.predict(bin_data=(SHARED / "images" / name).read_bytes())
            found = json_of(answer)["jsonData"]["detections"]
            self.assertEqual(len(wanted["detections"]), len(found), name)
            for one, other in zip(found, wanted["detections"]):
                self.assertEqual(other["label"], one["label"])
                self.assertAlmostEqual(other["score"], one["score"], delta=.02)
                self.assertGreaterEqual(overlap(other["box"], one["box"]), .9)

    def test_the_drawing_of_the_readme_is_seen_as_the_readme_shows(self):
        answer = self.microservice(bin_data=(ROOT / "docs/pictures/faces.png").read_bytes())
        found = json_of(answer)["jsonData"]["detections"]
        left_to_right = sorted(found, key=lambda one: one["box"][0])
        self.assertEqual(["Mask", "NoMask"], [one["label"] for one in left_to_right])


if __name__ == "__main__":
    unittest.main()
