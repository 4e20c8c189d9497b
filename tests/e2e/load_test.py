"""Many clients at once on kept connections: every answer is the right one, memory stays where it was, idle clients cost little.

BRINK_LOAD_REQUESTS says how many requests are sent (6000).
"""

import asyncio
import json
import os
import re
import resource
import socket
import unittest

from setting import BRINK, PREDICT, digit_input, flat, serve_digits, wait_until

REQUESTS = int(os.environ.get("BRINK_LOAD_REQUESTS", "6000"))
CLIENTS = 64
MIB = 1 << 20


def request_bytes(body):
    raw = json.dumps(body).encode()
    return (f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(raw)}\r\n\r\n").encode() + raw


async def read_answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
    return int(head[9:12]), await reader.readexactly(length)


async def ask_all(port, requests, count):
    """Sends `count` of `requests` by turns over CLIENTS connections; the answers' numbers of (request, status, body)."""
    left = iter(range(count))
    answers = {}

    async def client():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in left:
            which = number % len(requests)
            writer.write(requests[which])
            answer = (which, *await read_answer(reader))
            answers[answer] = answers.get(answer, 0) + 1
        writer.close()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return answers


def resident_bytes(process):
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def keeps_freed_memory():
    """Whether the program is instrumented: what it has freed stays resident for a while, so memory says nothing."""
    with open(BRINK, "rb") as file:
        return b"__asan_init" in file.read()


class Load(unittest.TestCase):
    def assert_growth(self, server, before, most):
        if not keeps_freed_memory():
            self.assertLess(resident_bytes(server.process) - before, most)

    def test_no_answer_of_many_is_wrong_or_lost_and_memory_stays_flat(self):
        inputs = [digit_input(digit) for digit in range(10)]
        requests = [request_bytes({"data": {"tensor": {"shape": [1, 8, 8, 1], "values": flat(one)}}}) for one in inputs]
        with serve_digits() as server:
            alone = asyncio.run(ask_all(server.port, requests, 10))
            self.assertEqual({200}, {status for _, status, _ in alone})
            asyncio.run(ask_all(server.port, requests, REQUESTS // 3))
            before = resident_bytes(server.process)
            answers = asyncio.run(ask_all(server.port, requests, REQUESTS))
            self.assertEqual(set(alone), set(answers))
            self.assertEqual(REQUESTS, sum(answers.values()))
            self.assert_growth(server, before, 4 * MIB)
            self.assertEqual(0, server.stop())

    def test_memory_of_large_requests_goes_back_when_they_stop(self):
        large = request_bytes({"data": {"ndarray": [[.123456789] * 300_000]}})  # 3.3 MB, and not what the model takes
        with serve_digits() as server:
            before = resident_bytes(server.process)
            for count in (2, 3, 2 * CLIENTS):
                answers = asyncio.run(ask_all(server.port, [large], count))
                self.assertEqual({400}, {status for _, status, _ in answers})
                if not keeps_freed_memory():
                    wait_until(lambda: resident_bytes(server.process) - before < 4 * MIB)

    def test_a_thousand_idle_clients_cost_less_than_20_mb(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        if most < 1100:
            self.skipTest(f"at most {most} open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (1100, most))  # brink's too
        request = request_bytes({"data": {"ndarray": digit_input(3)}})
        with serve_digits() as server:
            before = resident_bytes(server.process)
            idle = []
            for _ in range(1000):
                client = socket.create_connection(("127.0.0.1", server.port), 60)
                self.addCleanup(client.close)
                client.sendall(request)
                self.assertTrue(client.recv(65536).startswith(b"HTTP/1.1 200 "))
                idle.append(client)
            self.assert_growth(server, before, 20 * MIB)
            self.assertEqual(200, server.get("/health/status")[0])


if __name__ == "__main__":
    unittest.main()
