"""The live view in a real browser: headless Chromium shows the picture, with boxes where the JSON says that they are."""

import contextlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from setting import MASK_MODEL, PATIENCE, ROOT, free_port
from watching import Watching

FACES = ROOT / "docs/pictures/faces.png"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
# The colours of the first two labels (vision/draw.cc).
COLOURS = {"Mask": (46, 204, 64), "NoMask": (255, 65, 54)}


class Picture:
    """RGB pixels of an encoded picture, by ffmpeg."""

    def __init__(self, data):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            size = subprocess.run(["ffprobe", "-loglevel", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", file.name],
                                  check=True, capture_output=True, timeout=60 * PATIENCE).stdout.decode().strip()
            self.width, self.height = map(int, size.split(",")[:2])
            self.rgb = subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i", file.name, "-f", "rawvideo", "-pix_fmt",
                                       "rgb24", "-"], check=True, capture_output=True, timeout=60 * PATIENCE).stdout

    def at(self, x, y):
        place = (y * self.width + x) * 3
        return tuple(self.rgb[place:place + 3])


def differ(a, b):
    return max(abs(one - other) for one, other in zip(a, b))


def place_of(part, whole):
    """Where `part` lies in `whole`, up to what a JPEG loses."""
    samples = [(x, y) for y in range(8, part.height * 3 // 4, 24) for x in range(8, part.width - 8, 24)]

    def difference(left, top):
        return sum(differ(part.at(x, y), whole.at(left + x, top + y)) for x, y in samples) / len(samples)
    places = [(left, top) for top in range(0, whole.height - part.height + 1) for left in range(12, 21)]
    coarse = samples[::7]
    nearest = sorted(places, key=lambda place: sum(differ(part.at(x, y), whole.at(place[0] + x, place[1] + y)) for x, y in coarse))[:20]
    return min((difference(*place), place) for place in nearest)


class Browser(unittest.TestCase):
    def browse(self, url, *arguments):
        with tempfile.TemporaryDirectory() as profile:
            return subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                                   "--no-proxy-server", f"--user-data-dir={profile}", "--window-size=900,900",
                                   "--virtual-time-budget=1000", *arguments, url], capture_output=True, timeout=120 * PATIENCE, check=False)

    def stream(self, url):
        """Opens a stream; waits while a reader that has gone is still counted among those who watch."""
        give_up = time.monotonic() + 30 * PATIENCE
        while True:
            try:
                return OPEN(url, timeout=30 * PATIENCE)
            except urllib.error.HTTPError as error:
                if error.code != 503 or time.monotonic() > give_up:
                    raise
                time.sleep(0.1)

    def test_boxes_are_where_they_belong(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        picture = folder / "still.png"
        subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i", FACES, "-vf", "scale=640:-2", picture], check=True, timeout=60 * PATIENCE)
        port = free_port()
        url = f"http://127.0.0.1:{port}/?token=see"
        watching = self.enterContext(Watching(picture, "--every-frame", "--fps", 10, "--name", "door", "--live", port, "--live-token",
                                              "see", "--zone", "mat=0.05,0.05,0.3,0.05,0.3,0.3", "--jsonl", "-", model=MASK_MODEL))
        seen = watching.next()
        self.assertGreaterEqual(len(seen["detections"]), 2)
        snapshot = Picture(OPEN(f"http://127.0.0.1:{port}/live/snapshot.jpg?token=see", timeout=30 * PATIENCE).read())
        shot = folder / "shot.png"
        done = self.browse(url, f"--screenshot={shot}")
        self.assertTrue(shot.exists(), done.stderr.decode()[-500:])
        screen = Picture(shot.read_bytes())
        far, (left, top) = place_of(snapshot, screen)
        self.assertLess(far, 12, "the page shows the picture")
        for one in seen["detections"]:
            x0, y0, x1, y1 = one["box"]
            x, y = left + round((x0 + x1) / 2 * snapshot.width), top + round((y0 + y1) / 2 * snapshot.height)
            bottom, right = top + round(y1 * snapshot.height) - 1, left + round(x1 * snapshot.width) - 1
            for place in ((x, bottom), (right, y), (left + round(x0 * snapshot.width), y)):
                near = [screen.at(place[0] + across, place[1] + down) for across in (-1, 0, 1) for down in (-1, 0, 1)]
                self.assertLess(min(differ(pixel, COLOURS[one["label"]]) for pixel in near), 70, (one, place))
        dom = self.browse(url, "--dump-dom").stdout.decode()
        for words in ("<h2>door</h2>", "running, ", "<td>inference</td>", " ms</td>", 'src="/live/stream.mjpg?camera=door&amp;'):
            self.assertIn(words, dom)
        with contextlib.ExitStack() as stack:  # as many as may watch
            for _ in range(16):
                stack.enter_context(self.stream(f"http://127.0.0.1:{port}/live/stream.mjpg?token=see"))
            self.assertIn('src="/live/snapshot.jpg?camera=door&amp;', self.browse(url, "--dump-dom").stdout.decode(),
                          "then it asks for one picture after another")


if __name__ == "__main__":
    for missing in (name for name, there in (("chromium", CHROMIUM), ("ffmpeg", shutil.which("ffmpeg")),
                                             (MASK_MODEL, MASK_MODEL.is_file())) if not there):
        print(f"skipped: no {missing}")
        sys.exit(77)
    unittest.main()
