"""Makes brink's Debian package for one architecture: build/package/brink_VERSION_ARCH.deb.

CPack packs what this script lays out, so that all architectures get the same files and the right dependencies, which
dpkg-shlibdeps cannot find in a sysroot: the packages of the libraries that the program asks for. The man page and the
completion are made from the --help of this machine's own brink.
"""

import argparse
import gzip
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools/image"))
sys.path.insert(0, str(ROOT / "tools/package"))

import man  # noqa: E402
import root as roots  # noqa: E402

STRIP = {"amd64": "strip", "arm64": "aarch64-linux-gnu-strip", "armhf": "arm-linux-gnueabihf-strip"}
CPACK = """
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME brink)
set(CPACK_PACKAGE_VERSION {version})
set(CPACK_PACKAGE_FILE_NAME brink_{version}_{arch})
set(CPACK_PACKAGE_DIRECTORY "{output}")
set(CPACK_INSTALLED_DIRECTORIES "{tree};/")
set(CPACK_PACKAGING_INSTALL_PREFIX "/")
set(CPACK_SET_DESTDIR OFF)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE {arch})
set(CPACK_DEBIAN_PACKAGE_DEPENDS "{depends}")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "brink developers <brink@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "TFLite models served at the edge")
set(CPACK_PACKAGE_DESCRIPTION "One small program that serves TFLite models with Seldon Core's protocol over HTTP and gRPC, on a machine as small as a Raspberry Pi.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "{control}/conffiles;{control}/postinst;{control}/prerm;{control}/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
"""
MODELS = "usr/share/brink/models/"


def put(tree, path, data, mode=0o644):
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    file.chmod(mode)


def depends(program, tree):
    """ "libc6 (>= 2.36), libcurl4, ..." """
    names = {tree.owner(tree.find(name)) for name in roots.needed(program)
             if name != pathlib.Path(roots.LOADERS[tree.arch]).name}
    names |= {"libc6", "ca-certificates"}
    return ", ".join(f"{name} (>= 2.36)" if name == "libc6" else name for name in sorted(names - {None}))


def examples():
    """{name: SeldonDeployment}, that of the digits with the model that the package brings."""
    found = {name: (ROOT / "examples" / name / "seldondeployment.yaml").read_text() for name in ("face-mask-detector", "digits")}
    body = found["digits"][found["digits"].index("apiVersion:"):]
    found["digits"] = ("# Handwritten digits, with the small model that lies beside: works without a network.\n" +
                       body.replace("modelUri: models/digits/", f"modelUri: /{MODELS}"))
    return found


def lay_out(tree, program, arch, own, version):
    """The files of the package under `tree`."""
    put(tree, "usr/bin/brink", b"", 0o755)
    subprocess.run([STRIP[arch], "-o", str(tree / "usr/bin/brink"), str(program)], check=True)
    (tree / "usr/bin/brink").chmod(0o755)
    put(tree, "usr/share/man/man1/brink.1.gz", gzip.compress(man.page(own, version).encode(), 9, mtime=0))
    for name, path in {"brink.bash": "usr/share/bash-completion/completions/brink",
                       "brink@.service": "lib/systemd/system/brink@.service", "README": "etc/brink/README"}.items():
        put(tree, path, (ROOT / "deploy/debian" / name).read_bytes())
    for name, text in examples().items():
        put(tree, f"usr/share/doc/brink/examples/{name}.yaml", text.encode())
    for name in ("digits_int8.tflite", "digits_int8.card.yaml"):
        put(tree, MODELS + name, (ROOT / "models/digits" / name).read_bytes())
    put(tree, "usr/share/doc/brink/copyright", (ROOT / "LICENSE").read_bytes())
    put(tree, "usr/share/doc/brink/changelog.gz", gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), 9, mtime=0))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arch", choices=STRIP)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--own", required=True, type=pathlib.Path, help="the brink that runs on this machine")
    parser.add_argument("--sysroot", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options = parser.parse_args()
    version = re.search(r"^project\(brink VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE).group(1)
    work = options.output.resolve() / options.arch
    shutil.rmtree(work, ignore_errors=True)
    tree, control = work / "tree", work / "control"
    lay_out(tree, options.program, options.arch, options.own, version)
    for script in ("postinst", "prerm", "postrm"):
        put(control, script, (ROOT / "deploy/debian" / script).read_bytes(), 0o755)
    put(control, "conffiles", b"/etc/brink/README\n")
    (work / "CPackConfig.cmake").write_text(CPACK.format(
        version=version, arch=options.arch, output=options.output.resolve(), tree=tree, control=control,
        depends=depends(options.program, roots.Root(options.sysroot, options.arch))))
    subprocess.run(["cpack", "--config", str(work / "CPackConfig.cmake")], check=True, cwd=work, stdout=subprocess.DEVNULL)
    shutil.rmtree(work)
    print(options.output / f"brink_{version}_{options.arch}.deb")


if __name__ == "__main__":
    main()
