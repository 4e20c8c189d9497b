"""brink camera's live view over HTTP: pages, pictures, streams of them, events as they happen; beside a server too."""

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from setting import BRINK, DIGITS, MASK_MODEL, PATIENCE, ROOT, BrinkProcess, digit_png, free_port, picture_message, wait_until
from watching import Watching

OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
FACES = ROOT / "docs/pictures/faces.png"
MOST_VIEWERS = 16


def get(url, **headers):
    try:
        with OPEN(urllib.request.Request(url, headers=headers), timeout=30 * PATIENCE) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read()


@contextlib.contextmanager
def stream(port, path, **headers):
    """The answer to a GET, its body to be read as it comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30 * PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        yield connection.getresponse()


def next_part(answer, boundary):
    """The next picture of a multipart body that stands before a boundary."""
    line = answer.readline()
    while line == b"\r\n":
        line = answer.readline()
    assert line == b"--" + boundary + b"\r\n", line
    headers = {}
    for line in iter(answer.readline, b"\r\n"):
        name, value = line.decode().rstrip().split(": ")
        headers[name] = value
    assert headers["Content-Type"] == "image/jpeg", headers
    return answer.read(int(headers["Content-Length"]))


def next_event(answer):
    """(id, event) of the next of server-sent events."""
    fields = {}
    while True:
        line = answer.readline().decode()
        assert line.endswith("\n"), f"the stream ended in {line!r}"
        if line == "\n":
            if "data" in fields:
                return fields["id"], json.loads(fields["data"])
            fields = {}
        elif not line.startswith(":"):
            name, value = line.rstrip("\n").split(": ", 1)
            fields[name] = value


class Live(unittest.TestCase):
    def test_a_browser_sees_page_pictures_and_state_with_the_token(self):
        port = free_port()
        with Watching("test:320x240@50", "--name", "door", "--live", port, "--live-token", "t k",
                      "--every-frame", "--jsonl", "-") as watching:
            watching.next()
            base = f"http://127.0.0.1:{port}"
            self.assertEqual(401, get(base + "/")[0])
            self.assertEqual(401, get(base + "/live/snapshot.jpg?token=nope")[0])
            status, kind, body = get(base + "/?token=t+k")
            self.assertEqual((200, "text/html; charset=utf-8"), (status, kind))
            self.assertIn(b"/live/snapshot.jpg", body)
            status, kind, body = get(base + "/live/snapshot.jpg?camera=door", Authorization="Bearer t k")
            self.assertEqual((200, "image/jpeg", b"\xff\xd8\xff"), (status, kind, body[:3]))
            self.assertEqual(404, get(base + "/live/snapshot.jpg?camera=no&token=t%20k")[0])
            cameras = json.loads(get(base + "/v1/cameras?token=t+k")[2])["cameras"]
            self.assertEqual(("door", "running"), (cameras[0]["name"], cameras[0]["state"]))
            self.assertIn("classifications", cameras[0]["last"])
            self.assertIn(b'brink_camera_up{camera="door"} 1', get(base + "/metrics")[2])
        self.assertEqual(0, watching.status)

    def test_no_images_keeps_pictures_in(self):
        port = free_port()
        with Watching("test:", "--live", port, "--no-images", "--jsonl", "-") as watching:
            watching.next()
            self.assertEqual(403, get(f"http://127.0.0.1:{port}/live/snapshot.jpg")[0])
            self.assertEqual(200, get(f"http://127.0.0.1:{port}/v1/cameras")[0])

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
                self.assertEqual(404, server.get("/events?token=secret")[0], "short paths are the server's")
                with stream(server.port, "/live/stream.mjpg?token=secret") as answer:
                    boundary = answer.headers["Content-Type"].split("boundary=")[1].encode()
                    self.assertEqual(b"\xff\xd8\xff", next_part(answer, boundary)[:3])
                    self.assertEqual(0, server.stop(), "whoever looks holds nothing up")


class Streams(unittest.TestCase):
    def watching(self, *arguments, source="test:320x240@50", **more):
        self.port = free_port()
        watching = self.enterContext(Watching(source, "--name", "door", "--every-frame", "--live", self.port, "--jsonl", "-",
                                              *arguments, **more))
        watching.next()
        return watching

    def test_pictures_come_one_after_another(self):
        watching = self.watching()
        with stream(self.port, "/live/stream.mjpg?camera=door") as answer:
            self.assertEqual((200, "chunked"), (answer.status, answer.headers["Transfer-Encoding"]))
            kind, boundary = answer.headers["Content-Type"].split("; boundary=")
            self.assertEqual("multipart/x-mixed-replace", kind)
            pictures = [next_part(answer, boundary.encode()) for _ in range(3)]
        for picture in pictures:
            self.assertEqual((b"\xff\xd8\xff", b"\xff\xd9"), (picture[:3], picture[-2:]))
        self.assertEqual(3, len(set(pictures)), "the scene moves")
        with stream(self.port, "/live/stream.mjpg") as answer:
            watching.process.terminate()
            with contextlib.suppress(http.client.IncompleteRead, ConnectionError):
                answer.read()  # until it ends
        self.assertEqual(0, watching.process.wait(20 * PATIENCE))

    def test_http_1_0_gets_bare_parts(self):
        self.watching()
        with socket.create_connection(("127.0.0.1", self.port), timeout=30 * PATIENCE) as client:
            client.sendall(b"GET /live/stream.mjpg HTTP/1.0\r\n\r\n")
            body = client.makefile("rb")
            head = [line.lower() for line in iter(body.readline, b"\r\n")]
            self.assertIn(b"connection: close\r\n", head)
            self.assertFalse([line for line in head if line.startswith(b"transfer-encoding")])
            boundary = next(line for line in head if b"boundary=" in line).split(b"boundary=")[1].strip()
            for _ in range(2):
                self.assertEqual(b"\xff\xd8\xff", next_part(body, boundary)[:3])

    def test_brink_itself_reads_it(self):
        self.watching()
        with Watching(f"http://127.0.0.1:{self.port}/live/stream.mjpg", "--every-frame", "--jsonl", "-") as other:
            seen = [other.next() for _ in range(3)]
        self.assertEqual({"width": 320, "height": 240}, seen[-1]["image"])

    @unittest.skipIf(shutil.which("ffmpeg") is None, "no ffmpeg")
    def test_ffmpeg_reads_it(self):
        self.watching()
        done = subprocess.run(["ffmpeg", "-nostdin", "-loglevel", "error", "-i", f"http://127.0.0.1:{self.port}/live/stream.mjpg",
                               "-frames:v", "2", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True,
                              timeout=60 * PATIENCE, check=False, env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(2 * 320 * 240 * 3, len(done.stdout), done.stderr)

    def test_strangers_and_too_many_are_refused(self):
        self.watching("--live-token", "see")
        url = f"http://127.0.0.1:{self.port}"
        for path in ("/live/stream.mjpg", "/v1/events/stream", "/events", "/snapshot.jpg"):
            self.assertEqual(401, get(url + path)[0])
            self.assertEqual(401, get(url + path + "?token=guess")[0])
        with contextlib.ExitStack() as stack:
            for _ in range(MOST_VIEWERS):
                answer = stack.enter_context(stream(self.port, "/live/stream.mjpg?token=see"))
                self.assertEqual(200, answer.status)
            status, _, reason = get(url + "/live/stream.mjpg?token=see")
            self.assertEqual(503, status)
            self.assertIn(b"16 watch already", reason)
            self.assertEqual(200, get(url + "/snapshot.jpg?token=see")[0])

        def free_again():
            with stream(self.port, "/live/stream.mjpg", Authorization="Bearer see") as one:
                return one.status == 200
        wait_until(free_again)

    def test_no_images_holds_for_streams(self):
        self.watching("--no-images")
        self.assertEqual(403, get(f"http://127.0.0.1:{self.port}/live/stream.mjpg")[0])
        with stream(self.port, "/events") as answer:
            self.assertEqual((200, "text/event-stream"), (answer.status, answer.headers["Content-Type"]))
            self.assertTrue(answer.readline().startswith(b":"), "something comes at once")

    @unittest.skipUnless(MASK_MODEL.is_file(), f"no {MASK_MODEL}")
    def test_events_come_as_they_happen_and_resume(self):
        self.watching("--fps", 10, "--zone", "all=0,0,1,0,1,1,0,1", "--dwell", ".5", source=FACES, model=MASK_MODEL)
        with stream(self.port, "/v1/events/stream", **{"Last-Event-ID": "of another run"}) as answer:
            events = [next_event(answer)]
            while events[-1][1]["type"] != "dwell":
                events.append(next_event(answer))
        self.assertEqual("start", events[0][1]["type"])
        self.assertEqual(len(events), len({number for number, _ in events}))
        kept = json.loads(get(f"http://127.0.0.1:{self.port}/v1/events")[2])["events"]
        self.assertEqual([event for _, event in events], kept[:len(events)])
        with stream(self.port, "/events", **{"Last-Event-ID": events[0][0]}) as answer:
            self.assertEqual(events[1:], [next_event(answer) for _ in events[1:]])


if __name__ == "__main__":
    unittest.main()
