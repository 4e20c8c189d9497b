"""brink started as the storage initialisers of Seldon Core and KServe are: their arguments, their pods' environment."""

import pathlib
import re
import shutil
import tempfile
import unittest

from origin import Origin
from setting import MASK_MODEL, MASK_SITE, SHARED, Site, run

PODS = SHARED / "kubernetes"
OBJECTS = {"/models/face/1/m.tflite": b"model" * 1000, "/models/face/card.yaml": b"card", "/models/face-old/x": b"x"}
FACE = {"1/m.tflite": b"model" * 1000, "card.yaml": b"card"}


class Invocations(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.models = self.folder / "mnt/models"
        self.models.mkdir(parents=True)

    def start(self, arguments, **environment):
        """With /mnt in a folder of this test's."""
        placed = [re.sub("^/mnt/", f"{self.folder}/mnt/", argument) for argument in arguments]
        shutil.rmtree(self.models)
        self.models.mkdir()
        done = run(*placed, environment={"BRINK_FETCH_PATIENCE_S": "0", "BRINK_TERMINATION_LOG": "", **environment})
        self.assertEqual(0, done.returncode, done.stderr)
        return {str(path.relative_to(self.models)): path.read_bytes()
                for path in sorted(self.models.rglob("*")) if path.is_file()}

    @unittest.skipUnless(PODS.is_dir() and MASK_MODEL.is_file(), f"needs {PODS}")
    def test_the_operator_s_pods(self):
        claim = self.folder / "mnt/pvc/face"
        claim.mkdir(parents=True)
        model = MASK_MODEL.read_bytes()
        (claim / MASK_MODEL.name).write_bytes(model)
        with Site({"/" + MASK_MODEL.name: model}) as github:
            for file in ("deploy.yaml", "pvc-deploy.yaml", "v2-deploy.yaml"):
                with self.subTest(file):
                    pod = (PODS / file).read_text()
                    block = pod[pod.index("initContainers:"):]
                    arguments = re.findall(r"- (\S+)\n", block[block.index("- args:") + 7:block.index("image:")])
                    self.assertEqual("/mnt/models", arguments[1])
                    got = self.start(arguments, BRINK_MIRROR=f"{MASK_SITE}={github.url}/")
                    self.assertTrue(got == {MASK_MODEL.name: model}, sorted(got))

    def test_seldon_s_secret_of_an_s3_remote(self):
        with Origin(OBJECTS) as minio:
            secret = {"RCLONE_CONFIG_S3_TYPE": "s3", "RCLONE_CONFIG_S3_PROVIDER": "Minio", "RCLONE_CONFIG_S3_ENV_AUTH": "false",
                      "RCLONE_CONFIG_S3_ACCESS_KEY_ID": "minioadmin", "RCLONE_CONFIG_S3_SECRET_ACCESS_KEY": "very-secret",
                      "RCLONE_CONFIG_S3_ENDPOINT": minio.url}
            for uri in ("s3://models/face", "s3:models/face", "s3:models/face/"):
                self.assertEqual(FACE, self.start([uri, "/mnt/models"], **secret))
            self.assert_signed(minio, "minioadmin", "us-east-1")
            self.assertEqual({"m.tflite": FACE["1/m.tflite"]}, self.start(["s3:models/face/1/m.tflite", "/mnt/models"], **secret))

    def test_kserve_s_environment_of_an_s3_secret(self):
        with Origin(OBJECTS) as minio:
            secret = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_DEFAULT_REGION": "eu-west-1",
                      "S3_ENDPOINT": minio.url.removeprefix("http://"), "S3_USE_HTTPS": "0", "S3_VERIFY_SSL": "0",
                      "AWS_ENDPOINT_URL": minio.url, "awsAnonymousCredential": "False", "S3_USER_VIRTUAL_BUCKET": "",
                      "S3_USE_ACCELERATE": "", "AWS_CA_BUNDLE": ""}
            self.assertEqual(FACE, self.start(["s3://models/face", "/mnt/models"], **secret))
            self.assert_signed(minio, "AKIAEXAMPLE", "eu-west-1")
            minio.asked.clear()
            secret["awsAnonymousCredential"] = "True"
            self.assertEqual(FACE, self.start(["s3://models/face", "/mnt/models"], **secret))
            self.assertEqual({None}, {headers["Authorization"] for headers in minio.asked})

    def test_kserve_s_claim_and_several_pairs(self):
        claim = self.folder / "mnt/pvc/face"
        claim.mkdir(parents=True)
        (claim / "m.tflite").write_bytes(b"model")
        root = {"BRINK_PVC_ROOT": str(self.folder / "mnt/pvc")}
        self.assertEqual({"m.tflite": b"model"}, self.start(["/mnt/pvc/face", "/mnt/models"], **root))
        self.assertEqual({"m.tflite": b"model"}, self.start(["pvc://models/face", "/mnt/models"], **root))
        pairs = ["/mnt/pvc/face", "/mnt/models/0", "/mnt/pvc/face", "/mnt/models/1"]
        self.assertEqual({"0/m.tflite": b"model", "1/m.tflite": b"model"}, self.start(pairs, **root))

    def assert_signed(self, origin, key, region):
        self.assertGreater(len(origin.asked), 2)
        for headers in origin.asked:
            self.assertRegex(headers["Authorization"] or "", rf"^AWS4-HMAC-SHA256 Credential={key}/\d{{8}}/{region}/s3/aws4_request,")


if __name__ == "__main__":
    unittest.main()
