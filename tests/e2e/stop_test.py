"""How brink ends: at once when idle, after what it accepted when not."""

import json
import pathlib
import resource
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from setting import BRINK, DIGITS, PATIENCE, PREDICT, digit_input, free_port, serve_digits, wait_until


class Stopping(unittest.TestCase):
    def test_sigterm_and_sigint_end_it_with_exit_code_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with serve_digits() as server:
                server.process.send_signal(number)
                self.assertEqual(0, server.process.wait(20 * PATIENCE))

    @unittest.skipIf(PATIENCE > 1, "sanitizers and emulation know no limit of memory")
    def test_it_ends_where_memory_does_not_suffice_for_a_thread(self):
        with serve_digits() as server:
            pages = int(pathlib.Path(f"/proc/{server.process.pid}/statm").read_text().split()[0])
            limit = pages * resource.getpagesize() + (1 << 20)
            resource.prlimit(server.process.pid, resource.RLIMIT_AS, (limit, limit))
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(0, server.process.wait(20))

    def test_a_request_that_is_being_read_is_answered(self):
        raw = json.dumps({"data": {"ndarray": digit_input(6)}}).encode()
        head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        with serve_digits() as server, socket.create_connection(("127.0.0.1", server.port), 60) as client:
            client.sendall(head.encode() + raw[:100])
            self.assertEqual(200, server.get("/health/status")[0])
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "stopping" in server.log())
            client.sendall(raw[100:])
            answer = b"".join(iter(lambda: client.recv(65536), b""))
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:300])
            self.assertEqual(0, server.process.wait(20 * PATIENCE))

    def test_while_it_stops_it_is_not_ready(self):
        raw = json.dumps({"data": {"ndarray": digit_input(6)}}).encode()
        head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        with serve_digits() as server, socket.create_connection(("127.0.0.1", server.port), 60) as client, \
                socket.create_connection(("127.0.0.1", server.port), 60) as probe:
            client.sendall(head.encode() + raw[:100])  # what it has to wait for
            probe.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\n")
            self.assertEqual(200, server.get("/health/status")[0])
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: "stopping" in server.log())
            probe.sendall(b"\r\n")
            self.assertTrue(probe.recv(65536).startswith(b"HTTP/1.1 503 "))
            client.sendall(raw[100:])
            self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200 "))
            self.assertEqual(0, server.process.wait(20 * PATIENCE))

    def test_under_load_no_answer_is_cut_short(self):
        body = {"data": {"ndarray": digit_input(9)}}
        broken, answered = [], []

        def client(server):
            while True:
                try:
                    status, raw = server.post(PREDICT, body)
                except OSError:
                    return  # refused or closed before the request was taken
                except Exception as error:  # half an answer
                    broken.append(repr(error))
                    return
                answered.append(status)
                if status not in (200, 503):
                    broken.append((status, raw[:200]))

        with serve_digits() as server:
            threads = [threading.Thread(target=client, args=(server,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            wait_until(lambda: len(answered) > 40)
            self.assertEqual(0, server.stop())
            for thread in threads:
                thread.join()
        self.assertEqual([], broken)

    def test_a_stalled_download_does_not_hold_it(self):
        with socket.socket() as silent, tempfile.TemporaryDirectory() as cache, tempfile.TemporaryFile() as log:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            command = [BRINK, "run", f"http://127.0.0.1:{silent.getsockname()[1]}/m.tflite", "--cache", cache,
                       "--http-port", str(free_port())]
            with subprocess.Popen(command, stderr=log) as process:
                client, _ = silent.accept()
                with client:
                    client.recv(1)
                    process.send_signal(signal.SIGTERM)
                    self.assertEqual(0, process.wait(20 * PATIENCE))

    def test_a_client_that_goes_away_does_no_harm(self):
        raw = json.dumps({"data": {"ndarray": digit_input(6)}}).encode()
        head = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        with serve_digits() as server:
            for cut in (10, len(head) + 10, len(head) + len(raw)):
                for _ in range(20):
                    with socket.create_connection(("127.0.0.1", server.port), 60) as client:
                        client.sendall((head.encode() + raw)[:cut])
            self.assertEqual(200, server.post(PREDICT, raw)[0])
            self.assertEqual(0, server.stop())

    def test_the_port_is_taken_from_the_start_and_freed_at_the_end(self):
        with serve_digits() as server:
            second = subprocess.run([BRINK, "run", str(DIGITS), "--http-port", str(server.port)], capture_output=True, timeout=60 * PATIENCE)
            self.assertEqual(1, second.returncode)
            self.assertIn(b"in use", second.stderr)
            self.assertEqual(0, server.stop())
            with self.assertRaises(OSError):
                socket.create_connection(("127.0.0.1", server.port), 5)


if __name__ == "__main__":
    unittest.main()
