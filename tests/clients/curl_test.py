"""What people type: curl against a running brink."""

import base64
import json
import shutil
import subprocess
import sys
import tempfile
import unittest

from setting import digit_pixels, digit_png, serve_digits


class Curl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serve_digits())

    def curl(self, path, *arguments, stdin=b""):
        """(status, JSON or text of the body)."""
        command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "60", "--write-out", "\n%{http_code}",
                   *arguments, self.server.url + path]
        run = subprocess.run(command, input=stdin, capture_output=True)
        self.assertEqual(0, run.returncode, run.stderr)
        body, _, status = run.stdout.decode().rpartition("\n")
        try:
            return int(status), json.loads(body)
        except ValueError:
            return int(status), body

    def post(self, path, body):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.curl(path, "-H", "Content-Type: application/json", "--data-binary", "@-", stdin=raw)

    @staticmethod
    def ndarray(digit):
        return [digit_pixels(digit)]

    def assert_refused(self, answer, status):
        self.assertEqual(status, answer[0], answer)
        self.assertEqual(1, answer[1]["status"]["status"], answer)  # Seldon's Status.FAILURE
        self.assertTrue(answer[1]["status"]["info"], answer)

    def test_every_prediction_path_takes_json(self):
        for path in ("/api/v1.0/predictions", "/api/v0.1/predictions", "/predict"):
            status, answer = self.post(path, {"data": {"ndarray": self.ndarray(6)}})
            self.assertEqual(200, status, answer)
            scores = answer["data"]["ndarray"][0]
            self.assertEqual(6, scores.index(max(scores)))

    def test_a_form_field_takes_json(self):
        message = json.dumps({"data": {"ndarray": self.ndarray(2)}})
        status, answer = self.curl("/predict", "--data-urlencode", "json@-", stdin=message.encode())
        self.assertEqual(200, status, answer)

    def test_a_picture_is_answered_with_classes(self):
        message = {"binData": base64.b64encode(digit_png(9)).decode()}
        status, answer = self.post("/api/v1.0/predictions", message)
        self.assertEqual(200, status, answer)
        self.assertEqual("9", answer["jsonData"]["classifications"][0]["label"])

    def test_health_and_metadata_answer(self):
        for path in ("/health/ping", "/health/status", "/metadata"):
            self.assertEqual(200, self.curl(path)[0], path)

    def test_what_is_wrong_is_refused_by_name(self):
        path = "/api/v1.0/predictions"
        self.assert_refused(self.post(path, b'{"data": {"ndarray": [[1, 2'), 400)
        self.assert_refused(self.post(path, {"data": {"ndarray": [[1, 2], [3]]}}), 400)
        self.assert_refused(self.post(path, {"data": {"ndarray": [[1.0]]}}), 400)
        self.assert_refused(self.post(path, {"binData": base64.b64encode(b"no picture").decode()}), 400)
        self.assertEqual(404, self.curl("/no/such/path")[0])
        self.assertEqual(200, self.curl("/health/status")[0])

    def test_a_body_over_the_limit_is_refused_and_the_server_goes_on(self):
        with tempfile.TemporaryFile() as body:
            body.truncate(65 << 20)
            command = ["curl", "--silent", "--noproxy", "*", "--max-time", "60", "--output", "/dev/null", "--write-out",
                       "%{http_code}", "-H", "Content-Type: application/json", "-H", "Expect:", "--data-binary", "@-",
                       self.server.url + "/predict"]
            run = subprocess.run(command, stdin=body, capture_output=True)
        self.assertEqual(b"413", run.stdout)
        self.assertEqual(200, self.curl("/health/status")[0])


if __name__ == "__main__":
    if not shutil.which("curl"):
        print("skipped: no curl here")
        sys.exit(77)
    unittest.main()
