"""brink's Debian package in a clean Debian 12 root: installed, its service started as systemd would, asked, stopped, removed.

For root, after ./dev package amd64; `./dev test package` does both. The root and what the package depends on come from
the mirror that apt uses here. systemd does not run in it: this test reads the unit and does what it says, the socket
for READY=1 and WATCHDOG=1 included; systemd-analyze checks the rest of the unit.
"""

import base64
import configparser
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGES = ROOT / "build/package"
BASE = ROOT / "build/clean/package.tar"
ARCHITECTURE = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
UNIT = "lib/systemd/system/brink@.service"
SERVICE_USER = 61184  # the first that systemd gives a DynamicUser
WORST_EXPOSURE = 2.5  # of 10, by systemd-analyze


class Unit(configparser.RawConfigParser):
    """A unit file: the last of several lines with one key counts."""

    def __init__(self, path):
        super().__init__(strict=False, delimiters="=", comment_prefixes="#", interpolation=None)
        self.optionxform = str
        self.read(path)


def make_base():
    if BASE.exists():
        return
    BASE.parent.mkdir(parents=True, exist_ok=True)
    made = BASE.with_suffix(".new.tar")
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=systemd,ca-certificates,bash-completion", "bookworm",
                    str(made)], check=True)
    made.rename(BASE)


