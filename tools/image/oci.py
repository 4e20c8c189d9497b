"""Writes an OCI image layout (image-spec 1.0), the same bytes for the same files: no clock, no owner, no order of a disk."""

import hashlib
import io
import json
import pathlib
import subprocess
import tarfile

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def compressed(data):
    """As gzip, without a name or a clock in it."""
    return subprocess.run(["libdeflate-gzip", "-12", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


class Layer:
    """Files of a layer by path; folders above them are made as they are needed."""

    def __init__(self):
        self._members = {}  # path: (TarInfo, bytes)

    def _add(self, path, kind, mode, data=b"", link=""):
        for parent in reversed(pathlib.PurePosixPath(path).parents[:-1]):
            if str(parent) not in self._members:
                self._add(str(parent), tarfile.DIRTYPE, 0o755)
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.size, info.linkname = kind, mode, len(data), link
        self._members[path] = (info, data)

    def file(self, path, data, mode=0o644):
        self._add(path, tarfile.REGTYPE, mode, data)

    def link(self, path, target):
        self._add(path, tarfile.SYMTYPE, 0o777, link=target)

    def folder(self, path, mode=0o755):
        self._add(path, tarfile.DIRTYPE, mode)

    def tar(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for path in sorted(self._members):
                info, data = self._members[path]
                tar.addfile(info, io.BytesIO(data))
        return out.getvalue()


class Layout:
    """An OCI layout in `folder`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.blobs = self.folder / "blobs/sha256"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self._named = []

    def blob(self, data, media_type, **more):
        """Keeps the bytes; their descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **more}

    def json_blob(self, value, media_type, **more):
        return self.blob(json.dumps(value, sort_keys=True, separators=(",", ":")).encode(), media_type, **more)

    def image(self, platform, layers, process, labels, created):
        """One platform's manifest; its descriptor. `process`: the image's config (User, Env, Entrypoint ...)."""
        tars = [layer.tar() for layer in layers]
        descriptors = [self.blob(compressed(tar), LAYER) for tar in tars]
        config = self.json_blob({
            **platform, "created": created, "config": {**process, "Labels": labels},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}" for tar in tars]},
            "history": [{"created": created, "created_by": "tools/image"} for _ in tars]}, CONFIG)
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": descriptors,
                    "annotations": labels}
        return self.json_blob(manifest, MANIFEST, platform=platform)

    def index(self, name, images, labels):
        """The images of all platforms under one name."""
        value = {"schemaVersion": 2, "mediaType": INDEX, "manifests": images, "annotations": labels}
        self._named.append(self.json_blob(value, INDEX, annotations={"org.opencontainers.image.ref.name": name}))

    def finish(self):
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        value = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self._named}
        (self.folder / "index.json").write_text(json.dumps(value, sort_keys=True, indent=1) + "\n")
