"""brink camera with real peers: HTTP cameras, an RTSP server, an MQTT broker, a webhook's receiver, a browser's requests."""

import contextlib
import datetime
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

from setting import BRINK, DIGITS, PATIENCE, BrinkProcess, digit_png, free_port, picture_message, run

OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
RTSP_SERVER = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_service(sys.argv[1])
server.set_address("127.0.0.1")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_shared(True)
factory.set_launch("( videotestsrc is-live=true ! video/x-raw,format=I420,width=320,height=240,framerate=10/1 ! jpegenc ! rtpjpegpay name=pay0 pt=26 )")
server.get_mount_points().add_factory("/cam", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
"""


def jpeg(text="x"):
    """A drawn picture of 320x240."""
    made = subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:duration=1:rate=1",
                           "-f", "image2", "-c:v", "mjpeg", "-"], check=True, capture_output=True, timeout=60 * PATIENCE)
    return made.stdout


class HttpCamera:
    """A camera's web server: /stream sends JPEGs as they come, /still.png one picture; what is posted is kept."""

    def __init__(self, port=0, status=200):
        camera = self
        self.picture, self.posts, self.status, self.asked = jpeg(), queue.Queue(), status, 0
        self._streams = set()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                camera.asked += 1
                self.send_response(200)
                if self.path == "/still.png":
                    body = digit_png(camera.asked % 10)
                    self.send_header("Content-Type", "image/png")
                    self.end_headers()
                    self.wfile.write(body)
                    return
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                with contextlib.suppress(OSError):
                    while not camera.ending.is_set():
                        self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" %
                                         len(camera.picture) + camera.picture + b"\r\n")
                        camera.ending.wait(.02)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                camera.posts.put((dict(self.headers), body))
                self.send_response(camera.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.ending = threading.Event()
        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()


class Watching:
    """A running `brink camera`: its lines as they come, its log."""

    def __init__(self, *arguments, environment=None, model=DIGITS):
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([BRINK, "camera", *map(str, arguments), "--model", str(model)], stdout=subprocess.PIPE,
                                        stderr=self._log, env={**os.environ, **(environment or {})})
        self.lines = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def log(self):
        if self._log.closed:
            return self.final_log
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")

    def next(self, seconds=40 * PATIENCE):
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"no line in {seconds} s\n{self.log()}") from None

    def await_log(self, text, seconds=40 * PATIENCE):
        deadline = time.monotonic() + seconds
        while text not in self.log():
            if time.monotonic() > deadline:
                raise AssertionError(f"'{text}' is not in the log\n{self.log()}")
            time.sleep(.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(30 * PATIENCE)
        finally:
            self.process.kill()
            self._reader.join()
            self.process.stdout.close()
        self.final_log = self.log()
        self._log.close()


class Peers(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_a_stream_of_jpegs_is_seen_and_found_again_after_it_broke(self):
        with HttpCamera() as camera:
            port = camera.port
            watching = self.enterContext(Watching(f"http://user:secret@127.0.0.1:{port}/stream", "--every-frame"))
            first = watching.next()
            self.assertEqual({"width": 320, "height": 240}, first["image"])
            self.assertEqual(f"http://127.0.0.1:{port}/stream", first["source"])
        watching.await_log("camera lost")
        while not watching.lines.empty():
            watching.lines.get()
        with HttpCamera(port):
            self.assertGreater(watching.next()["frame"], first["frame"])
        self.assertNotIn("secret", watching.log())

    def test_a_picture_is_asked_for_again_and_again(self):
        with HttpCamera() as camera, Watching(f"{camera.url}/still.png", "--fps", 50, "--every-frame") as watching:
            labels = {watching.next()["classifications"][0]["label"] for _ in range(10)}
        self.assertGreater(len(labels), 3)
        self.assertEqual(0, watching.status)

    def rtsp_server(self, port):
        server = subprocess.Popen(["/usr/bin/python3", "-c", RTSP_SERVER, str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.stderr.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        if server.stdout.readline() != b"ready\n":
            self.skipTest("no gst-rtsp-server: " + server.stderr.read().decode()[-200:])
        return server

    def test_an_rtsp_server_is_watched_and_found_again_after_it_was_killed(self):
        port = free_port()
        server = self.rtsp_server(port)
        with Watching(f"rtsp://127.0.0.1:{port}/cam", "--every-frame", "--name", "yard") as watching:
            first = watching.next()
            self.assertEqual(("yard", {"width": 320, "height": 240}), (first["source"], first["image"]))
            server.kill()
            server.wait()
            watching.await_log("camera lost")
            while not watching.lines.empty():
                watching.lines.get()
            self.rtsp_server(port)
            self.assertGreater(watching.next()["frame"], first["frame"])
        self.assertEqual(0, watching.status)

    def test_events_are_posted_as_signed_cloud_events(self):
        with HttpCamera() as receiver:
            model, film = self.mask_film()
            done = run("camera", film, "--once", "--model", model, "--name", "door", "--webhook", receiver.url + "/hook",
                       "--zone", "all=0,0,1,0,1,1,0,1", environment={"BRINK_WEBHOOK_SECRET": "hush"})
            self.assertEqual(0, done.returncode, done.stderr)
            kinds = []
            while not receiver.posts.empty():
                headers, body = receiver.posts.get()
                event = json.loads(body)
                kinds.append(event["type"])
                self.assertEqual("sha256=" + hmac.new(b"hush", body, hashlib.sha256).hexdigest(), headers["X-Brink-Signature"])
                self.assertEqual("application/cloudevents+json; charset=utf-8", headers["Content-Type"])
                self.assertEqual(("1.0", "/cameras/door"), (event["specversion"], event["source"]))
                self.assertIn(event["data"]["label"], ("Mask", "NoMask"))
        self.assertIn("brink.camera.start", kinds)
        self.assertIn("brink.camera.enter", kinds)

    def mask_film(self):
        from camera_test import FACES, ffmpeg
        from setting import MASK_MODEL
        if not MASK_MODEL.is_file():
            self.skipTest(f"no {MASK_MODEL}")
        film = self.folder / "film.mp4"
        ffmpeg("-loop", 1, "-framerate", 5, "-t", 1, "-i", FACES, "-vf", "scale=640:-2", "-pix_fmt", "yuv420p", "-crf", 16, film)
        return MASK_MODEL, film

    def test_events_wait_for_the_webhook_over_a_restart(self):
        model, film = self.mask_film()
        port, spool = free_port(), self.folder / "spool"
        hook = ["--webhook", f"http://127.0.0.1:{port}/", "--spool", spool, "--model", model, "--name", "door"]
        done = run("camera", film, "--once", *hook)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("events wait", done.stderr)
        waiting = sorted((spool / "door-webhook").iterdir())
        self.assertTrue(waiting)
        wanted = [json.loads(path.read_text()) for path in waiting]
        with HttpCamera(port) as receiver:
            with Watching("test:", *hook[:-4], "--name", "door", "--jsonl", "-"):
                got = [json.loads(receiver.posts.get(timeout=40 * PATIENCE)[1])["data"] for _ in waiting]
        self.assertEqual(wanted, got)
        self.assertEqual([], list((spool / "door-webhook").iterdir()))


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


class Live(unittest.TestCase):
    def get(self, url, **headers):
        try:
            with OPEN(urllib.request.Request(url, headers=headers), timeout=30 * PATIENCE) as answer:
                return answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], error.read()

    def test_a_browser_sees_page_pictures_and_state_with_the_token(self):
        port = free_port()
        with Watching("test:320x240@50", "--name", "door", "--live", port, "--live-token", "t k",
                      "--every-frame", "--jsonl", "-") as watching:
            watching.next()
            base = f"http://127.0.0.1:{port}"
            self.assertEqual(401, self.get(base + "/")[0])
            self.assertEqual(401, self.get(base + "/live/snapshot.jpg?token=nope")[0])
            status, kind, body = self.get(base + "/?token=t+k")
            self.assertEqual((200, "text/html; charset=utf-8"), (status, kind))
            self.assertIn(b"/live/snapshot.jpg", body)
            status, kind, body = self.get(base + "/live/snapshot.jpg?camera=door", Authorization="Bearer t k")
            self.assertEqual((200, "image/jpeg", b"\xff\xd8\xff"), (status, kind, body[:3]))
            self.assertEqual(404, self.get(base + "/live/snapshot.jpg?camera=no&token=t%20k")[0])
            cameras = json.loads(self.get(base + "/v1/cameras?token=t+k")[2])["cameras"]
            self.assertEqual(("door", "running"), (cameras[0]["name"], cameras[0]["state"]))
            self.assertIn("classifications", cameras[0]["last"])
            self.assertIn(b'brink_camera_up{camera="door"} 1', self.get(base + "/metrics")[2])
        self.assertEqual(0, watching.status)

    def test_no_images_keeps_pictures_in(self):
        port = free_port()
        with Watching("test:", "--live", port, "--no-images", "--jsonl", "-") as watching:
            watching.next()
            self.assertEqual(403, self.get(f"http://127.0.0.1:{port}/live/snapshot.jpg")[0])
            self.assertEqual(200, self.get(f"http://127.0.0.1:{port}/v1/cameras")[0])

    def test_a_deployment_serves_and_watches(self):
        text = f"""
apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata: {{name: till}}
spec:
  predictors:
  - name: default
    graph:
      name: digits
      implementation: TFLITE_SERVER
      modelUri: {DIGITS}
      parameters:
      - {{name: camera, type: STRING, value: "test:320x240@20"}}
      - {{name: camera_token, type: STRING, value: secret}}
"""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            with BrinkProcess(BRINK, ["up", "-f", file.name]) as server:
                deadline = time.monotonic() + 40
                while b'brink_camera_up{camera="digits"} 1' not in server.get("/metrics")[1]:
                    self.assertLess(time.monotonic(), deadline, server.log())
                    time.sleep(.02)
                self.assertEqual(200, server.post("/api/v1.0/predictions", picture_message(digit_png(3)))[0])
                self.assertEqual(401, server.get("/live")[0])
                status, body = server.get("/live/snapshot.jpg?token=secret")
                self.assertEqual((200, b"\xff\xd8\xff"), (status, body[:3]))
                self.assertEqual(0, server.stop())


if __name__ == "__main__":
    if shutil.which("ffmpeg") is None:
        print("skipped: no ffmpeg")
        sys.exit(77)
    unittest.main()
