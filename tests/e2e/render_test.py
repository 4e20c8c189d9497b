"""brink render: objects that Kubernetes takes, and that serve what brink up serves."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from setting import BRINK, MASK_DEPLOYMENT, PREDICT, ROOT, BrinkProcess, digit_png, picture_message, run

DIGITS_DEPLOYMENT = ROOT / "examples/digits/seldondeployment.yaml"


def render(path, *arguments):
    done = run("render", "-f", path, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


class RenderTest(unittest.TestCase):
    def test_the_objects_come_in_the_order_in_which_they_are_needed(self):
        kinds = re.findall(r"^kind: (\w+)", render(MASK_DEPLOYMENT, "--hpa"), re.MULTILINE)
        self.assertEqual(kinds, ["ConfigMap", "Deployment", "Service", "HorizontalPodAutoscaler"])

    def test_kubectl_reads_them(self):
        kubectl = shutil.which("kubectl")
        if not kubectl:
            self.skipTest("kubectl is not installed")
        text = render(MASK_DEPLOYMENT, "--hpa", "--grpc-port", "9500", "--image", "registry.local:5000/brink:0.1.0")
        # Parses and prints without a cluster.
        done = subprocess.run([kubectl, "label", "--local", "-f", "-", "seen=yes", "-o", "json"], input=text.encode(),
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        objects = list(json_documents(done.stdout.decode()))
        pod = next(o for o in objects if o["kind"] == "Deployment")["spec"]["template"]["spec"]
        self.assertEqual(pod["nodeName"], "raspberry")
        container = pod["containers"][0]
        self.assertEqual(container["image"], "registry.local:5000/brink:0.1.0")
        self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])

    def test_the_containers_arguments_serve_the_file_of_the_config_map(self):
        text = render(DIGITS_DEPLOYMENT)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "seldondeployment.yaml"
            file.write_text(config_map_file(text))
            arguments = container_arguments(text)
            self.assertEqual(arguments[:3], ["up", "-f", "/etc/brink/seldondeployment.yaml"])
            with BrinkProcess(BRINK, ["up", "-f", str(file)]) as brink:
                status, body = brink.post(PREDICT, picture_message(digit_png(7)))
                self.assertEqual(status, 200)
                classes = json.loads(body)["jsonData"]["classifications"]
                self.assertEqual(classes[0]["label"], "7")

    def test_a_file_that_up_refuses_is_refused(self):
        done = run("render", "-f", "-", stdin=b"kind: Pod\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard input", done.stderr)


def json_documents(text):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        yield from value["items"] if value["kind"] == "List" else [value]
        while at < len(text) and text[at].isspace():
            at += 1


def config_map_file(text):
    """The lines under seldondeployment.yaml, a literal block."""
    block = text.split("\n  seldondeployment.yaml: |\n")[1]
    return "".join(line[4:] or "\n" for line in re.match(r"(?:    .*\n|\n)+", block).group().splitlines(True))


def container_arguments(text):
    listed = re.search(r"^        args:\n((?:        - .*\n)+)", text, re.MULTILINE).group(1)
    return [line.strip()[2:].strip('"') for line in listed.splitlines()]


if __name__ == "__main__":
    unittest.main()
