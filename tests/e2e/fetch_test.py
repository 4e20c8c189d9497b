"""Models that come over HTTP: fetched once, found again, refused when they are not what they should be."""

import hashlib
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import unittest
import unittest.mock

from setting import BRINK, DIGITS, BrinkProcess, Site, run


class Fetching(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.cache = ["--cache", str(self.folder / "cache")]
        self.enterContext(unittest.mock.patch.dict(os.environ, BRINK_FETCH_PATIENCE_S="0"))
        self.model = DIGITS.read_bytes()

    def site(self, files=None):
        return self.enterContext(Site({"/m/digits.tflite": self.model} if files is None else files))

    def files_in_cache(self):
        return [path for path in (self.folder / "cache").rglob("*") if path.is_file() and not path.name.endswith("lock")]

    def test_a_model_is_fetched_once_and_found_again(self):
        with Site({"/m/digits.tflite": self.model}) as site:
            url = site.url + "/m/digits.tflite"
            first = run("inspect", url, "--json", *self.cache)
            self.assertEqual(0, first.returncode, first.stderr)
            digest = hashlib.sha256(self.model).hexdigest()
            self.assertEqual(digest, json.loads(first.stdout)["sha256"])
            self.assertIn(digest, first.stderr)
            self.assertIn("cached=true", run("inspect", url, *self.cache).stderr)
        gone = run("inspect", url, *self.cache)
        self.assertEqual(0, gone.returncode, gone.stderr)
        self.assertIn("cannot be reached", gone.stderr)

    def test_a_damaged_copy_is_fetched_again(self):
        site = self.site()
        url = site.url + "/m/digits.tflite"
        run("inspect", url, *self.cache)
        copy = next((self.folder / "cache").rglob("digits.tflite"))
        copy.write_bytes(copy.read_bytes()[:-1] + b"?")
        again = run("inspect", url, "--json", *self.cache)
        self.assertEqual(hashlib.sha256(self.model).hexdigest(), json.loads(again.stdout)["sha256"])

    def test_a_mirror_stands_in_for_a_site(self):
        site = self.site()
        for mirror in (f"https://models.example/={site.url}/m/", f"https://models.example/={DIGITS.parent}/",
                       f"https://models.example/=file://{DIGITS.parent}/"):
            name = "digits.tflite" if "http:" in mirror else DIGITS.name
            arguments = ["run", f"https://models.example/{name}", *self.cache]
            with BrinkProcess(BRINK, [*arguments, "--mirror", mirror]) as server:
                self.assertEqual(200, server.get("/health/status")[0])
            with BrinkProcess(BRINK, arguments, {"BRINK_MIRROR": mirror}) as server:
                self.assertEqual(0, server.stop())

    def test_a_copy_of_a_local_file_tells_its_digest(self):
        done = run("fetch", DIGITS.as_uri(), self.folder / "copy", "--log-format", "json")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn(hashlib.sha256(DIGITS.read_bytes()).hexdigest(), done.stderr + done.stdout)

    def test_what_cannot_be_had_is_one_line_and_leaves_nothing(self):
        site = self.site()
        done = run("inspect", site.url + "/other.tflite", *self.cache)
        self.assertEqual(1, done.returncode)
        self.assertEqual(f"brink: {site.url}/other.tflite: HTTP 404 Not Found\n", done.stderr)
        done = run("inspect", "http://user:secret@localhost:9/m.tflite?key=secret", *self.cache)
        self.assertEqual(1, done.returncode)
        self.assertNotIn("secret", done.stderr)
        self.assertEqual([], self.files_in_cache())

    def test_a_proxy_is_asked_where_the_environment_names_one(self):
        url = "http://models.example/m.tflite"
        with Site({url: self.model}) as proxy:
            done = run("fetch", url, self.folder / "models", environment={"http_proxy": proxy.url, "no_proxy": ""})
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual([url], proxy.asked)
            self.assertEqual(self.model, (self.folder / "models/m.tflite").read_bytes())
            done = run("fetch", url, self.folder / "models", environment={"http_proxy": proxy.url, "no_proxy": "models.example"})
            self.assertEqual(5, done.returncode, done.stderr)
            self.assertEqual([url], proxy.asked)

    @unittest.skipUnless(shutil.which("openssl"), "no openssl to make a certificate with")
    def test_https_wants_a_certificate_that_it_trusts(self):
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        site = Site({"/m.tflite": self.model})
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
        site.scheme = "https"
        with site:
            done = run("inspect", site.url + "/m.tflite", *self.cache)
            self.assertEqual(1, done.returncode)
            self.assertIn("no trust in the TLS connection", done.stderr)
            done = run("inspect", site.url + "/m.tflite", *self.cache, environment={"SSL_CERT_FILE": str(certificate)})
            self.assertEqual(0, done.returncode, done.stderr)


if __name__ == "__main__":
    unittest.main()
