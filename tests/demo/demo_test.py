"""The demo finds its model and picture in each of three places: ../shared, their own site, and this repository."""

import contextlib
import http.server
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
SITE = "https://github.com/AIZOOTech/FaceMaskDetection/raw/master/"
MODEL, PICTURE = SHARED / "models/face_mask_detection.tflite", SHARED / "images/demo2.jpg"
needs_shared = unittest.skipUnless(MODEL.is_file() and PICTURE.is_file(), f"no face mask model in {SHARED}")
NOWHERE = "http://127.0.0.1:9"  # the discard port: refuses at once


@contextlib.contextmanager
def site(files):
    """Stands in for the model's site: serves {path: bytes} on loopback; yields its URL and the list of paths asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path.lstrip("/"))
            body = files.get(asked[-1])
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


class Demo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def demo(self, **variables):
        """Runs the demo with an empty cache and, but for `variables`, no way to any model; its output."""
        environment = {name: value for name, value in os.environ.items()
                       if not name.lower().endswith("_proxy") and not name.startswith("BRINK_")}
        environment.update(BRINK_SHARED=str(self.folder / "nothing"), BRINK_CACHE=str(self.folder / "cache"),
                           https_proxy=NOWHERE, http_proxy=NOWHERE, no_proxy="127.0.0.1")
        environment.update(variables)
        command = [sys.executable, str(ROOT / "tools/demo.py"), "--brink", os.environ["BRINK_BINARY"],
                   "--folder", str(self.folder / "out")]
        run = subprocess.run(command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=300)
        output = run.stdout.decode()
        self.assertEqual(0, run.returncode, output)
        self.assertIn("brink stopped cleanly", output)
        annotated = self.folder / "out/annotated.jpg"
        self.assertIn(str(annotated), output)
        self.assertEqual(b"\xff\xd8", annotated.read_bytes()[:2])
        return output

    def assert_faces(self, output):
        self.assertRegex(output, r"(?m)^(Mask|NoMask) +0\.\d{3} +\d\.\d{3} \d\.\d{3} \d\.\d{3} \d\.\d{3}$")

    def assert_digit(self, output):
        self.assertIn("our own digits model", output)
        self.assertRegex(output, r"label +score\n3 +[01]\.\d{3}\n")

    @needs_shared
    def test_shared_files_are_taken_before_any_network(self):
        output = self.demo(BRINK_SHARED=str(SHARED))
        self.assertIn("$ brink up -f examples/face-mask-detector/seldondeployment.yaml", output)
        self.assert_faces(output)

    @needs_shared
    def test_without_shared_files_model_and_picture_come_from_their_site(self):
        files = {"models/face_mask_detection.tflite": MODEL.read_bytes(), "img/demo2.jpg": PICTURE.read_bytes()}
        with site(files) as (url, asked):
            output = self.demo(BRINK_MIRROR=f"{SITE}={url}")
            self.assertLessEqual(set(files), set(asked))
        self.assertIn("from the internet", output)
        self.assert_faces(output)

    def test_a_site_that_has_another_model_is_not_believed(self):
        with site({"models/face_mask_detection.tflite": b"<html>moved</html>"}) as (url, asked):
            output = self.demo(BRINK_MIRROR=f"{SITE}={url}")
            self.assertIn("models/face_mask_detection.tflite", asked)
        self.assertIn("not from the internet", output)
        self.assert_digit(output)

    def test_without_any_network_our_own_model_is_shown(self):
        output = self.demo()
        self.assertIn("not from this machine", output)
        self.assertIn("not from the internet", output)
        self.assert_digit(output)


if __name__ == "__main__":
    unittest.main()
