"""The pods that the real Seldon operator made of SeldonDeployments (../shared/kubernetes): their environment, probes, paths."""

import json
import os
import re
import signal
import tempfile
import unittest

from pod_test import Pod
from setting import MASK_MODEL, PATIENCE, PREDICT, SHARED

FOLDER = SHARED / "kubernetes"
FILES = ("deploy.yaml", "pvc-deploy.yaml", "v2-deploy.yaml")


def variables_of(text):
    """The environment of the one container: name and value, which may be empty."""
    block = text[text.index("- env:"):text.index("        image:")]
    pairs = re.findall(r"- name: (\w+)(?:\n +value: (.*))?", block)
    return {name: value[1:-1] if value[:1] == "'" else value for name, value in pairs}


@unittest.skipUnless(FOLDER.is_dir() and MASK_MODEL.is_file(), f"needs {FOLDER}")
class OperatorPods(unittest.TestCase):
    def pod(self, file):
        """As the file says, but for /mnt/models and the ports, which Pod chooses."""
        models = tempfile.TemporaryDirectory()
        self.addCleanup(models.cleanup)
        os.symlink(MASK_MODEL, os.path.join(models.name, MASK_MODEL.name))
        text = (FOLDER / file).read_text()
        given = {name: value.replace("/mnt/models", models.name) for name, value in variables_of(text).items()
                 if not name.endswith("_PORT")}
        return text, Pod(given)

    def test_each_answers_its_probes_a_prediction_and_a_scrape_and_ends(self):
        for file in FILES:
            text, started = self.pod(file)
            with self.subTest(file), started as pod:
                pod.wait()  # the operator's TCP probe
                for path in re.findall(r"path: (/v2/health/\w+)", text):
                    self.assertIn(pod.ask(path), ("live", "ready"))
                answer = json.loads(pod.ask(PREDICT, {"data": {"ndarray": [[[[.5] * 3] * 260] * 260]}}))
                self.assertEqual([5972, 2], [len(answer["data"]["ndarray"][0]), len(answer["data"]["ndarray"][0][0])])
                self.assertEqual({"model": "brink:0.1.0"}, answer["meta"]["requestPath"])
                scrape = re.search(r"prometheus.io/path: (\S+)", text).group(1)
                name = re.search(r"seldon-deployment-id: (\S+)", text).group(1)
                self.assertIn(f'deployment_name="{name}"', pod.ask(scrape, port=pod.metrics))
                pod.process.send_signal(signal.SIGTERM)
                self.assertEqual(0, pod.process.wait(20 * PATIENCE), pod.text())


if __name__ == "__main__":
    unittest.main()
