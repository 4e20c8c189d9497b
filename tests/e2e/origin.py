"""A site whose bytes are counted and can be held back, for tests of downloads that end badly or are measured."""

import http.server
import re
import socket
import threading
import urllib.parse

PIECE = 1 << 16


class Zeros:
    """So many zero bytes, none of them in memory."""

    _piece = memoryview(bytes(PIECE))

    def __init__(self, size):
        self._size = size

    def __len__(self):
        return self._size

    def __getitem__(self, part):
        return self._piece[:part.stop - part.start]


class Origin:
    """`objects` is {path: bytes}, with ETags and ranges; /BUCKET/?list-type=2 lists them as S3 does. A context manager."""

    def __init__(self, objects, tls=None):
        self.objects = objects
        self.asked = []    # the headers of every request
        self.sent = 0      # bytes of objects, so far
        self.limit = None  # of `sent`, where every answer waits
        self.life = 0      # answers of an earlier one are cut off
        self.seen = set()  # (path, piece) that were sent
        self.changed = threading.Condition()
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.life = origin.life
                super().setup()

            def do_GET(self):
                origin.asked.append(self.headers)
                path, _, query = self.path.partition("?")
                if "list-type=2" in query:
                    return self._list(path, urllib.parse.parse_qs(query).get("prefix", [""])[0])
                body = origin.objects.get(path)
                if body is None:
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                if self.headers.get("If-None-Match") == '"v"':
                    self.send_response(304)
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                begin, end = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "bytes=0-")).groups()
                begin, end = int(begin), min(int(end or len(body)) + 1, len(body))
                self.send_response(206)
                self.send_header("ETag", '"v"')
                self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(body)}")
                self.send_header("Content-Length", str(end - begin))
                self.end_headers()
                for at in range(begin, end, PIECE):
                    origin._pass(self.life, path, at, min(PIECE, end - at))
                    self.wfile.write(body[at:min(at + PIECE, end)])

            def _list(self, path, prefix):
                items = "".join(f"<Contents><Key>{key[len(path.rstrip('/')) + 1:]}</Key><Size>{len(body)}</Size></Contents>"
                                for key, body in sorted(origin.objects.items())
                                if key.startswith(f"{path.rstrip('/')}/{prefix}"))
                text = f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def get_request(self):
                connection, address = self.socket.accept()
                # What waits in the kernel was sent and never came.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * PIECE)
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                return connection, address

            def handle_error(self, *_):
                pass  # the client was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"{'http' if tls is None else 'https'}://localhost:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever)

    def _pass(self, life, path, at, size):
        with self.changed:
            self.changed.wait_for(lambda: life != self.life or self.limit is None or self.sent < self.limit)
            if life != self.life:
                raise ConnectionError("of an earlier life")
            self.sent += size
            self.seen.add((path, at // PIECE))
            self.changed.notify_all()

    def begin_life(self, most=None):
        """From now on at most so many bytes are sent, only over new connections. Returns self.sent."""
        with self.changed:
            self.life += 1
            self.limit = None if most is None else self.sent + most
            self.changed.notify_all()
            return self.sent

    def all_sent(self):
        return len(self.seen) >= sum(-(-len(body) // PIECE) for body in self.objects.values())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.begin_life()
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
