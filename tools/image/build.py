"""Makes brink's container images without a daemon: an OCI layout with one index a variant, three architectures in each.

./dev image calls this with what it has built. The layout has two layers an image: Debian's files (libraries, busybox for
/bin/sh and /bin/sleep, certificates), and brink; brink-camera has ffmpeg in a third between them, and shares the others. The
same input gives the same bytes.
"""

import argparse
import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import oci
import root as roots
import sbom
import standin

PLATFORMS = {"amd64": {"architecture": "amd64", "os": "linux"},
             "arm64": {"architecture": "arm64", "os": "linux", "variant": "v8"},
             "armhf": {"architecture": "arm", "os": "linux", "variant": "v7"}}
STRIP = {"amd64": "strip", "arm64": "aarch64-linux-gnu-strip", "armhf": "arm-linux-gnueabihf-strip"}
APPLETS = ["sh", "sleep"]  # what a pod's preStop calls
# Debian's packages of which the program has parts within it: archives and headers.
BUILT_IN = ["libarchive-dev", "libboost1.81-dev", "libcli11-dev", "libexpected-dev", "libflatbuffers-dev", "libspdlog-dev"]
UNNOTED = {"libboost1.81-dev"}  # its licence asks for no notice with a program, and Debian's notice has 2 MB
BUILT_IN_GRPC = ["libabsl-dev", "libc-ares-dev", "libgrpc++-dev", "libgrpc-dev", "libprotobuf-dev", "libre2-dev"]
EXTRA = {"brink-camera": ["usr/bin/ffmpeg"]}  # Debian's programs beside brink, by variant
USER = 8888  # Seldon's; any other works as well
# The entry point looks at its environment and arguments: server, storage initialiser or tool.
PROCESS = {"User": str(USER), "Entrypoint": ["/usr/bin/brink"], "WorkingDir": "/",
           "Env": ["PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
           "ExposedPorts": {"9000/tcp": {}, "5000/tcp": {}, "6000/tcp": {}}, "StopSignal": "SIGTERM"}


def stripped(program, arch):
    """The program's bytes without symbols."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "brink"
        subprocess.run([STRIP[arch], "-o", str(out), str(program)], check=True)
        return out.read_bytes()


def certificates(tree):
    """Mozilla's roots in one file, as update-ca-certificates writes them."""
    files = sorted(tree.at("usr/share/ca-certificates/mozilla").glob("*.crt"))
    return b"".join(file.read_bytes().rstrip(b"\n") + b"\n" for file in files)


def add_skeleton(layer):
    for name in ("bin", "lib", "lib64"):
        layer.link(name, f"usr/{name}")
    layer.folder("usr/lib64")
    layer.file("etc/passwd", f"root:x:0:0:root:/:/bin/sh\nbrink:x:{USER}:0:brink:/:/bin/sh\n".encode())
    layer.file("etc/group", b"root:x:0:\n")
    layer.file("etc/nsswitch.conf", b"hosts: files dns\n")
    layer.folder("tmp", 0o1777)
    # For whoever mounts nothing there and runs as any user.
    layer.folder("mnt/models", 0o1777)
    layer.folder("var/cache/brink", 0o1777)


def add_notices(layer, tree, packages):
    for package in packages:
        notice = tree.at(f"usr/share/doc/{package}/copyright")
        if notice and package not in UNNOTED:
            layer.file(f"usr/share/doc/{package}/copyright", notice.read_bytes())


def versions_of(tree, packages):
    return {package: tree.versions.get(package, "") for package in packages}


def add_debian_files(layer, tree, taken):
    """Adds {path: path in the tree} and their packages' notices to the layer; the packages, {name: version}."""
    packages = set()
    for path, source in taken.items():
        layer.file(path, tree.at(source).read_bytes(), 0o755)
        packages.add(tree.owner(source))
    packages = sorted(packages - {None})
    add_notices(layer, tree, packages)
    return versions_of(tree, packages)


def library_path(tree, name):
    return f"usr/lib/{roots.TRIPLETS[tree.arch]}/{name}"


def libraries(tree, programs, without=()):
    """{path in the image: path in the tree} of all that the programs need but the loader."""
    return {library_path(tree, name): path for name, path in tree.libraries(programs, without).items()}


def debian_layer(tree, program, built_in):
    """What brink needs, and the notices of the packages built into it; the layer and the Debian packages in it."""
    layer = oci.Layer()
    add_skeleton(layer)
    loader = roots.LOADERS[tree.arch]
    taken = {**libraries(tree, [program], standin.NEEDLESS), f"usr/{loader}": tree.find(pathlib.Path(loader).name),
             "usr/bin/busybox": "bin/busybox"}
    packages = add_debian_files(layer, tree, taken)
    for name in sorted(standin.NEEDLESS):
        layer.file(library_path(tree, name), standin.library(name, tree.at(tree.find(standin.USER)), tree.arch), 0o755)
    for applet in APPLETS:
        layer.link(f"usr/bin/{applet}", "busybox")
    layer.file("etc/ssl/certs/ca-certificates.crt", certificates(tree))
    notice = "usr/share/doc/ca-certificates/copyright"
    layer.file(notice, tree.at(notice).read_bytes())
    add_notices(layer, tree, built_in)
    return layer, {**packages, **versions_of(tree, [*built_in, "ca-certificates"])}


def extra_layer(tree, program, extra):
    """Debian's programs `extra` and what they need beyond what brink needs; the layer and the packages in it."""
    layer = oci.Layer()
    there = libraries(tree, [program], standin.NEEDLESS)
    taken = {path: source for path, source in libraries(tree, [tree.at(name) for name in extra]).items() if path not in there}
    return layer, add_debian_files(layer, tree, {**taken, **{name: name for name in extra}})


def brink_layer(name, version, arch, program, packages, created):
    layer = oci.Layer()
    layer.file("usr/bin/brink", stripped(program, arch), 0o755)
    layer.link("usr/bin/seldon-core-microservice", "brink")
    layer.file("usr/share/doc/brink/LICENSE", pathlib.Path("LICENSE").read_bytes())
    layer.file("usr/share/sbom/brink.spdx.json", sbom.spdx(name, version, arch, packages, created).encode())
    return layer


def labels(name, version, created, revision):
    prefix = "org.opencontainers.image."
    return {prefix + "title": name, prefix + "version": version, prefix + "created": created,
            prefix + "revision": revision, prefix + "licenses": "Apache-2.0",
            prefix + "description": "TFLite models served at the edge: server, storage initialiser and tool"}


def size_of(layout, descriptor):
    """Bytes that a registry sends for the image."""
    import json
    manifest = json.loads((layout.blobs / descriptor["digest"].split(":")[1]).read_bytes())
    return manifest["config"]["size"] + sum(layer["size"] for layer in manifest["layers"])


def add_image(layout, name, options, programs):
    """One variant: an index of its architectures."""
    notes = labels(name, options.version, options.created, options.revision)
    images = []
    for arch, program, tree in programs:
        base, packages = debian_layer(tree, program, BUILT_IN + ([] if name.endswith("-rest") else BUILT_IN_GRPC))
        layers = [base]
        if name in EXTRA:
            more, extra_packages = extra_layer(tree, program, EXTRA[name])
            layers.append(more)
            packages |= extra_packages
        layers.append(brink_layer(name, options.version, arch, program, packages, options.created))
        images.append(layout.image(PLATFORMS[arch], layers, PROCESS, notes, options.created))
        print(f"{name}:{options.version} {arch}: {size_of(layout, images[-1]) / 1e6:.1f} MB", flush=True)
    layout.index(f"{name}:{options.version}", images, notes)


def moment(epoch):
    return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+", metavar="NAME=ARCH=PROGRAM=ROOT",
                        help="a variant's program for one architecture and the tree (or trees, A:B) that its libraries are in")
    parser.add_argument("--output", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--revision", default="")
    parser.add_argument("--epoch", default=os.environ.get("SOURCE_DATE_EPOCH", "0"), help="seconds; when it was made")
    options = parser.parse_args()
    options.created = moment(options.epoch)
    variants = {}
    for text in options.programs:
        name, arch, program, folder = text.split("=")
        if arch not in PLATFORMS:
            parser.error(f"{text}: architecture {arch}; known are {', '.join(PLATFORMS)}")
        variants.setdefault(name, []).append((arch, pathlib.Path(program), roots.Root(folder, arch)))
    shutil.rmtree(options.output, ignore_errors=True)
    layout = oci.Layout(options.output)
    for name, programs in variants.items():
        add_image(layout, name, options, programs)
    layout.finish()


if __name__ == "__main__":
    sys.exit(main())
