"""brink fetch against other people's servers: S3 (moto), Azure (Azurite), Google (fake-gcs-server), a registry, rclone."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PEERS = pathlib.Path(os.environ.get("BRINK_PEERS") or ROOT / "build/peers")
BRINK = os.environ["BRINK_BINARY"]
MODEL = (ROOT / "models/digits/digits.tflite").read_bytes()
LARGE = hashlib.shake_128(b"brink").digest(40_000_000)
FILES = {"face/1/model.tflite": MODEL, "face/1/card with space.yaml": b"card", "face/large.bin": LARGE, "face-old/x": b"x"}
FACE = {name.removeprefix("face/"): body for name, body in FILES.items() if name.startswith("face/")}
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def ask(method, url, body=None, headers=None):
    request = urllib.request.Request(url, body, headers or {}, method=method)
    with _open(request, timeout=60) as answer:
        return answer.status, dict(answer.headers), answer.read()


class Server:
    """A command that listens on a free port, which it is told; a context manager."""

    def __init__(self, command, environment=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command(self.port), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env={**os.environ, **(environment or {})})

    def __enter__(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        said = os.pread(self.log.fileno(), 4000, 0).decode(errors="replace")
        self.__exit__()
        raise AssertionError("no server: " + said)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Peer(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.models = self.folder / "models"

    def fetch(self, uri, *arguments, **environment):
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith(("AWS_", "S3_", "AZURE_", "GOOGLE_", "RCLONE_"))}
        shutil.rmtree(self.models, ignore_errors=True)
        done = subprocess.run([BRINK, "fetch", uri, str(self.models), "--fetch-patience-s", "5", *map(str, arguments)],
                              capture_output=True, timeout=120, env={**clean, **environment})
        return done.returncode, done.stderr.decode()

    def content(self):
        return {str(path.relative_to(self.models)): path.read_bytes()
                for path in sorted(self.models.rglob("*")) if path.is_file() and ".brink-fetch" not in path.parts}

    def assert_fetches(self, wanted, uri, *arguments, **environment):
        code, text = self.fetch(uri, *arguments, **environment)
        self.assertEqual(0, code, text)
        got = self.content()
        self.assertEqual({name: len(body) for name, body in wanted.items()}, {name: len(body) for name, body in got.items()})
        self.assertTrue(wanted == got)
        return text

    def assert_fails(self, code, text, uri, *arguments, secret=None, **environment):
        got, said = self.fetch(uri, *arguments, **environment)
        self.assertEqual(code, got, said)
        self.assertIn(text, said)
        if secret:
            self.assertNotIn(secret, said)
        self.assertEqual({}, self.content())


@unittest.skipUnless((PEERS / "venv/bin/moto_server").exists(), f"no moto in {PEERS}")
class S3(Peer):
    KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "very-secret"}

    def setUp(self):
        super().setUp()
        command = [str(PEERS / "venv/bin/moto_server"), "-H", "127.0.0.1", "-p"]
        self.server = self.enterContext(Server(lambda port: [*command, str(port)]))
        script = ("import boto3, json, sys\n"
                  "s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='a', aws_secret_access_key='b')\n"
                  "s3.create_bucket(Bucket='models')\n"
                  "for name, path in json.load(sys.stdin).items(): s3.upload_file(path, 'models', name, {'ACL': 'public-read'} if 'old' in name else {})\n"
                  "for n in range(1100): s3.put_object(Bucket='models', Key='many/%04d' % n, Body=b'')\n")
        paths = {}
        for number, (name, body) in enumerate(FILES.items()):
            paths[name] = str(self.folder / str(number))
            pathlib.Path(paths[name]).write_bytes(body)
        subprocess.run([PEERS / "venv/bin/python", "-c", script, self.server.url], input=json.dumps(paths), text=True, check=True,
                       env={**os.environ, "no_proxy": "127.0.0.1"})

    def test_objects_and_folders_arrive(self):
        endpoint = {"AWS_ENDPOINT_URL": self.server.url, **self.KEYS}
        self.assert_fetches(FACE, "s3://models/face", **endpoint)
        self.assert_fetches({"model.tflite": MODEL}, "s3://models/face/1/model.tflite", **endpoint)
        kserve = {"S3_ENDPOINT": self.server.url.removeprefix("http://"), "S3_USE_HTTPS": "0", **self.KEYS}
        self.assert_fetches(FACE, "s3://models/face/", **kserve, AWS_SESSION_TOKEN="token")
        self.assert_fetches({"x": b"x"}, "s3://models/face-old", **endpoint)
        # Everybody may read this one, nobody may list.
        self.assert_fetches({"x": b"x"}, "s3://models/face-old/x", AWS_ENDPOINT_URL=self.server.url)
        self.assert_fails(4, "HTTP 403", "s3://models/face/1/model.tflite", AWS_ENDPOINT_URL=self.server.url)
        self.assertEqual(0, self.fetch("s3://models/many", **endpoint)[0])
        self.assertEqual(1100, len(self.content()))
        self.assert_fails(3, "no object and no folder", "s3://models/fac", **endpoint)
        self.assert_fails(3, "NoSuchBucket", "s3://nowhere/x", secret="very-secret", **endpoint)
        self.assert_fails(7, "limit of 1000 files", "s3://models/many", "--max-files", "1000", **endpoint)

    def test_rclone_s_environment_as_seldon_passes_it(self):
        remote = {"RCLONE_CONFIG_S3_TYPE": "s3", "RCLONE_CONFIG_S3_ENDPOINT": self.server.url, "RCLONE_CONFIG_S3_PROVIDER": "Minio",
                  "RCLONE_CONFIG_S3_ACCESS_KEY_ID": "a", "RCLONE_CONFIG_S3_SECRET_ACCESS_KEY": "b"}
        self.assert_fetches(FACE, "s3:models/face", **remote)
        self.assert_fetches(FACE, "s3://models/face", **remote)

    def test_equal_files_of_a_new_version_cost_no_download(self):
        endpoint = {"AWS_ENDPOINT_URL": self.server.url, **self.KEYS, "BRINK_CACHE": str(self.folder / "cache")}
        self.assertIn("cached=false", self.assert_fetches(FACE, "s3://models/face", **endpoint))
        self.assertIn("cached=true", self.assert_fetches({"large.bin": LARGE}, "s3://models/face/large.bin", **endpoint))
        self.server.process.terminate()
        self.server.process.wait()
        text = self.assert_fetches(FACE, "s3://models/face", **endpoint)
        self.assertIn("cannot be reached", text)

    def test_a_mounted_secret_is_read(self):
        for name, value in self.KEYS.items():
            (self.folder / name).write_text(value + "\n")
        self.assert_fetches({"x": b"x"}, "s3://models/face-old/x", AWS_ENDPOINT_URL=self.server.url,
                            BRINK_SECRETS_DIR=str(self.folder))


@unittest.skipUnless((PEERS / "npm/node_modules/.bin/azurite-blob").exists(), f"no azurite in {PEERS}")
class Azure(Peer):
    ACCOUNT = "devstoreaccount1"
    KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # Azurite's own

    def sas(self):
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 600))
        text = f"{self.ACCOUNT}\nrwdlac\nb\nsco\n\n{end}\n\n\n2018-11-09\n"
        signature = base64.b64encode(hmac.digest(base64.b64decode(self.KEY), text.encode(), "sha256")).decode()
        return urllib.parse.urlencode({"sp": "rwdlac", "ss": "b", "srt": "sco", "se": end, "sv": "2018-11-09", "sig": signature})

    def setUp(self):
        super().setUp()
        azurite = [str(PEERS / "npm/node_modules/.bin/azurite-blob"), "--silent", "--inMemoryPersistence",
                   "--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort"]
        self.server = self.enterContext(Server(lambda port: [*azurite, str(port)]))
        self.endpoint = f"{self.server.url}/{self.ACCOUNT}"
        ask("PUT", f"{self.endpoint}/models?restype=container&{self.sas()}", b"")
        for name, body in FILES.items():
            ask("PUT", f"{self.endpoint}/models/{urllib.parse.quote(name)}?{self.sas()}", body,
                {"x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream"})

    def test_every_kind_of_credential_is_taken(self):
        connection = f"AccountName={self.ACCOUNT};AccountKey={self.KEY};BlobEndpoint={self.endpoint};"
        account = {"AZURE_STORAGE_ACCOUNT": self.ACCOUNT, "AZURE_STORAGE_BLOB_ENDPOINT": self.endpoint}
        for environment in ({"AZURE_STORAGE_CONNECTION_STRING": connection}, {**account, "AZURE_STORAGE_ACCESS_KEY": self.KEY},
                            {**account, "AZURE_STORAGE_SAS_TOKEN": "?" + self.sas()}):
            for uri in ("az://models/face", "abfs://models@devstoreaccount1.dfs.core.windows.net/face",
                        "https://devstoreaccount1.blob.core.windows.net/models/face"):
                with self.subTest(uri, keys=list(environment)):
                    self.assert_fetches(FACE, uri, **environment)
        remote = {"RCLONE_CONFIG_AZ_TYPE": "azureblob", "RCLONE_CONFIG_AZ_ACCOUNT": self.ACCOUNT, "RCLONE_CONFIG_AZ_KEY": self.KEY,
                  "RCLONE_CONFIG_AZ_ENDPOINT": self.endpoint}
        self.assert_fetches({"model.tflite": MODEL}, "az:models/face/1/model.tflite", **remote)

    def test_what_is_wrong_is_said_without_the_secret(self):
        account = {"AZURE_STORAGE_ACCOUNT": self.ACCOUNT, "AZURE_STORAGE_BLOB_ENDPOINT": self.endpoint}
        wrong = base64.b64encode(b"wrong").decode()
        self.assert_fails(4, "HTTP 403", "az://models/face", secret=wrong, **account, AZURE_STORAGE_ACCESS_KEY=wrong)
        self.assert_fails(3, "HTTP 404", "az://nowhere/face", **account, AZURE_STORAGE_ACCESS_KEY=self.KEY)


@unittest.skipUnless((PEERS / "bin/fake-gcs-server").exists(), f"no fake-gcs-server in {PEERS}")
class Google(Peer):
    def setUp(self):
        super().setUp()
        for name, body in FILES.items():
            path = self.folder / "data/models" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        command = [str(PEERS / "bin/fake-gcs-server"), "-scheme", "http", "-host", "127.0.0.1", "-backend", "memory", "-data",
                   str(self.folder / "data"), "-port"]
        self.server = self.enterContext(Server(lambda port: [*command, str(port)]))

    def test_objects_and_folders_arrive(self):
        emulator = {"STORAGE_EMULATOR_HOST": self.server.url}
        self.assert_fetches(FACE, "gs://models/face", **emulator)
        self.assert_fetches({"model.tflite": MODEL}, "gs://models/face/1/model.tflite", **emulator)
        self.assert_fails(3, "no object and no folder", "gs://models/fac", **emulator)
        remote = {"RCLONE_CONFIG_GS_TYPE": "google cloud storage", "RCLONE_CONFIG_GS_ANONYMOUS": "true",
                  "RCLONE_CONFIG_GS_ENDPOINT": self.server.url + "/storage/v1/"}
        self.assert_fetches(FACE, "gs:models/face", **remote)


@unittest.skipUnless(shutil.which("docker-registry"), "no docker-registry")
class Registry(Peer):
    def setUp(self):
        super().setUp()
        storage = {"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": str(self.folder / "registry"), "REGISTRY_STORAGE": "filesystem"}
        config = self.folder / "config.yml"

        def command(port):
            config.write_text(f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {self.folder}/registry}}}}\n"
                              f"http: {{addr: '127.0.0.1:{port}'}}\n")
            return ["docker-registry", "serve", str(config)]
        self.server = self.enterContext(Server(command, storage))

    def blob(self, body):
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        location = ask("POST", f"{self.server.url}/v2/models/face/blobs/uploads/", b"")[1]["Location"]
        ask("PUT", location + ("&" if "?" in location else "?") + urllib.parse.urlencode({"digest": digest}), body,
            {"Content-Type": "application/octet-stream"})
        return {"digest": digest, "size": len(body), "mediaType": "application/octet-stream"}

    def push(self, tag, layers, config="application/vnd.unknown.config.v1+json"):
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest = {"schemaVersion": 2, "mediaType": kind, "config": {**self.blob(b"{}"), "mediaType": config}, "layers": layers}
        ask("PUT", f"{self.server.url}/v2/models/face/manifests/{tag}", json.dumps(manifest).encode(), {"Content-Type": kind})

    def test_artifacts_and_modelcars_arrive(self):
        title = "org.opencontainers.image.title"
        self.push("v1", [{**self.blob(MODEL), "annotations": {title: "model.tflite"}},
                         {**self.blob(LARGE), "annotations": {title: "large.bin"}}])
        place = f"oci://127.0.0.1:{self.server.port}/models/face"
        self.assert_fetches({"model.tflite": MODEL, "large.bin": LARGE}, place + ":v1")
        (self.folder / "image/models").mkdir(parents=True)
        (self.folder / "image/models/m.tflite").write_bytes(MODEL)
        (self.folder / "image/etc").mkdir()
        (self.folder / "image/etc/link").symlink_to("/etc/passwd")
        archive = pathlib.Path(shutil.make_archive(str(self.folder / "layer"), "gztar", self.folder / "image"))
        layer = {**self.blob(archive.read_bytes()), "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}
        self.push("car", [layer], "application/vnd.oci.image.config.v1+json")
        self.assert_fetches({"m.tflite": MODEL}, place + ":car")
        self.assert_fails(3, "HTTP 404", place + ":nowhere")


@unittest.skipUnless(shutil.which("rclone"), "no rclone")
class Rclone(Peer):
    def test_webdav_and_http_are_spoken_natively(self):
        for name, body in FILES.items():
            path = self.folder / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        serve = lambda kind: lambda port: ["rclone", "serve", kind, str(self.folder / "data"), "--addr", f"127.0.0.1:{port}",
                                           "--user", "me", "--pass", "potato"]
        password = subprocess.run(["rclone", "obscure", "potato"], capture_output=True, text=True, check=True).stdout.strip()
        with Server(serve("webdav")) as server:
            remote = {"RCLONE_CONFIG_DAV_TYPE": "webdav", "RCLONE_CONFIG_DAV_URL": server.url, "RCLONE_CONFIG_DAV_USER": "me",
                      "RCLONE_CONFIG_DAV_PASS": password}
            self.assert_fetches(FACE, "dav:face", **remote)
            self.assert_fetches({"x": b"x"}, "dav:face-old/x", **remote)
            self.assert_fails(4, "HTTP 401", "dav:face", **{**remote, "RCLONE_CONFIG_DAV_USER": "you"})
        local = {"RCLONE_CONFIG_DISK_TYPE": "local"}
        self.assert_fetches({"x": b"x"}, f"disk:{self.folder}/data/face-old", **local)

    def test_other_types_go_through_the_binary_where_there_is_one(self):
        (self.folder / "data").mkdir()
        (self.folder / "data/x").write_bytes(b"x")
        remote = {"RCLONE_CONFIG_A_TYPE": "alias", "RCLONE_CONFIG_A_REMOTE": str(self.folder / "data")}
        self.assert_fetches({"x": b"x"}, "a:", **remote)
        self.assert_fetches({"x": b"x"}, "a:x", **remote)
        self.assert_fails(8, "no rclone is installed", "a:", PATH="/nowhere", **remote)


if __name__ == "__main__":
    loaded = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(verbosity=2).run(loaded)
    sys.exit(1 if not result.wasSuccessful() else 77 if result.testsRun == len(result.skipped) else 0)
