"""An image of build/image as processes: unpacked, in a chroot, as a kubelet would start them. For root, on Linux."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tarfile

import isolation

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAYOUT = ROOT / "build/image"
MACHINES = {"amd64": ("amd64", None, None), "arm64": ("arm64", "qemu-aarch64-static", "cortex-a72"),
            "armhf": ("arm", "qemu-arm-static", "cortex-a7")}

DEVICES = ("null", "zero", "urandom")  # of those that every container has


def blob(descriptor):
    return LAYOUT / "blobs/sha256" / descriptor["digest"].split(":")[1]


def read(descriptor):
    return json.loads(blob(descriptor).read_bytes())


def images(arch):
    """{reference: the manifest's descriptor} of the images for the architecture."""
    found = {}
    for named in json.loads((LAYOUT / "index.json").read_text())["manifests"]:
        for image in read(named)["manifests"]:
            if image["platform"]["architecture"] == MACHINES[arch][0]:
                found[named["annotations"]["org.opencontainers.image.ref.name"]] = image
    return found


class Image:
    """One architecture's image, unpacked into `folder`."""

    def __init__(self, manifest, arch, folder):
        self.root, self.arch = pathlib.Path(folder), arch
        manifest = read(manifest)
        self.config = read(manifest["config"])["config"]
        for layer in manifest["layers"]:
            with tarfile.open(blob(layer)) as tar:
                tar.extractall(self.root)
        self.emulator, self.cpu = [], {}
        _, program, cpu = MACHINES[arch]
        if program:
            self.cpu = {"QEMU_CPU": cpu}
            if not isolation.starts_foreign_programs(arch):
                shutil.copy(shutil.which(program), self.root / ".emulator")
                self.emulator = ["/.emulator"]
        for mountpoint in ("proc", "dev", "etc/podinfo", "mnt/pvc"):
            (self.root / mountpoint).mkdir(parents=True, exist_ok=True)
        for file in ("dev/termination-log", "etc/hosts", "etc/resolv.conf", *(f"dev/{name}" for name in DEVICES)):
            (self.root / file).touch()

    def command(self, arguments, environment, mounts, user=8888, scratch=False):
        """The command line of a container: read-only root, `mounts` [(from, to, read-only)], no capability, any user.

        `scratch`: what its image lets everybody write can be written, as where a pod asks for no read-only root.
        """
        script = ["set -e", f"mount --bind -o ro {self.root} {self.root}", f"mount -o remount,bind,ro {self.root}",
                  f"mount -t proc proc {self.root}/proc"]
        script += [f"mount --bind /dev/{name} {self.root}/dev/{name}" for name in DEVICES]
        for folder in ("/tmp", "/var/cache/brink") * scratch:
            script.append(f"mount -t tmpfs -o mode=1777 scratch {self.root}{folder}")
        for source, target, read_only in mounts:
            script.append(f"mount --bind {source} {self.root}{target}")
            if read_only:
                script.append(f"mount -o remount,bind,ro {self.root}{target}")
        script.append('exec "$@"')
        names = dict(item.split("=", 1) for item in self.config["Env"]) | environment | self.cpu
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child=SIGTERM", "sh", "-c", "\n".join(script), "sh", "setpriv",
                "--no-new-privs", "env", "-i", *(f"{name}={value}" for name, value in names.items()), shutil.which("chroot"),
                f"--userspec={user}:0", "--groups=", str(self.root), *self.emulator, *arguments]

    def run(self, arguments, environment, mounts, seconds=120):
        """The exit status and what it printed."""
        command = self.command(self.config["Entrypoint"] + arguments, environment, mounts, scratch=True)
        done = subprocess.run(command, timeout=seconds, capture_output=True)
        return done.returncode, (done.stdout + done.stderr).decode()

    def exec(self, arguments):
        """As a lifecycle hook: another process in the container's file system."""
        return subprocess.run(self.command(arguments, {}, []), capture_output=True)

    def start(self, arguments, environment, mounts, log):
        return Container(subprocess.Popen(self.command(self.config["Entrypoint"] + arguments, environment, mounts),
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT))


class Container:
    def __init__(self, process):
        self.process = process

    def pid(self):
        """brink's own process, below unshare's."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def stop(self, seconds=20):
        os.kill(self.pid(), signal.SIGTERM)
        return self.process.wait(seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
