"""tools/image and tools/package on the brink of this build, with this machine's libraries: no network, no root."""

import hashlib
import json
import os
import pathlib
import platform
import subprocess
import sys
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tools/image"), str(ROOT / "tools/package")]

import man  # noqa: E402
import oci  # noqa: E402
import root as roots  # noqa: E402

BRINK = os.environ["BRINK_BINARY"]


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def package_of(path):
    """The Debian package of a file here; dpkg may know it by the name that it had before /lib was a link to /usr/lib."""
    for name in (path, path.removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    raise AssertionError(f"{path}: of no package")


def small_layout(folder):
    """A layout of two platforms with a file, a link and a folder."""
    layout = oci.Layout(folder)
    layer = oci.Layer()
    layer.file("usr/bin/brink", b"program", 0o755)
    layer.link("bin", "usr/bin")
    layer.folder("tmp", 0o1777)
    images = [layout.image({"architecture": name, "os": "linux"}, [layer], {"User": "8888"}, {"a": "b"}, "1970-01-01T00:00:00Z")
              for name in ("amd64", "arm")]
    layout.index("brink:1", images, {"a": "b"})
    layout.finish()


class LayoutTest(unittest.TestCase):
    def test_the_same_files_give_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            small_layout(one)
            small_layout(two)
            listed = [{str(path.relative_to(folder)): digest(path) for path in pathlib.Path(folder).rglob("*") if path.is_file()}
                      for folder in (one, two)]
            self.assertEqual(listed[0], listed[1])
            self.assertGreater(len(listed[0]), 5)

    def test_every_descriptor_leads_to_a_blob_of_its_digest_and_size(self):
        with tempfile.TemporaryDirectory() as folder:
            small_layout(folder)
            waiting, seen = json.loads(pathlib.Path(folder, "index.json").read_text())["manifests"], 0
            while waiting:
                descriptor = waiting.pop()
                blob = pathlib.Path(folder, "blobs/sha256", descriptor["digest"].removeprefix("sha256:"))
                self.assertEqual((digest(blob), blob.stat().st_size), (blob.name, descriptor["size"]))
                seen += 1
                if "json" in descriptor["mediaType"] and "config" not in descriptor["mediaType"]:
                    value = json.loads(blob.read_bytes())
                    waiting += value.get("manifests", []) + value.get("layers", []) + [value[key] for key in value if key == "config"]
            self.assertEqual(seen, 7)  # the index, and of each platform manifest, config and layer

    def test_folders_come_before_what_is_in_them(self):
        layer = oci.Layer()
        layer.file("a/b/c", b"x")
        with tempfile.NamedTemporaryFile() as file:
            pathlib.Path(file.name).write_bytes(layer.tar())
            with tarfile.open(file.name) as tar:
                self.assertEqual(tar.getnames(), ["a", "a/b", "a/b/c"])


@unittest.skipUnless(platform.machine() == "x86_64" and "ELF" in subprocess.run(["readelf", "-h", BRINK], capture_output=True,
                     text=True).stdout, "for a program of amd64")
class LibrariesTest(unittest.TestCase):
    def test_the_libraries_are_those_that_the_loader_takes(self):
        listed = subprocess.run(["ldd", BRINK], check=True, capture_output=True, text=True).stdout
        wanted = {line.split()[0] for line in listed.splitlines() if "=>" in line}
        self.assertEqual(set(roots.Root("/", "amd64").libraries([BRINK])), wanted)

    @unittest.skipIf(b"__asan_init" in pathlib.Path(BRINK).read_bytes(), "a release links gRPC from archives")
    def test_the_dockerfile_installs_the_packages_that_the_program_needs(self):
        listed = subprocess.run(["ldd", BRINK], check=True, capture_output=True, text=True).stdout
        paths = dict(line.split()[0:3:2] for line in listed.splitlines() if "=> /" in line)
        found = {package_of(os.path.realpath(paths[name])) for name in roots.needed(BRINK) if name in paths}
        in_every_image = {"libc6", "libgcc-s1", "libstdc++6"}
        self.assertLessEqual(found - in_every_image, set((ROOT / "deploy/image/Dockerfile").read_text().split()))

    def test_a_library_that_is_not_there_is_named(self):
        with tempfile.TemporaryDirectory() as empty, self.assertRaisesRegex(SystemExit, r"lib\S+: not in"):
            roots.Root(empty, "amd64").libraries([BRINK])


class ManTest(unittest.TestCase):
    def test_the_page_describes_every_command(self):
        page = man.page(BRINK, "1")
        for command in ("up", "run", "fetch", "render"):
            self.assertIn(f'.SH "BRINK {command.upper()}"', page)

    def test_no_line_of_the_help_is_taken_for_a_request(self):
        requests = {line.split()[0] for line in man.page(BRINK, "1").splitlines() if line.startswith((".", "'"))}
        self.assertLessEqual(requests, {".TH", ".SH", ".B", ".I", ".TP", ".nf", ".fi"})


class CompletionTest(unittest.TestCase):
    def complete(self, *words):
        script = ('source "$1"; shift; COMP_WORDS=(brink "$@"); COMP_CWORD=$#; _brink; printf "%s\\n" "${COMPREPLY[@]}"')
        path = f"{pathlib.Path(BRINK).parent}:{os.environ['PATH']}"
        done = subprocess.run(["bash", "-c", script, "bash", str(ROOT / "deploy/debian/brink.bash"), *words],
                              capture_output=True, text=True, env={**os.environ, "PATH": path}, check=True)
        return done.stdout.split()

    def test_commands_and_flags_complete(self):
        self.assertIn("render", self.complete("re"))
        self.assertIn("--http-port", self.complete("run", "--h"))


if __name__ == "__main__":
    unittest.main()
