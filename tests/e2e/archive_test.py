"""Archives as attackers and tools make them: nothing leaves the folder, nothing but plain files appears."""

import io
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import time
import unittest
import zipfile

from setting import run


class Archives(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.models = self.folder / "models"

    def tar(self, *entries, mode="w"):
        """Entries are (name, type, content or link target)."""
        path = self.folder / "a.tar"
        with tarfile.open(path, mode) as archive:
            for name, kind, content in entries:
                info = tarfile.TarInfo(name)
                info.type = kind
                if kind == tarfile.REGTYPE:
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
                else:
                    info.linkname = content
                    archive.addfile(info)
        return path

    def fetch(self, archive, *arguments):
        return run("fetch", archive, self.models, "--termination-log", "", *arguments)

    def content(self):
        for path in self.models.rglob("*"):
            self.assertFalse(path.is_symlink())
        return {str(path.relative_to(self.models)): path.read_bytes()
                for path in sorted(self.models.rglob("*")) if path.is_file() and ".brink-fetch" not in path.parts}

    def assert_refused(self, code, text, archive, *arguments):
        done = self.fetch(archive, *arguments)
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual({}, self.content())
        self.assertEqual({"a.tar", "models"}, {path.name for path in self.folder.iterdir()} - {"a.zip"})

    def test_links_within_become_files(self):
        done = self.fetch(self.tar(("./v/link", tarfile.SYMTYPE, "../m/model"), ("m/model", tarfile.REGTYPE, b"model"),
                                   ("v/hard", tarfile.LNKTYPE, "m/model"), ("v/again", tarfile.SYMTYPE, "link"),
                                   ("v/gone", tarfile.SYMTYPE, "nowhere")))
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual({"m/model": b"model", "v/again": b"model", "v/hard": b"model", "v/link": b"model"}, self.content())

    def test_links_that_name_later_ones_take_no_longer(self):
        def seconds(links):
            archive = self.tar(("m", tarfile.REGTYPE, b"m"), *links)
            began = time.monotonic()
            done = self.fetch(archive)
            took = time.monotonic() - began
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual(len(links) + 1, len(self.content()))
            shutil.rmtree(self.models)
            return took

        chain = [("0", tarfile.SYMTYPE, "m")] + [(str(i), tarfile.SYMTYPE, str(i - 1)) for i in range(1, 3000)]
        self.assertLess(seconds(chain[::-1]), 5 * seconds(chain))

    def test_what_leads_out_is_refused(self):
        regular, soft, hard = tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
        for entries in ([("../x", regular, b"x")], [("/tmp/x", regular, b"x")], [("a/../../x", regular, b"x")],
                        [("l", soft, "/etc/passwd")], [("l", soft, "../x")], [("a/l", soft, "../../x")],
                        [("l", hard, "../x")], [("l", hard, "/etc/passwd")], [("l", soft, ".."), ("l/x", regular, b"x")],
                        [("d", tarfile.FIFOTYPE, "")], [("d", tarfile.CHRTYPE, "")]):
            with self.subTest(entries):
                self.assert_refused(6, "entry", self.tar(*entries))

    def test_a_bomb_is_stopped_at_the_limits(self):
        archive = self.folder / "a.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bomb:
            for number in range(4):
                bomb.writestr(f"zeros{number}", bytes(1 << 20))
        self.tar()
        self.assert_refused(7, "more than the limit of 3000000 bytes", archive, "--max-model-bytes", "3000000")

    def test_a_broken_archive_is_said_to_be_broken(self):
        whole = self.tar(("m", tarfile.REGTYPE, os.urandom(100_000)), mode="w:gz")
        whole.write_bytes(whole.read_bytes()[:50_000])
        self.assert_refused(6, "not an archive that can be read", whole)
        whole.write_bytes(b"no archive at all" * 100)
        self.assert_refused(6, "not an archive that can be read", whole)

    def test_zstandard_is_unpacked(self):
        plain = self.tar(("m", tarfile.REGTYPE, b"model"))
        packed = self.folder / "a.tar.zst"
        if subprocess.run(["zstd", "-q", plain, "-o", packed], check=False).returncode:
            self.skipTest("no zstd")
        self.assertEqual(0, self.fetch(packed).returncode)
        self.assertEqual({"m": b"model"}, self.content())


if __name__ == "__main__":
    unittest.main()
