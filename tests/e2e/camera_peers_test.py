"""brink camera with real peers: HTTP cameras, an RTSP server, a webhook's receiver."""

import contextlib
import hashlib
import hmac
import http.server
import json
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from setting import PATIENCE, digit_png, free_port, run
from watching import Watching

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


if __name__ == "__main__":
    if shutil.which("ffmpeg") is None:
        print("skipped: no ffmpeg")
        sys.exit(77)
    unittest.main()
