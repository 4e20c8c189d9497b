"""build/image pushed to a registry on loopback and pulled from there, by skopeo: every platform arrives as it left."""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import container

PLATFORMS = {"amd64": [], "arm64": ["--override-arch", "arm64"], "armhf": ["--override-arch", "arm", "--override-variant", "v7"]}
ARCHITECTURES = sys.argv[1:] or ["amd64"]


def skopeo(*arguments):
    done = subprocess.run(["skopeo", "--insecure-policy", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"skopeo {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def serve(folder):
    """A registry on a free port of loopback: its process and address."""
    for _ in range(5):  # another program may take the port meanwhile
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        config = folder / "registry.yml"
        config.write_text(f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/registry}}}}\n"
                          f"http: {{addr: '127.0.0.1:{port}'}}\n")
        process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return process, f"127.0.0.1:{port}"
            except OSError:
                time.sleep(.02)
        process.kill()
        process.wait()
    raise AssertionError("docker-registry does not listen")


class RegistryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        work = tempfile.TemporaryDirectory()
        cls.addClassCleanup(work.cleanup)
        cls.folder = pathlib.Path(work.name)
        process, cls.address = serve(cls.folder)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)
        cls.named = {named["annotations"]["org.opencontainers.image.ref.name"]: named
                     for named in json.loads((container.LAYOUT / "index.json").read_text())["manifests"]}
        for name in cls.named:
            skopeo("copy", "--all", "--quiet", "--dest-tls-verify=false", f"oci:{container.LAYOUT}:{name}",
                   f"docker://{cls.address}/{name}")

    def test_all_platforms_have_one_name(self):
        for name, descriptor in self.named.items():
            raw = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{self.address}/{name}")
            self.assertEqual(raw.encode(), container.blob(descriptor).read_bytes(), name)

    def test_each_machine_pulls_its_own_image(self):
        for arch in ARCHITECTURES:
            for name, manifest in container.images(arch).items():
                with self.subTest(arch=arch, image=name):
                    pulled = self.folder / "pulled"
                    shutil.rmtree(pulled, ignore_errors=True)
                    skopeo(*PLATFORMS[arch], "copy", "--quiet", "--src-tls-verify=false", f"docker://{self.address}/{name}",
                           f"oci:{pulled}:here")
                    here, = json.loads((pulled / "index.json").read_text())["manifests"]
                    self.assertEqual(here["digest"], manifest["digest"])
                    for layer in container.read(manifest)["layers"]:
                        blob = pulled / "blobs/sha256" / layer["digest"].split(":")[1]
                        self.assertEqual(blob.read_bytes(), container.blob(layer).read_bytes())


if __name__ == "__main__":
    missing = [program for program in ("skopeo", "docker-registry") if not shutil.which(program)]
    if missing:
        print(f"skipped: no {' and no '.join(missing)}")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
