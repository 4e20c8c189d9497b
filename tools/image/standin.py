"""Stand-ins for libraries that Debian's libcurl asks for and brink does without: RTMP, SSH, LDAP, Kerberos, cookies' suffixes and
names of hosts that are not ASCII, which bring GnuTLS, Unicode's tables and thirty other libraries, 4 MB compressed. brink speaks
HTTP and HTTPS only, without `Negotiate` and cookies, and says so to libcurl (CURLOPT_PROTOCOLS_STR). A stand-in has the names that
libcurl looks up at its start; a call of one ends the program, but of the few that libcurl makes whatever it is used for.
"""

import pathlib
import re
import subprocess
import tempfile

COMPILER = {"amd64": "gcc", "arm64": "aarch64-linux-gnu-gcc", "armhf": "arm-linux-gnueabihf-gcc"}
USER = "libcurl.so.4"
PREFIXES = {"librtmp.so.1": "RTMP_", "libssh2.so.1": "libssh2_", "libgssapi_krb5.so.2": "gss_", "libldap-2.5.so.0": "ldap_",
            "liblber-2.5.so.0": "ber_", "libpsl.so.5": "psl_", "libidn2.so.0": "idn2_"}
NEEDLESS = frozenset(PREFIXES)
# What these return says: ready; no libidn2 here, take the host's name as it is.
CALLED = {"libssh2_init": 0, "libssh2_exit": 0, "idn2_check_version": 0, "idn2_lookup_ul": -1}
FLAGS = ["-shared", "-nostdlib", "-fPIC", "-Os", "-s", "-Wl,--build-id=none"]


def wanted(library):
    """[(name, version or "", whether it is data)] of what the shared library takes from others."""
    listing = subprocess.run(["readelf", "--dyn-syms", "-W", str(library)], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^ *\d+: +\S+ +\d+ +(\w+) +\w+ +\w+ +UND +([^\s@]+)(?:@+(\S+))?", listing, re.MULTILINE)
    return [(name, version, kind == "OBJECT" or name.isupper()) for kind, name, version in found]


def source(symbols):
    def body(name):
        return f"return {CALLED[name]}" if name in CALLED else "__builtin_trap()"
    return "".join(f"const void* const {name} = 0;\n" if data else f"long {name}(void) {{ {body(name)}; }}\n"
                   for name, _, data in symbols)


def script(symbols):
    """A linker's version script: the library's users check that it has the versions that they were linked with."""
    versions = sorted({version for _, version, _ in symbols if version})
    return "".join(f"{version} {{ global: {' '.join(name + ';' for name, of, _ in symbols if of == version)} }};\n"
                   for version in versions)


def library(name, user, arch):
    """The bytes of a stand-in for the library `name`, which `user`, a path, asks for."""
    symbols = [symbol for symbol in wanted(user) if symbol[0].lower().startswith(PREFIXES[name].lower())]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "standin.c").write_text(source(symbols))
        (folder / "versions").write_text(script(symbols))
        versions = ["-Wl,--version-script=versions"] * bool(script(symbols))
        subprocess.run([COMPILER[arch], *FLAGS, f"-Wl,-soname,{name}", *versions, "-o", "standin.so", "standin.c"],
                       check=True, cwd=folder)
        return (folder / "standin.so").read_bytes()
