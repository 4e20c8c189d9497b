"""brink fetch killed at random moments, again and again: nothing is lost, nothing half appears, and it goes on where it was.

A moment is a number of bytes that have come, or a number of system calls after the last byte: while contents are flushed,
named, unpacked and recorded. BRINK_TEST_KILLS is how many kills there are in all, BRINK_TEST_SEED which.
"""

import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import tarfile
import tempfile
import unittest

from origin import Origin
from setting import BRINK
from traced import Traced, can_trace

KILLS = int(os.environ.get("BRINK_TEST_KILLS", "15"))
SEED = int(os.environ.get("BRINK_TEST_SEED", "1"))
TRACES = can_trace()


def noise(size):
    return random.Random(size).randbytes(size)


def packed(files):
    """A tar.gz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return out.getvalue()


class Kills(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.models = self.folder / "models"
        self.cache = self.folder / "cache"
        self.killed = self.whole = self.lives = 0

    def start(self, uri, *arguments, to=None, traced=False):
        command = [BRINK, "fetch", uri, str(to or self.models), "--termination-log", "", *arguments]
        environment = {**os.environ, "no_proxy": "localhost", "AWS_ENDPOINT_URL": self.origin.url, "AWS_EC2_METADATA_DISABLED": "true"}
        with open(self.folder / "log", "ab") as log:
            if traced:
                return self.enterContext(Traced(command, environment, stderr=log))
            return subprocess.Popen(command, stderr=log, env=environment)

    def log(self):
        return (self.folder / "log").read_text()[-2000:]

    def content(self, folder):
        return {str(path.relative_to(folder)): path.read_bytes()
                for path in sorted(folder.rglob("*")) if path.is_file() and ".brink-fetch" not in path.parts}

    def assert_nothing_half(self, wanted, folder, at_once):
        got = self.content(folder)
        self.assertTrue(got.items() <= wanted.items(), sorted(got))
        if at_once:
            self.assertIn(len(got), (0, len(wanted)))

    def assert_cache_sound(self):
        for path in self.cache.glob("objects/*/*"):
            self.assertEqual(path.parent.name, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in self.cache.glob("uris/*"):
            if path.suffix == ".json":
                json.loads(path.read_text())

    def most_to_come(self, wanted):
        """Bytes that a killed process has left to its successor: all but what it had recorded."""
        size = sum(map(len, self.origin.objects.values()))
        if len(self.origin.objects) > 1 or self.content(self.models) == wanted:
            return size
        for state in self.folder.glob("**/*.state"):
            if not state.with_suffix(".part").exists():
                continue
            return size - sum(end - begin for begin, end in json.loads(state.read_text())["done"])
        return size

    def assert_whole(self, status, wanted, folder):
        self.assertEqual(0, status, self.log())
        self.assertTrue(self.content(folder) == wanted, sorted(self.content(folder)))
        self.assertFalse((folder / ".brink-fetch").exists())

    def calls_after_the_last_byte(self, uri, arguments):
        self.origin.begin_life()
        process = self.start(uri, *arguments, traced=True)
        calls = 0
        while process.step():
            calls += self.origin.all_sent()
        self.assertEqual(0, process.returncode, self.log())
        self.forget()
        return calls

    def forget(self):
        for folder in (self.models, self.cache):
            shutil.rmtree(folder, ignore_errors=True)
        self.origin.seen.clear()
        self.lives = 0

    def kill_while_it_downloads(self, uri, arguments, size):
        """In less than half of what is to come, so that nothing ends which begins anew each time. Whether it was killed."""
        moment = self.random.randrange(size // 2)
        begun = self.origin.begin_life(moment + (1 << 20))
        process = self.start(uri, *arguments)
        with self.origin.changed:
            while process.poll() is None and self.origin.sent < begun + moment:
                self.origin.changed.wait(.05)
        process.kill()
        self.lives += 1
        self.assertLess(self.lives, 60, "it begins anew each time")
        return process.wait() != 0

    def kill_at_a_call(self, uri, arguments, calls):
        left = self.random.randrange(1, calls + 1)
        self.origin.begin_life()
        process = self.start(uri, *arguments, traced=True)
        while left > 0 and process.step():
            left -= self.origin.all_sent()
        process.kill()
        return process.returncode != 0

    def kill_often(self, objects, uri, wanted, *arguments, at_once=True):
        self.origin = self.enterContext(Origin(objects))
        uri = uri.replace("SITE", self.origin.url)
        size = sum(map(len, objects.values()))
        calls = self.calls_after_the_last_byte(uri, arguments) if TRACES else 0
        while self.killed < max(1, KILLS // 5):
            if TRACES and self.random.random() < .5:
                killed = self.kill_at_a_call(uri, arguments, calls)
            else:
                killed = self.kill_while_it_downloads(uri, arguments, size)
            self.killed += killed
            self.assert_nothing_half(wanted, self.models, at_once)
            self.assert_cache_sound()
            if not killed:
                self.end(uri, arguments, wanted)
        self.end(uri, arguments, wanted)
        print(f"{self.id()}: {self.killed} kills, {self.whole} ends, {calls} calls after the last byte")

    def end(self, uri, arguments, wanted):
        owed = self.most_to_come(wanted)
        begun = self.origin.begin_life()
        self.assert_whole(self.start(uri, *arguments).wait(), wanted, self.models)
        self.assertLessEqual(self.origin.sent - begun, owed, "what had come was fetched anew")
        self.whole += 1
        self.forget()

    def test_a_file_over_one_connection(self):
        body = noise(48 << 20)
        self.kill_often({"/m.tflite": body}, "SITE/m.tflite", {"m.tflite": body}, "--fetch-connections", "1")

    def test_a_file_in_parts(self):
        body = noise((96 << 20) + 12345)
        digest = hashlib.sha256(body).hexdigest()
        self.kill_often({"/m.tflite": body}, f"SITE/m.tflite#sha256={digest}", {"m.tflite": body})

    def test_an_archive(self):
        files = {"face/1/m.tflite": noise(20 << 20), "face/1/card.yaml": b"card", "face/labels": noise(1000)}
        self.kill_often({"/a.tar.gz": packed(files)}, "SITE/a.tar.gz", files, "--cache", str(self.cache))

    def test_a_folder_of_objects(self):
        files = {f"{n}/m.tflite": noise(5_000_000 + n) for n in range(4)} | {"card.yaml": b"card"}
        objects = {f"/models/face/{name}": body for name, body in files.items()}
        self.kill_often(objects, "s3://models/face", files, at_once=False)

    def test_two_processes_with_one_cache(self):
        body = noise(32 << 20)
        self.origin = self.enterContext(Origin({"/m.tflite": body}))
        uri, arguments, wanted = self.origin.url + "/m.tflite", ("--cache", str(self.cache)), {"m.tflite": body}
        pods = [self.folder / "pod0", self.folder / "pod1"]
        while self.killed < max(1, KILLS // 5):
            begun = self.origin.begin_life()
            processes = [self.start(uri, *arguments, to=pod) for pod in pods]
            victims = self.random.choice(([0], [1], [0, 1]))
            moment = self.random.randrange(len(body))
            with self.origin.changed:
                while processes[victims[0]].poll() is None and self.origin.sent < begun + moment:
                    self.origin.changed.wait(.05)
            for victim in victims:
                processes[victim].kill()
            for number, process in enumerate(processes):
                status = process.wait()
                self.killed += status == -9
                self.assert_nothing_half(wanted, pods[number], at_once=True)
                if number not in victims or status == 0:
                    self.assert_whole(status, wanted, pods[number])
            self.assert_cache_sound()
            if 0 in (process.returncode for process in processes):
                begun = self.origin.begin_life()
                for pod in pods:
                    self.assert_whole(self.start(uri, *arguments, to=pod).wait(), wanted, pod)
                self.assertEqual(begun, self.origin.sent, "what one had brought was fetched anew")
                for pod in pods:
                    shutil.rmtree(pod)
                self.forget()
                self.whole += 1
        print(f"{self.id()}: {self.killed} kills, {self.whole} ends")


if __name__ == "__main__":
    unittest.main()
