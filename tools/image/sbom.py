"""The software bill of materials of an image, as SPDX 2.3 JSON: brink and the Debian packages that its files come from."""

import hashlib
import json
import re


def _id(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def _package(name, version, licence, purl):
    return {"SPDXID": _id(name), "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": licence, "licenseDeclared": licence, "copyrightText": "NOASSERTION",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}]}


def spdx(image, version, arch, packages, created):
    """The document as text. `packages`: {Debian package: version}."""
    listed = [_package("brink", version, "Apache-2.0", f"pkg:generic/brink@{version}?arch={arch}")]
    listed += [_package(name, debian, "NOASSERTION", f"pkg:deb/debian/{name}@{debian}?arch={arch}&distro=debian-12")
               for name, debian in sorted(packages.items())]
    content = hashlib.sha256(json.dumps(listed).encode()).hexdigest()
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": _id("brink")}]
    relations += [{"spdxElementId": _id("brink"), "relationshipType": "DEPENDS_ON", "relatedSpdxElement": _id(name)}
                  for name in sorted(packages)]
    return json.dumps({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"{image}-{version}-{arch}",
        "documentNamespace": f"urn:brink:sbom:{image}:{version}:{arch}:{content}",
        "creationInfo": {"created": created, "creators": ["Tool: brink-tools-image"]},
        "packages": listed, "relationships": relations}, indent=1) + "\n"
