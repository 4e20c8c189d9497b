"""brink camera as a user starts it: folders, films, streams that break, in lines and pictures."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from mask_test import overlap
from setting import BRINK, DIGITS, MASK_MODEL, PATIENCE, ROOT, digit_png, run, serve_digits

FACES = ROOT / "docs/pictures/faces.png"


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)], check=True, timeout=120 * PATIENCE)


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


class Camera(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def camera(self, *arguments, model=DIGITS, status=0):
        done = run("camera", *arguments, "--model", model)
        self.assertEqual(status, done.returncode, done.stderr)
        return done

    def test_a_folder_once_gives_a_line_a_picture(self):
        for digit in (3, 7, 1):
            (self.folder / f"{digit}.png").write_bytes(digit_png(digit))
        (self.folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        done = self.camera(self.folder, "--once", "--name", "till")
        seen = lines(done.stdout)
        self.assertEqual(["1.png", "3.png", "7.png"], [one["file"] for one in seen])
        self.assertEqual(["1", "3", "7"], [one["classifications"][0]["label"] for one in seen])
        self.assertEqual({"till"}, {one["source"] for one in seen})
        self.assertIn("broken.png", done.stderr)
        stages = {"capture", "decode", "gate", "preprocess", "inference", "postprocess", "track", "sink"}
        self.assertEqual(stages, set(seen[0]["ms"]))

    def test_the_test_pattern_drops_what_nobody_looks_at(self):
        done = self.camera("test:320x240@500", "--max-frames", "20")
        seen = lines(done.stdout)
        self.assertEqual(20, len(seen))
        numbers = [one["frame"] for one in seen]
        self.assertEqual(sorted(set(numbers)), numbers)
        self.assertEqual(numbers[-1], sum(one["dropped"] for one in seen) + len(seen) - 1)

    def test_what_cannot_be_watched_is_one_line_that_says_why(self):
        empty = self.folder / "empty.mp4"
        empty.write_bytes(b"")
        for source, reason in (("/no/such/camera", "no such file, folder or device"),
                               (empty, "empty.mp4"), (self.folder, "no JPEG or PNG")):
            done = self.camera(source, "--once", status=1)
            self.assertIn(reason, done.stderr)
        self.assertIn("no card", self.camera("test:", model=self.cardless_model(), status=1).stderr)

    def cardless_model(self):
        return shutil.copy(DIGITS, self.folder / "cardless.tflite")

    def test_a_reader_that_goes_away_ends_it(self):
        with subprocess.Popen([BRINK, "camera", "test:320x240@200", "--model", DIGITS], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            self.assertTrue(json.loads(process.stdout.readline()))
            process.stdout.close()
            self.assertEqual(0, process.wait(20 * PATIENCE))

    def film(self, seconds=2, rate=5):
        """Pan and zoom over two drawn faces, with noise."""
        film = self.folder / "film.mp4"
        move = "scale=1280:-2,crop=960:540:(in_w-960)*t/2:(in_h-540)/2,noise=alls=6:allf=t"
        ffmpeg("-loop", 1, "-framerate", rate, "-t", seconds, "-i", FACES, "-vf", move, "-pix_fmt", "yuv420p",
               "-c:v", "libx264", "-crf", 16, film)
        return film

    def test_every_frame_of_a_film_is_seen_as_its_pictures_are(self):
        if not MASK_MODEL.is_file():
            self.skipTest(f"no {MASK_MODEL}")
        film = self.film()
        frames = self.folder / "frames"
        frames.mkdir()
        ffmpeg("-i", film, frames / "%03d.png")
        of_film = lines(self.camera(film, "--once", "--output", self.folder / "seen", "--jsonl", "-",
                                    model=MASK_MODEL).stdout)
        of_frames = lines(self.camera(frames, "--once", model=MASK_MODEL).stdout)
        self.assertEqual(10, len(of_film))
        self.assertEqual(10, len(list((self.folder / "seen").iterdir())))
        self.assertEqual(list(range(10)), [one["frame"] for one in of_film])
        self.assertEqual(len(of_frames), len(of_film))
        found = 0
        for film_frame, picture in zip(of_film, of_frames):
            self.assertEqual([960, 540], [film_frame["image"]["width"], film_frame["image"]["height"]])
            clear = [one for one in picture["detections"] if one["score"] > .55]
            found += len(clear)
            for want in clear:
                best = max(film_frame["detections"], key=lambda got: overlap(got["box"], want["box"]))
                self.assertGreater(overlap(best["box"], want["box"]), .9)
                self.assertEqual(want["label"], best["label"])
                self.assertAlmostEqual(want["score"], best["score"], delta=.05)
        self.assertGreaterEqual(found, 10, "the film shows faces")
        first = frames / "001.png"
        predicted = json.loads(run("predict", MASK_MODEL, first, "--json").stdout)["detections"]
        without_track = [{key: one[key] for key in ("label", "score", "box")} for one in of_frames[0]["detections"]]
        self.assertEqual(predicted, without_track, "a picture is seen as brink predict sees it")

    def test_each_event_leaves_a_snapshot_and_a_clip_that_plays(self):
        if not MASK_MODEL.is_file():
            self.skipTest(f"no {MASK_MODEL}")
        clips = self.folder / "clips"
        done = self.camera(self.film(), "--once", "--name", "door", "--clips", clips, "--jsonl", "-", model=MASK_MODEL)
        starts = [event["id"] for one in lines(done.stdout) for event in one.get("events", []) if event["type"] == "start"]
        self.assertTrue(starts)
        self.assertEqual(sorted(f"{one}.jpg" for one in starts), sorted(path.name for path in clips.glob("*.jpg")))
        films = list(clips.glob("*.avi"))
        self.assertTrue(films)
        probed = subprocess.run(["ffprobe", "-loglevel", "error", "-count_frames", "-show_entries",
                                 "stream=codec_name,width,height,nb_read_frames", "-of", "json", films[0]],
                                check=True, capture_output=True, timeout=60 * PATIENCE)
        self.assertEqual(b"", probed.stderr)
        stream = json.loads(probed.stdout)["streams"][0]
        self.assertEqual(("mjpeg", 640, 360), (stream["codec_name"], stream["width"], stream["height"]))
        self.assertGreaterEqual(int(stream["nb_read_frames"]), 1)

    def test_several_cameras_share_a_model_and_their_lines_stay_whole(self):
        listed = self.folder / "cameras.yaml"
        listed.write_text("cameras:\n- {name: door, source: 'test:320x240@100', every_frame: true}\n"
                          "- {name: yard, source: 'test:160x120@100', every_frame: true, max_fps: 20}\n")
        done = self.camera(listed, "--max-frames", 15)
        seen = lines(done.stdout)
        self.assertEqual({"door": 15, "yard": 15}, {name: sum(one["source"] == name for one in seen) for name in ("door", "yard")})
        self.assertIn("fps", {one.get("held") for one in seen if one["source"] == "yard"})
        self.assertEqual({None}, {one.get("held") for one in seen if one["source"] == "door"})
        listed.write_text("cameras:\n- {name: door, source: 'test:', fsp: 3}\n")
        self.assertIn("cameras.yaml: line 2: the key 'cameras.fsp' is not known", self.camera(listed, status=1).stderr)

    def test_a_server_elsewhere_can_have_the_model(self):
        for digit in (3, 7):
            (self.folder / f"{digit}.png").write_bytes(digit_png(digit))
        with serve_digits() as server:
            url = f"http://127.0.0.1:{server.port}"
            done = run("camera", self.folder, "--once", "--server", url)
            self.assertEqual(0, done.returncode, done.stderr)
            seen = lines(done.stdout)
            self.assertEqual(["3", "7"], [one["classifications"][0]["label"] for one in seen])
            self.assertGreater(seen[0]["ms"]["inference"], 0)
            refused = run("camera", self.folder, "--once", "--server", url + "/no/such/path")
            self.assertEqual(1, refused.returncode)
            self.assertIn("HTTP 404", refused.stderr)
        gone = run("camera", self.folder, "--once", "--server", url)
        self.assertEqual(1, gone.returncode)
        self.assertIn("Failed to connect", gone.stderr)
        self.assertIn("one of --model and --server", run("camera", self.folder).stderr)

    def test_a_film_that_breaks_off_or_rots_does_no_harm(self):
        whole = self.film().read_bytes()
        rotten = bytearray(whole)
        for at in range(len(whole) // 4, len(whole) // 2, 97):
            rotten[at] ^= 0x55
        cut = self.folder / "cut.mp4"
        cut.write_bytes(whole[:len(whole) // 2])
        done = run("camera", cut, "--once", "--model", DIGITS)
        self.assertEqual(1, done.returncode)
        self.assertIn("ffmpeg", done.stderr)
        spoilt = self.folder / "spoilt.mp4"
        spoilt.write_bytes(rotten)
        done = run("camera", spoilt, "--once", "--model", DIGITS)
        self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_a_dying_codec_is_said_and_started_again(self):
        fake = self.folder / "bin"
        fake.mkdir()
        (fake / "ffmpeg").write_text("#!/bin/sh\necho '[x @ 0] [error] the codec is unwell' >&2\nkill -SEGV $$\n")
        (fake / "ffmpeg").chmod(0o755)
        film = self.film()
        path = {"PATH": f"{fake}:{os.environ['PATH']}"}
        done = run("camera", film, "--once", "--model", DIGITS, environment=path)
        self.assertEqual(1, done.returncode)
        self.assertIn("the codec is unwell (signal 11)", done.stderr)
        done = run("camera", film, "--once", "--model", DIGITS, environment={"PATH": "/nowhere"})
        if PATIENCE == 1:  # qemu-user tells a parent nothing of a program that its child could not start
            self.assertIn("package ffmpeg", done.stderr)


if __name__ == "__main__":
    if shutil.which("ffmpeg") is None:
        print("skipped: no ffmpeg")
        sys.exit(77)
    unittest.main()
