"""What memory brink fetch takes over TLS: the same for any size. BRINK_TEST_FETCH_BYTES is the size.

Peak RSS is VmHWM when the program ends. Heap is the resident memory that belongs to no file, from /proc/PID/smaps at 64 moments
of the download and at the end: what malloc holds, and with it stacks and zeroed data of the program and its libraries.
"""

import hashlib
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import unittest

from origin import PIECE, Origin, Zeros
from setting import BRINK
from traced import Traced, can_trace

SIZE = int(os.environ.get("BRINK_TEST_FETCH_BYTES", str(64 << 20)))
MOST_HEAP_KIB = 8 << 10
MOST_RESIDENT_KIB = 32 << 10


def is_plain_program():
    """Neither emulated nor built with a sanitizer, whose memory is not the program's."""
    body = pathlib.Path(BRINK).read_bytes()
    return body.startswith(b"\x7fELF") and b"__asan_init" not in body and b"__tsan_init" not in body


def status_kib(pid, name):
    return int(re.search(rf"{name}:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


def heap_kib(pid):
    total, counts = 0, False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split()
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            counts = len(words) < 6 or words[5] == "[heap]"
        elif counts and words[0] == "Rss:":
            total += int(words[1])
    return total


@unittest.skipUnless(is_plain_program(), "emulated, or built with a sanitizer")
@unittest.skipUnless(can_trace(), "no ptrace here, which holds the program at its end")
@unittest.skipUnless(shutil.which("openssl"), "no openssl to make a certificate with")
class FetchMemory(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def tls(self):
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # All of the system's roots as well: what a real fetch reads.
        roots = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
        if roots.exists():
            certificate.write_bytes(certificate.read_bytes() + roots.read_bytes())
        return context, certificate

    def measure(self, *arguments):
        """(peak RSS, peak heap) in KiB."""
        context, roots = self.tls()
        models = self.folder / "models"
        with Origin({"/zeros.tflite": Zeros(SIZE)}, context) as origin:
            command = [BRINK, "fetch", f"{origin.url}/zeros.tflite", str(models), "--max-model-bytes", str(SIZE), *arguments]
            environment = {**os.environ, "SSL_CERT_FILE": str(roots), "no_proxy": "localhost"}
            heaps = []
            with Traced(command, environment) as process:
                watcher = threading.Thread(target=self.watch, args=(origin, process, heaps))
                watcher.start()
                at_end = process.run_to_exit()
                resident = status_kib(process.pid, "VmHWM") if at_end else 0
                heaps.append(heap_kib(process.pid) if at_end else 0)
                status = process.finish()
                origin.begin_life()
                watcher.join()
                self.assertEqual(0, status, "the fetch failed")
            self.assertGreater(len(heaps), 8)
        digest = hashlib.sha256()
        for _ in range(0, SIZE, PIECE):
            digest.update(bytes(PIECE))
        with open(models / "zeros.tflite", "rb") as file:
            self.assertEqual(digest.hexdigest(), hashlib.file_digest(file, "sha256").hexdigest())
        return resident, max(heaps)

    def watch(self, origin, process, heaps):
        life = origin.life
        for part in range(1, 64):
            with origin.changed:
                origin.changed.wait_for(lambda: origin.sent >= SIZE * part // 64 or origin.life != life)
            if origin.life != life:
                return
            try:
                heaps.append(heap_kib(process.pid))
            except OSError:
                return

    def test_it_stays_small_whatever_the_size(self):
        for arguments in ([], ["--fetch-connections", "1"], ["--cache", str(self.folder / "cache")]):
            with self.subTest(arguments):
                resident, heap = self.measure(*arguments)
                shutil.rmtree(self.folder / "models")
                print(f"{SIZE} bytes over TLS {' '.join(arguments[:1])}: peak RSS {resident} KiB, heap {heap} KiB")
                self.assertLessEqual(heap, MOST_HEAP_KIB)
                self.assertLessEqual(resident, MOST_RESIDENT_KIB)


if __name__ == "__main__":
    unittest.main()
