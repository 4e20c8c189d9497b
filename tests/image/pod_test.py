"""The pods that Seldon's operator makes, with brink's images: the storage initialiser, then the server, with exactly their
environment and arguments, as user 8888, root and model read-only; preStop; SIGTERM. pod_test.py ARCH...

For root: the pods get a network of their own, where github.com is a server of this test. `./dev test image` runs it.
"""

import base64
import gzip
import http.client
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import container
import isolation
import yaml

SHARED = pathlib.Path(os.environ.get("BRINK_SHARED") or container.ROOT.parent / "shared")
MODEL = SHARED / "models/face_mask_detection.tflite"
ARCHITECTURES = sys.argv[1:] or ["amd64"]
# Recorded by Seldon's Python server with this model.
RECORDED = ["tflite_ndarray", "tflite_v01", "tflite_mp_data", "tflite_str"]
PROXIED = {"tflite_str": 400}  # docs/seldon-differences.md: the client's mistakes are 4xx


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = MODEL.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve_site(folder):
    """https://github.com on loopback; the file with its certificate."""
    pem = folder / "site.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=github.com",
                    "-addext", "subjectAltName=DNS:github.com", "-keyout", str(folder / "key.pem"), "-out", str(pem)],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, folder / "key.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), Site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pem.chmod(0o644)
    return pem


def pod_of(name):
    return yaml.safe_load((SHARED / "kubernetes" / name).read_text())["spec"]["template"]


def record(name):
    with open(SHARED / "seldon/rest.jsonl", encoding="utf-8") as file:
        found = next(r for r in map(json.loads, file) if r["name"] == name)
    def body(kind):
        path = found.get(f"{kind}_body_file")
        return gzip.decompress((SHARED / "seldon" / path).read_bytes()) if path else found[f"{kind}_body"].encode()
    return found, body("request"), body("response")


