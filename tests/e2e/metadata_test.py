"""Models that carry their own metadata: what they say of themselves, and the card that brink makes of it."""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest
import zipfile

from setting import BRINK, DIGITS, PREDICT, SHARED, BrinkProcess, picture_message, run

CLASSIFIER = SHARED / "models/mobilenet_v1_025_128_u8.tflite"
DETECTOR = SHARED / "models/ssd_mobilenet_v1_coco_u8.tflite"
LANDMARKS = SHARED / "models/mp_face_landmark_attention.tflite"
FREE_SIZE = SHARED / "models/dilated_conv_f32.tflite"
PICTURE = SHARED / "images/astronaut.png"


# What a person would write for the classifier; its labels are taken out of the model by other means than brink's.
CARD = "name: by hand\ninput: {mean: 127.5, scale: 1/127.5}\nlabels: labels.txt\ndecoder: {type: classify, top: 5}\n"


class Metadata(unittest.TestCase):
    def by_hand(self):
        """The classes that the classifier finds in the picture by a card that somebody wrote."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        with zipfile.ZipFile(CLASSIFIER) as archive:
            (folder / "labels.txt").write_bytes(archive.read("imagenet_labels.txt"))
        (folder / "card.yaml").write_text(CARD)
        return self.json_of("predict", CLASSIFIER, PICTURE, "--json", "--card", folder / "card.yaml")["classifications"]

    def json_of(self, *arguments):
        done = run(*arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def test_a_classifier_answers_its_own_labels(self):
        answer = self.json_of("predict", CLASSIFIER, PICTURE, "--json")
        self.assertEqual("ImageClassifier", answer["model"])
        self.assertEqual(5, len(answer["classifications"]))
        self.assertEqual(self.by_hand(), answer["classifications"])

    def test_a_detector_answers_its_own_labels(self):
        found = self.json_of("predict", DETECTOR, PICTURE, "--json")["detections"]
        self.assertEqual("person", found[0]["label"])
        self.assertGreater(found[0]["score"], .5)

    def test_a_picture_over_http_is_answered_too(self):
        with BrinkProcess(BRINK, ["run", str(CLASSIFIER)]) as server:
            status, raw = server.post(PREDICT, picture_message(PICTURE.read_bytes()))
        self.assertEqual(200, status, raw)
        self.assertEqual(self.by_hand(), json.loads(raw)["jsonData"]["classifications"])

    def test_outputs_that_no_decoder_knows_are_tensors(self):
        done = run("predict", LANDMARKS, PICTURE)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("output_mesh_identity  FLOAT32 [1, 1, 1, 1404]", done.stdout)

    def test_a_card_beside_the_model_comes_first(self):
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder) / "mobile.tflite"
            shutil.copy(CLASSIFIER, model)
            (model.parent / "mobile.card.yaml").write_text("name: mine\ndecoder: {type: classify, top: 1}\n")
            answer = self.json_of("predict", model, PICTURE, "--json")
        self.assertEqual("mine", answer["model"])
        self.assertEqual(1, len(answer["classifications"]))

    def test_inspect_shows_what_a_model_says_of_itself(self):
        report = self.json_of("inspect", CLASSIFIER, "--json")
        self.assertEqual("metadata", report["card"])
        said = report["model_metadata"]
        self.assertEqual("image", said["inputs"][0]["name"])
        self.assertEqual([127.5], said["inputs"][0]["mean"])
        self.assertEqual(1001, said["outputs"][0]["files"][0]["labels"])
        self.assertEqual([{"name": "imagenet_labels.txt", "bytes": 21686}], said["archive"])
        text = run("inspect", CLASSIFIER).stdout
        self.assertIn("input      image  image rgb  mean 127.5, deviation 127.5", text)
        self.assertIn("imagenet_labels.txt  TENSOR_AXIS_LABELS  1001 labels", text)
        self.assertIn("card         metadata\n", text)
        self.assertIsNone(self.json_of("inspect", DIGITS, "--json")["model_metadata"])

    def test_why_metadata_makes_no_card_is_said_and_the_model_served(self):
        report = self.json_of("inspect", FREE_SIZE, "--json")
        self.assertIsNone(report["card"])
        self.assertIn("leaves the picture's size free", report["no_card"])
        done = run("predict", FREE_SIZE, PICTURE)
        self.assertEqual(1, done.returncode)
        self.assertIn("size free", done.stderr)
        self.assertIn("name one with --card", done.stderr)
        with BrinkProcess(BRINK, ["run", str(FREE_SIZE)]) as server:
            status, raw = server.post(PREDICT, {"data": {"ndarray": [[[[1, 2, 3]]]]}})
        self.assertEqual(200, status, raw)


if __name__ == "__main__":
    if not CLASSIFIER.exists():
        print(f"{CLASSIFIER} is not there")
        sys.exit(77)
    unittest.main()
