"""A running `brink camera`, for the end-to-end tests."""

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time

from setting import BRINK, DIGITS, PATIENCE


class Watching:
    """A running `brink camera`: its lines as they come, its log. Without a model where a --server has it."""

    def __init__(self, *arguments, environment=None, model=DIGITS):
        self._log = tempfile.TemporaryFile()
        model = ["--model", str(model)] if model else []
        self.process = subprocess.Popen([BRINK, "camera", *map(str, arguments), *model], stdout=subprocess.PIPE, stderr=self._log,
                                        env={**os.environ, **(environment or {})})
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
