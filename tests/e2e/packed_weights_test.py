"""Packed weights that a start leaves in the cache: the next maps them, whatever happened to the file, and the collector takes them."""

import json
import pathlib
import tempfile
import unittest

from origin import Origin
from setting import PREDICT, digit_input, run, serve_digits


def mapped(server):
    """The files that the server has in its memory."""
    return pathlib.Path(f"/proc/{server.process.pid}/maps").read_text()


class PackedWeights(unittest.TestCase):
    def setUp(self):
        self.cache = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def files(self):
        return sorted((self.cache / "packed").glob("*/weights"))

    def records(self):
        """What is remembered of files, for the next start."""
        return sorted((self.cache / "packed/known").glob("*"))

    def serve(self, *more):
        """What a server with the cache answers, and its files."""
        with serve_digits("--cache", str(self.cache), *more) as server:
            status, answer = server.post(PREDICT, {"data": {"ndarray": digit_input(4)}})
            self.assertEqual(200, status)
            self.assertEqual(0, server.stop())
            return json.loads(answer)["data"]["ndarray"]

    def test_every_start_maps_what_the_first_left(self):
        with serve_digits("--cache", str(self.cache)) as first, serve_digits("--cache", str(self.cache)) as second:
            (file,) = self.files()
            for server in (first, second):
                self.assertIn(str(file), mapped(server))

    def test_a_file_cut_short_by_a_power_cut_is_made_again(self):
        wanted = self.serve()
        (file,) = self.files()
        whole = file.read_bytes()
        file.write_bytes(whole[:len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
        self.assertEqual(wanted, self.serve())
        self.assertEqual([whole], [path.read_bytes() for path in self.files()])

    def test_off_leaves_nothing(self):
        self.assertEqual(self.serve(), self.serve("--packed-weights", "off"))
        for file in self.files() + self.records():
            file.unlink()
        self.serve("--packed-weights", "off")
        self.assertEqual([], self.files() + self.records())

    def test_the_caches_collector_counts_them(self):
        self.serve()
        with Origin({"/model.bin": b"x" * 1000}) as origin:
            done = run("fetch", f"{origin.url}/model.bin", self.cache / "out", "--cache", self.cache, "--cache-bytes", "2000")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual([], self.files() + self.records())


if __name__ == "__main__":
    unittest.main()