def ask(method, path, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", 9000, timeout=120)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    with connection.sock or answer:
        return answer.status, answer.read()


def await_port(port, process, seconds=60):
    """As a TCP probe of the kubelet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"port {port} does not listen; exit status {process.poll()}")


def flat(nested):
    return [x for item in nested for x in flat(item)] if isinstance(nested, list) else [nested]


def numbers(data):
    return data["tensor"]["values"] if "tensor" in data else flat(data["ndarray"])


class PodTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.work.name)
        cls.folder.chmod(0o755)
        cls.certificate = serve_site(cls.folder)
        (cls.folder / "hosts").write_text("127.0.0.1 localhost github.com\n")
        (cls.folder / "annotations").write_text('prometheus.io/path="/prometheus"\nseldon.io/no-engine="true"\n')
        (cls.folder / "face").mkdir()
        (cls.folder / "face/mask.tflite").write_bytes(MODEL.read_bytes())
        cls.unpacked = {}
        for arch in ARCHITECTURES:
            for name, manifest in container.images(arch).items():
                cls.unpacked[arch, name] = container.Image(manifest, arch, cls.folder / arch / name.replace(":", "-"))

    @classmethod
    def tearDownClass(cls):
        cls.work.cleanup()

    def mounts(self, spec, models):
        """The container's mounts as the pod's volumes are here; the network's files, as a kubelet gives them."""
        here = {"/mnt/models": models, "/mnt/pvc": self.folder}
        found = [(self.folder / "hosts", "/etc/hosts", True),
                 (self.certificate, "/etc/ssl/certs/ca-certificates.crt", True)]
        for mount in spec["volumeMounts"]:
            if mount["mountPath"] in here:
                found.append((here[mount["mountPath"]], mount["mountPath"], mount.get("readOnly", False)))
        return found

    def serve(self, image, pod, models):
        """Initialiser, server, recorded requests, preStop, SIGTERM."""
        (initializer,), (server,) = pod["spec"]["initContainers"], pod["spec"]["containers"]
        status, output = image.run(initializer["args"], {}, self.mounts(initializer, models))
        self.assertEqual(status, 0, output)
        environment = {variable["name"]: variable["value"] for variable in server["env"]}
        with open(self.folder / "server.log", "wb") as log:
            with image.start([], environment, self.mounts(server, models), log) as running:
                await_port(9000, running.process)
                has_grpc = "-rest" not in image.root.name
                for port in [6000] + [9500] * has_grpc:
                    await_port(port, running.process)
                self.replay()
                self.show_a_picture()
                self.assertEqual(running.stop(), 0, (self.folder / "server.log").read_text())

    def replay(self):
        for name in RECORDED:
            found, request, response = record(name)
            headers = {key: value for key, value in found["request_headers"] if key.lower() != "host"}
            status, body = ask(found["method"], found["path"], request, headers)
            self.assertEqual(status, PROXIED.get(name, found["status"]), f"{name}: {body[:300]}")
            if status == 200:
                want, got = json.loads(response), json.loads(body)
                self.assertEqual(got["data"]["names"], want["data"]["names"])
                pairs = zip(numbers(want["data"]), numbers(got["data"]), strict=True)
                worst = max(abs(a - b) for a, b in pairs)
                self.assertLess(worst, 1e-4, name)

    def show_a_picture(self):
        """As docs/seldon.md ends: a JPEG by curl."""
        picture = base64.b64encode((SHARED / "images/demo2.jpg").read_bytes()).decode()
        done = subprocess.run(["curl", "-s", "localhost:9000/api/v1.0/predictions", "-H", "Content-Type: application/json", "-d", "@-"],
                              input=json.dumps({"binData": picture}).encode(), capture_output=True, check=True)
        labels = [seen["label"] for seen in json.loads(done.stdout)["jsonData"]["detections"]]
        self.assertEqual(labels, ["Mask"], done.stdout)

    def each_image(self, *variants):
        for (arch, name), image in self.unpacked.items():
            if name.split(":")[0] not in (variants or ("brink", "brink-rest", "brink-camera")):
                continue
            with self.subTest(arch=arch, image=name):
                models = self.folder / f"models-{arch}-{image.root.name}"
                models.mkdir(exist_ok=True)
                models.chmod(0o777)
                yield image, models
                for left in models.iterdir():
                    left.unlink()

    def test_the_pod_with_a_model_from_the_web_serves(self):
        for image, models in self.each_image("brink", "brink-rest"):
            self.serve(image, pod_of("deploy.yaml"), models)

    def test_the_pod_with_a_model_from_a_volume_claim_serves(self):
        for image, models in self.each_image("brink"):
            self.serve(image, pod_of("pvc-deploy.yaml"), models)

    def test_pre_stop_finds_its_shell_and_its_sleep(self):
        for image, _ in self.each_image():
            if image.emulator:
                self.skipTest("this kernel cannot let a foreign shell start a foreign program")
            command = pod_of("deploy.yaml")["spec"]["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
            done = image.exec([part.replace("10", "0") for part in command])
            self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_the_camera_image_sees_a_film(self):
        film = self.folder / "film.mkv"
        subprocess.run(["ffmpeg", "-loglevel", "error", "-y", "-loop", "1", "-i", str(SHARED / "images/demo2.jpg"), "-vf",
                        "scale=640:-2,format=yuv420p", "-frames:v", "3", "-c:v", "libx264", str(film)], check=True)
        for image, models in self.each_image("brink-camera"):
            if image.emulator:
                self.skipTest("this kernel cannot let a foreign brink start a foreign ffmpeg")
            (models / "mask.tflite").write_bytes(MODEL.read_bytes())
            status, output = image.run(["camera", "/mnt/pvc/film.mkv", "--once", "--model", "/mnt/models/mask.tflite", "--jsonl", "-"],
                                       {}, [(self.folder, "/mnt/pvc", True), (models, "/mnt/models", True)], seconds=300)
            self.assertEqual(status, 0, output)
            lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
            self.assertEqual([line["frame"] for line in lines], [0, 1, 2], output)
            for line in lines:
                self.assertIn("Mask", {seen["label"] for seen in line["detections"]}, output)

    def test_an_image_lists_what_is_in_it(self):
        for image, _ in self.each_image():
            bill = json.loads((image.root / "usr/share/sbom/brink.spdx.json").read_text())
            self.assertEqual(bill["spdxVersion"], "SPDX-2.3")
            names = {package["name"]: package["versionInfo"] for package in bill["packages"]}
            self.assertIn("libc6", names)
            self.assertTrue(all(names.values()), names)
            self.assertEqual("libgrpc-dev" in names, "-rest" not in image.root.name)
            self.assertEqual("ffmpeg" in names, "-camera" in image.root.name)


if __name__ == "__main__":
    if not MODEL.exists():
        print(f"skipped: {SHARED} holds no models")
        sys.exit(77)
    isolation.enter()
    unittest.main(argv=sys.argv[:1], verbosity=2)