class DebTest(unittest.TestCase):
    """The tests run in the order of their names: 1 to 5."""

    @classmethod
    def setUpClass(cls):
        make_base()
        cls.root = pathlib.Path(tempfile.mkdtemp(dir=BASE.parent))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        subprocess.run(["tar", "-xf", str(BASE), "-C", str(cls.root)], check=True)
        for path in ("etc/resolv.conf", "etc/hosts"):
            shutil.copy(f"/{path}", cls.root / path)
        sources = pathlib.Path("/etc/apt/sources.list.d/debian.sources")
        if sources.exists():
            shutil.copy(sources, cls.root / "etc/apt/sources.list.d")
            (cls.root / "etc/apt/sources.list").write_text("")
        cls.package, = PACKAGES.glob(f"brink_*_{ARCHITECTURE}.deb")
        shutil.copy(cls.package, cls.root / "brink.deb")

    def inside(self, *command, **options):
        """The finished process, in the root."""
        script = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", script, str(self.root), *command],
                              capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                                                                   "DEBIAN_FRONTEND": "noninteractive"}, **options)

    def works(self, *command):
        done = self.inside(*command)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def listed(self):
        return [path for path in self.works("find", "/usr", "/lib/systemd", "/etc", "/var/cache", "-name", "*brink*").split()
                if "/dpkg/" not in path]

    def test_1_it_installs_with_what_it_needs_from_debian(self):
        self.assertEqual(self.listed(), [])
        self.works("apt-get", "-qq", "update")
        self.works("apt-get", "-qq", "install", "-y", "--no-install-recommends", "/brink.deb")
        self.assertRegex(self.works("brink", "--version"), r"^brink \d")
        for path in ("usr/share/man/man1/brink.1.gz", "etc/brink/README", UNIT, "usr/share/doc/brink/copyright"):
            self.assertTrue((self.root / path).exists(), path)
        complete = ('. /usr/share/bash-completion/bash_completion && __load_completion brink && complete -p brink && '
                    'COMP_WORDS=(brink cam) COMP_CWORD=1 && _brink && echo "${COMPREPLY[@]}"')
        self.assertRegex(self.works("bash", "-c", complete), "_brink brink\ncamera\n")

    def test_2_systemd_takes_its_unit(self):
        done = self.inside("systemd-analyze", "verify", "--man=no", "brink@digits.service")
        self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if "brink" in line]), (0, []))
        told = self.works("systemd-analyze", "security", "--offline=true", "--no-pager", f"/{UNIT}")
        exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", told)[1])
        self.assertLessEqual(exposure, WORST_EXPOSURE, told)

    def service(self, name, watching):
        """The service's process, started from its unit as systemd would."""
        unit = Unit(self.root / UNIT)["Service"]
        self.assertEqual(unit["Type"], "notify")
        environment = dict([unit["Environment"].split("=", 1)])
        file = self.root / unit["EnvironmentFile"].removeprefix("-").lstrip("/").replace("%i", name)
        environment |= dict(line.split("=", 1) for line in file.read_text().splitlines())
        cache = self.root / "var/cache" / unit["CacheDirectory"]
        cache.mkdir(mode=0o755)
        os.chown(cache, SERVICE_USER, SERVICE_USER)
        environment |= {"NOTIFY_SOCKET": watching, "WATCHDOG_USEC": str(int(unit["WatchdogSec"]) * 10_000)}  # a hundredth
        command = unit["ExecStart"].replace("%i", name).split()
        video = re.search(r"^video:x:(\d+)", (self.root / "etc/group").read_text(), re.MULTILINE)[1]
        return subprocess.Popen([shutil.which("chroot"), f"--userspec={SERVICE_USER}:{SERVICE_USER}", f"--groups={video}", str(self.root), *command],
                                env=environment, stdin=subprocess.DEVNULL)

    def test_3_its_service_starts_answers_and_ends(self):
        shutil.copy(self.root / "usr/share/doc/brink/examples/digits.yaml", self.root / "etc/brink/digits.yaml")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (self.root / "etc/brink/digits.env").write_text(f"BRINK_HTTP_PORT={port}\n")
        path = self.root / "run/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(path))
            path.chmod(0o777)
            manager.settimeout(60)
            process = self.service("digits", "/run/notify")
            try:
                self.assertIn("READY=1", manager.recv(4096).decode())
                picture = base64.b64encode((ROOT / "models/digits/three.png").read_bytes()).decode()
                request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1.0/predictions",
                                                 json.dumps({"binData": picture}).encode(), {"Content-Type": "application/json"})
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
                    self.assertIn("3", answer.read().decode())
                self.assertIn("WATCHDOG=1", manager.recv(4096).decode())
                process.send_signal(signal.SIGTERM)
                told = ""
                while "STOPPING=1" not in told:
                    told = manager.recv(4096).decode()
                self.assertEqual(process.wait(20), 0)
            finally:
                process.kill()
                process.wait()

    def test_4_removed_it_leaves_only_what_its_user_wrote(self):
        self.works("apt-get", "-qq", "remove", "-y", "brink")
        self.assertFalse((self.root / "usr/bin/brink").exists())
        self.assertTrue((self.root / "etc/brink/digits.yaml").exists())

    def test_5_purged_it_leaves_no_cache_and_can_be_installed_again(self):
        self.works("apt-get", "-qq", "purge", "-y", "brink")
        self.assertFalse((self.root / "var/cache/brink").exists())
        self.assertFalse((self.root / "etc/brink/README").exists())
        self.works("apt-get", "-qq", "install", "-y", "--no-install-recommends", "/brink.deb")


class FieldsTest(unittest.TestCase):
    def test_the_packages_of_all_architectures_differ_in_nothing_else(self):
        fields = {}
        for package in PACKAGES.glob("brink_*.deb"):
            done = subprocess.run(["dpkg-deb", "-f", str(package), "Architecture", "Version", "Depends", "Section"],
                                  check=True, capture_output=True, text=True)
            listing = subprocess.run(["dpkg-deb", "-c", str(package)], check=True, capture_output=True, text=True).stdout
            found = dict(line.split(": ", 1) for line in done.stdout.splitlines())
            self.assertIn(f"_{found.pop('Architecture')}.deb", package.name)
            fields[package.name] = (found, sorted(line.split()[-1] for line in listing.splitlines()))
        self.assertTrue(fields)
        first = next(iter(fields.values()))
        for name, those in fields.items():
            self.assertEqual(those, first, name)


if __name__ == "__main__":
    if os.geteuid() != 0 or not shutil.which("mmdebstrap"):
        print("skipped: a clean root is made by root with mmdebstrap")
        sys.exit(77)
    unittest.main(verbosity=2)
