"""brink camera --output film.avi: whole at the end, on SIGTERM and after a kill; never more than it may be."""

import pathlib
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

from setting import DIGITS, PATIENCE, digit_png, run, wait_until
from watching import Watching


class Avi:
    """What the head of a film says, and the pictures that are there."""

    def __init__(self, path):
        data = path.read_bytes()
        self.size = len(data)
        self.whole = data[:4] == b"RIFF" and struct.unpack_from("<I", data, 4)[0] == len(data) - 8
        head = data.index(b"avih") + 8
        microseconds, _, _, flags, self.frames = struct.unpack_from("<5I", data, head)
        self.fps = 1e6 / microseconds
        self.indexed = bool(flags & 0x10) and b"idx1" in data
        self.pictures = []
        at = data.index(b"movi") + 4
        while data[at:at + 4] == b"00dc":
            size = struct.unpack_from("<I", data, at + 4)[0]
            self.pictures.append(data[at + 8:at + 8 + size])
            at += 8 + size + size % 2


def frames_by_ffprobe(path):
    """How many pictures ffmpeg reads of it; None where it is not installed."""
    if shutil.which("ffprobe") is None:
        return None
    done = subprocess.run(["ffprobe", "-loglevel", "error", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of",
                           "csv=p=0", path], check=True, capture_output=True, timeout=60 * PATIENCE)
    return int(done.stdout.strip().rstrip(b","))


class Film(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.film = self.folder / "seen.avi"

    def check_whole(self, path):
        avi = Avi(path)
        self.assertTrue(avi.whole and avi.indexed, path)
        self.assertEqual(avi.frames, len(avi.pictures))
        for picture in avi.pictures:
            self.assertEqual((b"\xff\xd8\xff", b"\xff\xd9"), (picture[:3], picture[-2:]))
        self.assertIn(frames_by_ffprobe(path), (None, avi.frames))
        return avi

    def test_pictures_become_a_film_at_their_pace(self):
        pictures = self.folder / "pictures"
        pictures.mkdir()
        for digit in range(10):
            (pictures / f"{digit}.png").write_bytes(digit_png(digit))
        for expected in (self.film, self.folder / "seen.2.avi"):
            done = run("camera", pictures, "--once", "--fps", 4, "--output", self.film, "--model", DIGITS)
            self.assertEqual(0, done.returncode, done.stderr)
            avi = self.check_whole(expected)
            self.assertEqual(10, avi.frames)
            self.assertAlmostEqual(4, avi.fps, places=2)
        self.assertEqual(10, self.check_whole(self.film).frames, "it was not written over")

    @unittest.skipIf(shutil.which("ffmpeg") is None, "no ffmpeg")
    def test_a_film_stays_as_long_as_it_was(self):
        source = self.folder / "source.mp4"
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:duration=2:rate=12",
                        "-pix_fmt", "yuv420p", source], check=True, timeout=60 * PATIENCE)
        done = run("camera", source, "--once", "--output", self.film, "--model", DIGITS)
        self.assertEqual(0, done.returncode, done.stderr)
        avi = self.check_whole(self.film)
        self.assertEqual(24, avi.frames)
        self.assertAlmostEqual(12, avi.fps, places=2)

    def record(self, *arguments):
        return Watching("test:320x240@20", "--every-frame", "--output", self.film, "--jsonl", "-", *arguments)

    def test_sigterm_leaves_a_whole_film(self):
        with self.record() as watching:
            for _ in range(10):
                watching.next()
        self.assertEqual(0, watching.status, watching.final_log)
        avi = self.check_whole(self.film)
        self.assertGreaterEqual(avi.frames, 9)
        self.assertTrue(1 < avi.fps < 40, avi.fps)

    def test_a_kill_leaves_what_was_shown(self):
        with self.record() as watching:
            watching.next()
            wait_until(lambda: self.film.is_file() and Avi(self.film).frames >= 5)
            watching.process.send_signal(signal.SIGKILL)
            watching.process.wait(20 * PATIENCE)
        avi = Avi(self.film)
        self.assertGreaterEqual(len(avi.pictures), avi.frames)
        self.assertGreaterEqual(avi.frames, 5)
        found = frames_by_ffprobe(self.film)
        if found is not None:
            self.assertGreaterEqual(found, avi.frames)

    def test_all_films_stay_within_their_bytes(self):
        limit = 200_000
        with self.record("--output-bytes", limit) as watching:
            watching.await_log("film removed")
            watching.next()
        films = list(self.folder.iterdir())
        self.assertGreater(len(films), 2)
        self.assertLessEqual(sum(film.stat().st_size for film in films), limit)
        self.assertNotIn(self.film, films, "the oldest went")
        for film in films:
            self.check_whole(film)

    def test_what_cannot_be_is_said(self):
        for arguments, reason in ((["--output", self.folder / "no/such.avi"], "No such file"),
                                  (["--output", self.film, "--no-images"], "--output and --no-images exclude each other")):
            done = run("camera", "test:", "--model", DIGITS, *arguments)
            self.assertEqual(1, done.returncode)
            self.assertIn(reason, done.stderr)


if __name__ == "__main__":
    unittest.main()
