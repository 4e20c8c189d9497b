"""How fast brink fetch brings one large file over loopback: next to curl and rclone, from nginx, over HTTP and HTTPS.

Programs run by turns; ratios to the faster of curl and rclone are taken within a round and their median is given. brink also
computes the SHA-256 and flushes to the disk; so there are three comparisons: with the bare commands, with a flush after them
(`sync FILE`), and with a flush and `openssl dgst -sha256 FILE`. On a machine that others use too, --real-time gives servers and clients the
processors first (root only). Needs nginx, curl and rclone (Debian).
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
NGINX = """{user}daemon off; worker_processes {workers}; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off; sendfile on;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d;
  scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl; server_name localhost; root {folder}/site;
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
  }}
}}
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextlib.contextmanager
def site(folder, size, prefix):
    """nginx with one file of noise; yields the URLs of its root."""
    (folder / "site").mkdir()
    with open(folder / "site/large.bin", "wb") as file:
        for left in range(size, 0, -(1 << 20)):
            file.write(os.urandom(min(left, 1 << 20)))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
                   check=True, capture_output=True)
    http, https = free_ports(2)
    user = "" if os.geteuid() else "user root; "  # who may read the folder
    workers = max(1, os.cpu_count() // 2)
    (folder / "nginx.conf").write_text(NGINX.format(user=user, folder=folder, http=http, https=https, workers=workers))
    server = subprocess.Popen([*prefix, "nginx", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", https), 1).close()
                break
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("nginx does not listen")
            time.sleep(.05)
        yield {"http": f"http://localhost:{http}", "https": f"https://localhost:{https}"}
    finally:
        server.terminate()
        server.wait()


def commands(brink, url, target, certificate):
    return {
        "brink": ([brink, "fetch", url + "/large.bin", target, "--termination-log", ""], target / "large.bin"),
        "curl": (["curl", "-sS", "--cacert", certificate, "-o", target / "curl", url + "/large.bin"], target / "curl"),
        "rclone": (["rclone", "copyto", ":http:large.bin", target / "rclone", "--http-url", url, "--ca-cert", certificate],
                   target / "rclone"),
    }


def seconds(command, file, target, after, environment):
    """(of the clock, of processors), the commands of `after` included."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    os.sync()
    begun, before = time.monotonic(), os.times()
    for part in [command, *([*words, file] for words in after)]:
        done = subprocess.run(part, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, check=False)
        if done.returncode:
            raise SystemExit(f"{part[0]}: {done.stderr.decode()}")
    used = os.times()
    return time.monotonic() - begun, used.children_user + used.children_system - before.children_user - before.children_system


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brink", default=ROOT / "build/release/brink", type=pathlib.Path)
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", help="where files go (the system's for temporary ones; /dev/shm: memory)")
    parser.add_argument("--real-time", action="store_true", help="before everything else on this machine")
    arguments = parser.parse_args()
    prefix = ["chrt", "-r", "1"] if arguments.real_time else []
    comparisons = {"bare": [], "flushed": [["sync"]], "flushed and hashed": [["sync"], ["openssl", "dgst", "-sha256"]]}
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory(dir=arguments.folder) as target:
        home, target = pathlib.Path(home), pathlib.Path(target) / "models"
        with site(home, arguments.bytes, prefix) as urls:
            environment = {**os.environ, "SSL_CERT_FILE": str(home / "certificate.pem"), "no_proxy": "localhost"}
            for scheme, url in urls.items():
                took = {}
                for _ in range(arguments.rounds):
                    for name, (command, file) in commands(arguments.brink, url, target, home / "certificate.pem").items():
                        for comparison, after in comparisons.items():
                            if name == "brink" and after:
                                continue
                            took.setdefault((name, comparison), []).append(
                                seconds([*prefix, *command], file, target, [[*prefix, *words] for words in after], environment))
                report(scheme, took, arguments.bytes, comparisons)


def report(scheme, took, size, comparisons):
    for (name, comparison), rounds in took.items():
        wall, used = (statistics.median(values) for values in zip(*rounds))
        print(f"{scheme:5} {name:6} {comparison:18} {size / wall / 1e6:5.0f} MB/s {used:5.2f} CPU s")
    brink = took["brink", "bare"]
    for comparison in comparisons:
        ratios = {peer: [other[0] / own[0] for own, other in zip(brink, took[peer, comparison])] for peer in ("curl", "rclone")}
        better = [min(pair) for pair in zip(*ratios.values())]
        text = ", ".join(f"{statistics.median(values):.2f} of {peer}" for peer, values in ratios.items())
        print(f"{scheme:5} brink, others {comparison}: {text}; {statistics.median(better):.2f} of the better")


if __name__ == "__main__":
    main()
