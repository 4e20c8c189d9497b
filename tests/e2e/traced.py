"""A program under ptrace: stopped before and after each system call of its first thread, and before its end (Linux)."""

import ctypes
import os
import signal
import subprocess

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long
_TRACEME, _CONT, _SYSCALL, _SETOPTIONS = 0, 7, 24, 0x4200
_SYSGOOD, _TRACEEXIT, _EXITKILL = 1, 1 << 6, 1 << 20
_EVENT_EXIT = 6


def can_trace():
    """Whether this machine lets a process trace its child; sandboxes may not."""
    try:
        with Traced(["/bin/true"], os.environ) as process:
            return process.run_to_exit() is not None
    except OSError:
        return False


class Traced:
    """The program, stopped before its first instruction. A context manager that leaves nothing running."""

    def __init__(self, command, environment, **options):
        # LeakSanitizer, itself a tracer, does not work under another.
        sanitizer = environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self._process = subprocess.Popen(command, env={**environment, "ASAN_OPTIONS": sanitizer},
                                         preexec_fn=lambda: _libc.ptrace(_TRACEME, 0, None, None), **options)
        self.pid = self._process.pid
        self.returncode = None
        self._signal = 0
        self._wait()
        if self.returncode is None:
            self._ptrace(_SETOPTIONS, _SYSGOOD | _TRACEEXIT | _EXITKILL)

    def _ptrace(self, request, data):
        if _libc.ptrace(request, self.pid, None, data) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))

    def _wait(self):
        """Waits for the next stop. Returns "call", "exit" for the last one, "" for others, None when it is gone."""
        _, status = os.waitpid(self.pid, 0)
        self._signal = 0
        if not os.WIFSTOPPED(status):
            self.returncode = os.waitstatus_to_exitcode(status)
            self._process.returncode = self.returncode
            return None
        number = os.WSTOPSIG(status)
        if number == signal.SIGTRAP | 0x80:
            return "call"
        if number != signal.SIGTRAP:
            self._signal = number  # to be handed on
        return "exit" if status >> 16 == _EVENT_EXIT else ""

    def step(self):
        """Goes on to the next system call, its beginning or its end. False: the program has ended."""
        while self.returncode is None:
            self._ptrace(_SYSCALL, self._signal)
            if self._wait() == "call":
                return True
        return False

    def run_to_exit(self):
        """Goes on to its end; stopped there, with its memory as it was. None: it is gone already."""
        while self.returncode is None:
            self._ptrace(_CONT, self._signal)
            if self._wait() == "exit":
                return self
        return None

    def finish(self):
        """The exit status, negative of a signal."""
        while self.returncode is None:
            self._ptrace(_CONT, self._signal)
            self._wait()
        return self.returncode

    def kill(self):
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)
            while self.returncode is None:
                _libc.ptrace(_CONT, self.pid, None, None)  # one that stands at its end does not hear of the signal
                self._wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
