"""A running brink, for the demo and for tests: started, awaited until it answers, asked, stopped. Standard library only."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

# Loopback is reached without a proxy, whatever http_proxy says.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open
# Times as long as usual may things take; the builds for other machines, run by an emulator, say 10.
PATIENCE = int(os.environ.get("BRINK_PATIENCE", "1"))


_given = set()


def free_port():
    """One that nobody listens on, and that this process has not been given before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


class BrinkFailed(Exception):
    """brink ended, or did not answer in time; the message is what it printed."""


class BrinkProcess:
    """`brink ARGUMENTS --http-port PORT` on a free port; a context manager that leaves nothing running."""

    def __init__(self, binary, arguments, environment=None, seconds=60 * PATIENCE):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = tempfile.TemporaryFile()
        command = [str(binary), *arguments, "--http-port", str(self.port)]
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
                                        env={**os.environ, **(environment or {})})
        try:
            self._await_answer(seconds)
        except BaseException:
            self.process.kill()
            self.process.wait()
            self._log.close()
            raise

    def _await_answer(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BrinkFailed(f"exit status {self.process.returncode}\n{self.log()}")
            try:
                if self.get("/health/status")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise BrinkFailed(f"no answer in {seconds} s\n{self.log()}")

    def log(self):
        """What brink has printed so far."""
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")

    def get(self, path):
        """(status, body) of a GET."""
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path, body, content_type="application/json"):
        """(status, body) of a POST; a body that is no bytes goes as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask(urllib.request.Request(self.url + path, raw, {"Content-Type": content_type}))

    @staticmethod
    def _ask(request):
        try:
            with _open(request, timeout=60 * PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def resident_mb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            kib = [line.split()[1] for line in status if line.startswith("VmRSS")]
        return int(kib[0]) / 1024

    def stop(self, seconds=20 * PATIENCE):
        """SIGTERM; brink's exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise BrinkFailed(f"still there {seconds} s after SIGTERM\n{self.log()}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._log.close()
