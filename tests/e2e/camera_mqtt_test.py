"""brink camera and a real MQTT broker, mosquitto."""

import contextlib
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from setting import PATIENCE, free_port
from watching import Watching


class Broker:
    """mosquitto on loopback."""

    def __init__(self, folder, port, more=""):
        config = pathlib.Path(folder) / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n{more}")
        self.port = port
        self.process = subprocess.Popen(["mosquitto", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def subscribe(self, topic, count, seconds=60 * PATIENCE):
        """The next `count` messages as (topic, payload), by mosquitto's own client."""
        command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-C", str(count), "-W", str(seconds),
                   "-q", "1", "-F", "%t %p"]
        for _ in range(200):  # until it listens
            done = subprocess.run(command, capture_output=True, timeout=seconds + 10, check=False)
            if b"refused" not in done.stderr:
                break
            time.sleep(.05)
        return [tuple(line.split(" ", 1)) for line in done.stdout.decode().splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


@unittest.skipIf(shutil.which("mosquitto") is None and not os.path.exists("/usr/sbin/mosquitto"), "no mosquitto")
class Mqtt(unittest.TestCase):
    def setUp(self):
        os.environ["PATH"] += ":/usr/sbin"
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_state_and_discovery_are_retained_and_the_broker_says_when_brink_is_gone(self):
        with Broker(self.folder, free_port()) as broker:
            with Watching("test:", "--name", "door", "--mqtt", f"mqtt://127.0.0.1:{broker.port}/site", "--jsonl", "-") as watching:
                watching.await_log("mqtt connected")
                watching.next()
                got = dict(broker.subscribe("#", 3))
                self.assertEqual("online", got["site/door/online"])
                self.assertIn("count", json.loads(got["site/door/state"]))
                config = json.loads(got["homeassistant/device/brink_door/config"])
                self.assertEqual("site/door/state", config["state_topic"])
                watching.process.kill()
                self.wait_for_offline(broker)

    def wait_for_offline(self, broker):
        for _ in range(200):
            if broker.subscribe("site/door/online", 1) == [("site/door/online", "offline")]:
                return
            time.sleep(.05)
        self.fail("the broker does not say that brink is gone")

    def test_events_arrive_after_a_broker_was_killed_and_started_again(self):
        from camera_test import FACES, ffmpeg
        from setting import MASK_MODEL
        if not MASK_MODEL.is_file():
            self.skipTest(f"no {MASK_MODEL}")
        film = self.folder / "film.mp4"
        ffmpeg("-loop", 1, "-framerate", 5, "-t", 1, "-i", FACES, "-vf", "scale=640:-2", "-pix_fmt", "yuv420p", film)
        port = free_port()
        with Broker(self.folder, port):
            watching = self.enterContext(Watching(film, "--mqtt", f"mqtt://127.0.0.1:{port}", "--name", "door", "--every-frame",
                                                  "--jsonl", "-", "--spool", self.folder / "spool", model=MASK_MODEL))
            watching.await_log("mqtt connected")
        events = []
        while not events:
            events = watching.next().get("events", [])
        with Broker(self.folder, port) as broker:
            subscriber = subprocess.Popen(
                ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-t", "brink/door/online", "-C", "1", "-W", "60"],
                stdout=subprocess.PIPE)
            with contextlib.closing(subscriber.stdout):
                subscriber.wait(70 * PATIENCE)
            spool = self.folder / "spool" / "door-mqtt"
            deadline = time.monotonic() + 60
            while list(spool.iterdir()) and time.monotonic() < deadline:
                time.sleep(.05)
            self.assertEqual([], list(spool.iterdir()), watching.log())
            self.assertTrue(broker.subscribe("brink/door/state", 1))

    def persistent(self, port, *arguments):
        """mosquitto_sub under a name for which the broker keeps what comes while it is away."""
        return subprocess.run(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-i", "ear", "-c", "-q", "1", "-t",
                               "brink/door/events", *map(str, arguments)], capture_output=True, timeout=60 * PATIENCE, check=False)

    def test_events_come_in_order_and_none_is_lost_over_a_killed_broker(self):
        from camera_test import FACES, ffmpeg
        from setting import MASK_MODEL
        if not MASK_MODEL.is_file():
            self.skipTest(f"no {MASK_MODEL}")
        film = self.folder / "film.mp4"  # faces come and go
        ffmpeg("-loop", 1, "-framerate", 5, "-t", .8, "-i", FACES, "-f", "lavfi", "-t", 2.4, "-i", "color=black:size=640x360:rate=5",
               "-filter_complex", "[0:v]scale=640:360,setsar=1[a];[a][1:v]concat=n=2:v=1,format=yuv420p", film)
        port, spool = free_port(), self.folder / "spool" / "door-mqtt"
        keeps = f"user root\npersistence true\npersistence_location {self.folder}/\nautosave_interval 1\nautosave_on_changes true\n"
        told, lines = [], []
        with Broker(self.folder, port, keeps) as broker:
            broker.subscribe("nothing", 1, seconds=1)  # it listens
            self.assertEqual(0, self.persistent(port, "-E").returncode)
            broker.process.terminate()  # in order: who subscribed is on the disk
            broker.process.wait(30 * PATIENCE)
        with Broker(self.folder, port, keeps):
            watching = self.enterContext(Watching(film, "--mqtt", f"mqtt://127.0.0.1:{port}", "--name", "door", "--every-frame",
                                                  "--jsonl", "-", "--spool", self.folder / "spool", model=MASK_MODEL))

            def take(count):
                while len(told) < count:
                    lines.append(watching.next())
                    told.extend((lines[-1]["time"], event) for event in lines[-1].get("events", []))
            take(2)
            while list(spool.iterdir()):
                time.sleep(.02)
        # What a killed broker acknowledged is its own to lose.
        killed = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
        take(len(told) + 3)
        with Broker(self.folder, port, keeps):
            take(len(told) + 1)
            deadline = time.monotonic() + 40 * PATIENCE
            while list(spool.iterdir()) and time.monotonic() < deadline:
                time.sleep(.02)
            self.assertEqual([], list(spool.iterdir()), watching.log())
            heard = self.persistent(port, "-C", len(told), "-W", 5).stdout.splitlines()
        got = []
        for line in map(json.loads, heard):
            if line not in got:  # at least once
                got.append(line)
        wanted = [event for when, event in told if when > killed]
        self.assertGreaterEqual(len(wanted), 2)
        first = got.index(wanted[0])
        self.assertEqual(wanted, got[first:first + len(wanted)])

    def test_home_assistant_gets_the_picture_of_the_last_event_unless_pictures_are_kept_in(self):
        from camera_test import FACES
        from setting import MASK_MODEL
        if not MASK_MODEL.is_file():
            self.skipTest(f"no {MASK_MODEL}")
        with Broker(self.folder, free_port()) as broker:
            broker.subscribe("nothing", 1, seconds=1)
            listener = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-t", "brink/door/image", "-C", "1",
                                         "-W", str(40 * PATIENCE), "-N"], stdout=subprocess.PIPE)
            picture = self.folder / "faces.png"
            shutil.copy(FACES, picture)
            with listener, Watching(picture, "--every-frame", "--fps", 10, "--name", "door", "--mqtt", f"mqtt://127.0.0.1:{broker.port}",
                                    "--jsonl", "-", "--zone", "all=0,0,1,0,1,1,0,1", "--dwell", ".3", model=MASK_MODEL):
                self.assertEqual(b"\xff\xd8\xff", listener.communicate()[0][:3])


if __name__ == "__main__":
    if shutil.which("ffmpeg") is None:
        print("skipped: no ffmpeg")
        sys.exit(77)
    unittest.main()
