"""brink as a pod's storage initialiser: SRC DST brings a model, and says with its exit code why not."""

import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

from setting import BRINK, DIGITS, PATIENCE, Site, listener, run


class Initializer(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.models = self.folder / "models"
        self.log = self.folder / "termination-log"
        self.log.write_text("")
        self.environment = {"BRINK_TERMINATION_LOG": str(self.log), "BRINK_FETCH_PATIENCE_S": "0"}

    def fetch(self, *arguments, **environment):
        return run(*arguments, environment={**self.environment, **environment})

    def content(self):
        return {str(path.relative_to(self.models)): path.read_bytes()
                for path in sorted(self.models.rglob("*")) if path.is_file() and ".brink-fetch" not in path.parts}

    def assert_fails(self, code, text, done):
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertIn(text, done.stderr.splitlines()[-1])
        self.assertIn(text, self.log.read_text())

    def test_a_file_arrives_as_that_file_as_seldon_and_kserve_call_it(self):
        model = DIGITS.read_bytes()
        with Site({"/m/digits.tflite": model}) as site:
            done = self.fetch(site.url + "/m/digits.tflite", self.models)
            self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual({"digits.tflite": model}, self.content())
        self.assertEqual("", self.log.read_text())
        self.assertEqual(["digits.tflite"], os.listdir(self.models))

    def test_a_mounted_volume_arrives_with_all_that_is_in_it(self):
        volume = self.folder / "pvc"
        (volume / "face/1").mkdir(parents=True)
        (volume / "face/1/a.tflite").write_bytes(b"a")
        (volume / "face/card.yaml").symlink_to(volume / "face/1/a.tflite")
        (volume / "face/..data").mkdir()
        (volume / "face/..data/hidden").write_bytes(b"x")
        self.models.mkdir()
        (self.models / "other").write_bytes(b"stays")
        done = self.fetch(volume / "face", self.models)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual({"1/a.tflite": b"a", "card.yaml": b"a", "other": b"stays"}, self.content())

    def test_several_pairs_arrive_each_in_its_folder(self):
        done = self.fetch("fetch", DIGITS, self.models / "a", DIGITS, self.models / "b")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(["a/" + DIGITS.name, "b/" + DIGITS.name], list(self.content()))

    def test_a_folder_may_be_fetched_into_itself_or_into_one_inside(self):
        self.models.mkdir()
        (self.models / "m.tflite").write_bytes(b"m")
        for target in (self.models, self.models / "inside"):
            self.assertEqual(0, self.fetch(self.models, target).returncode)
        self.assertEqual({"m.tflite": b"m", "inside/m.tflite": b"m"}, self.content())

    def test_what_a_killed_process_left_is_cleared(self):
        left = self.models / ".brink-fetch/files"
        left.mkdir(parents=True)
        (left / "half").write_bytes(b"half")
        self.assertEqual(0, self.fetch(DIGITS, self.models).returncode)
        self.assertEqual([DIGITS.name], os.listdir(self.models))

    def test_each_failure_has_its_exit_code_and_its_reason_in_the_termination_log(self):
        with Site({}) as site:
            self.assert_fails(3, "HTTP 404 Not Found", self.fetch(site.url + "/m.tflite", self.models))
        self.assert_fails(3, "no such file or folder", self.fetch("/nowhere/m", self.models))
        self.assert_fails(8, "scheme 'gopher:' is not supported", self.fetch("gopher://x/y", self.models))
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_fails(3, "no file in the folder", self.fetch(empty, self.models))
        self.assertEqual({}, self.content())

    def test_wrong_use_is_exit_code_2(self):
        for arguments in (["fetch"], ["fetch", "/a"], ["/a", "/b", "/c"], ["fetch", "", self.models]):
            with self.subTest(arguments):
                self.assertEqual(2, self.fetch(*arguments).returncode)

    def test_an_archive_arrives_as_the_files_that_it_holds(self):
        inside = self.folder / "face"
        inside.mkdir()
        (inside / "m.tflite").write_bytes(b"model" * 1000)
        for kind, name in (("gztar", "a.tar.gz"), ("tar", "a.tar"), ("zip", "a.zip")):
            archive = pathlib.Path(shutil.make_archive(str(self.folder / "a"), kind, self.folder, "face"))
            with Site({"/" + name: archive.read_bytes()}) as site:
                for source in (site.url + "/" + name, archive):
                    done = self.fetch(source, self.models)
                    self.assertEqual(0, done.returncode, done.stderr)
                    self.assertEqual({"face/m.tflite": b"model" * 1000}, self.content())
                    shutil.rmtree(self.models)
                self.assertEqual(0, self.fetch("fetch", "--no-unpack", site.url + "/" + name, self.models).returncode)
                self.assertEqual([name], os.listdir(self.models))
                shutil.rmtree(self.models)

    def test_a_cache_serves_a_second_pod_without_internet(self):
        cache = ["--cache", self.folder / "cache"]
        with Site({"/digits.tflite": DIGITS.read_bytes()}) as site:
            url = site.url + "/digits.tflite"
            self.assert_fails(5, "not fetched before", self.fetch("fetch", url, self.models, *cache, "--offline", "only"))
            self.assertEqual(0, self.fetch("fetch", url, self.models, *cache).returncode)
        for offline, code in (("ok", 0), ("only", 0), ("never", 5)):
            pod = self.folder / offline
            self.assertEqual(code, self.fetch("fetch", url, pod, *cache, "--offline", offline).returncode)
            self.assertEqual(code == 0, (pod / "digits.tflite").exists())

    def test_a_site_says_where_from_and_which(self):
        rules = self.folder / "rules.yaml"
        rules.write_text(f"rewrite:\n- from: https://models.example/\n  to: {DIGITS.parent}/\nallow: [https://models.example]\n")
        done = self.fetch("fetch", "https://models.example/" + DIGITS.name, self.models, "--mirror-rules", rules)
        self.assertEqual(0, done.returncode, done.stderr)
        for elsewhere in (DIGITS, "https://models.example.evil/x", "https://models.example/%2e%2e/x"):
            self.assert_fails(4, "not below a prefix", self.fetch("fetch", elsewhere, self.models, "--mirror-rules", rules))

    @unittest.skipUnless(shutil.which("openssl"), "no openssl to sign with")
    def test_a_signature_is_held_to(self):
        model, key, public = self.folder / "m.tflite", self.folder / "key", self.folder / "public"
        model.write_bytes(b"model")
        digest = self.folder / "digest"
        digest.write_text(hashlib.sha256(b"model").hexdigest())
        for command in (["genpkey", "-algorithm", "ed25519", "-out", key], ["pkey", "-in", key, "-pubout", "-out", public],
                        ["pkeyutl", "-sign", "-rawin", "-in", digest, "-inkey", key, "-out", str(model) + ".sig"]):
            subprocess.run(["openssl", *command], check=True, capture_output=True)
        signature = pathlib.Path(str(model) + ".sig").read_bytes()
        site = self.enterContext(Site({"/m.tflite": b"model", "/m.tflite.sig": signature, "/n": b"other", "/n.sig": signature, "/o": b"o"}))
        for source in (site.url + "/m.tflite", model):
            done = self.fetch("fetch", source, self.models, "--signature-key", public)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual({"m.tflite": b"model"}, self.content())
        self.assert_fails(6, "signature is not the key's", self.fetch("fetch", site.url + "/n", self.models, "--signature-key", public))
        self.assert_fails(3, "HTTP 404", self.fetch("fetch", site.url + "/o", self.models, "--signature-key", public))
        self.assertEqual({"m.tflite": b"model"}, self.content())

    def test_sigterm_ends_it_with_exit_code_9(self):
        with listener() as port:
            command = [BRINK, f"http://localhost:{port}/m.tflite", self.models]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, **self.environment})
            while not (self.models / ".brink-fetch/store/tmp").exists():  # it is at work
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            self.assertIn(b"cancelled", process.communicate(timeout=60 * PATIENCE)[1])
            self.assertEqual(9, process.returncode)


if __name__ == "__main__":
    unittest.main()
