"""What lies in deploy/, and what brink render prints, against Kubernetes' schemas and what Seldon's operator reads."""

import json
import os
import pathlib
import shutil
import subprocess
import unittest

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
SHARED = pathlib.Path(os.environ.get("BRINK_SHARED") or ROOT.parent / "shared")
PEERS = pathlib.Path(os.environ.get("BRINK_PEERS") or ROOT / "build/peers")
HELM = shutil.which("helm") or str(PEERS / "bin/helm")
KUBECTL = shutil.which("kubectl") or str(PEERS / "bin/kubectl")
KUBERNETES = "1.28"


def documents(text):
    return [document for document in yaml.safe_load_all(text) if document]


def validate(text):
    for document in documents(text):
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def helm(*arguments):
    return subprocess.run([HELM, *map(str, arguments)], capture_output=True, text=True)


def kubectl(text):
    """What kubectl, without a cluster, reads from the text: ["deployment.apps/name"]."""
    done = subprocess.run([KUBECTL, "annotate", "--local", "--dry-run=client", "-f", "-", "read=yes", "-o", "name"], input=text,
                          capture_output=True, text=True, env={**os.environ, "KUBECONFIG": "/dev/null"})
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.split()


class KubernetesTest(unittest.TestCase):
    def test_the_edge_manifests_fit_the_schema(self):
        for path in (DEPLOY / "kubeedge").glob("*.yaml"):
            with self.subTest(path.name):
                validate(path.read_text())

    def test_what_render_prints_fits_the_schema(self):
        for path in [*ROOT.glob("examples/*/seldondeployment.yaml"), DEPLOY / "seldon/face-mask-detector.yaml"]:
            with self.subTest(path):
                done = subprocess.run([os.environ["BRINK_BINARY"], "render", "-f", str(path), "--hpa", "--metrics-port", "6000"],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(len(documents(done.stdout)), 4)
                validate(done.stdout)

    def test_the_deployment_in_the_edge_manifest_is_one_that_brink_takes(self):
        config = documents((DEPLOY / "kubeedge/face-mask-detector.yaml").read_text())[0]
        done = subprocess.run([os.environ["BRINK_BINARY"], "up", "-f", "-", "--print-config"],
                              input=config["data"]["seldondeployment.yaml"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


@unittest.skipUnless(os.access(KUBECTL, os.X_OK), "no kubectl; tests/peers/install.sh gets one")
class KubectlTest(unittest.TestCase):
    def test_it_reads_every_manifest(self):
        paths = [path for path in DEPLOY.glob("*/*.yaml") if not path.name.startswith("values")]
        self.assertGreater(len(paths), 4)
        for path in paths:
            with self.subTest(path.name):
                wanted = [document["metadata"]["name"] for document in documents(path.read_text())]
                self.assertEqual([name.split("/")[1] for name in kubectl(path.read_text())], wanted)

    def test_it_refuses_what_is_none(self):
        with self.assertRaisesRegex(AssertionError, "Kind"):
            kubectl("metadata: {name: x}\n")

    @unittest.skipUnless(os.access(HELM, os.X_OK), "no helm; tests/peers/install.sh gets one")
    def test_it_reads_what_the_chart_makes(self):
        done = helm("template", "mask", DEPLOY / "helm/brink", "--kube-version", KUBERNETES, "--set", "modelUri=https://example.com/m.tflite",
                    "--set", "autoscaling.enabled=true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(name.split("/")[0] for name in kubectl(done.stdout)),
                         ["configmap", "deployment.apps", "horizontalpodautoscaler.autoscaling", "service"])


@unittest.skipUnless(os.access(HELM, os.X_OK), "no helm; tests/peers/install.sh gets one")
class ChartTest(unittest.TestCase):
    chart = DEPLOY / "helm/brink"

    def render(self, *arguments):
        done = helm("template", "mask", self.chart, "--kube-version", KUBERNETES, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_chart_is_clean(self):
        done = helm("lint", "--strict", self.chart, "--set", "modelUri=https://example.com/m.tflite")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_form_of_the_chart_fits_the_schema(self):
        model = ["--set", "modelUri=https://example.com/m.tflite"]
        for more in ([], ["--set", "kind=DaemonSet,hostNetwork=true,cacheHostPath=/var/cache/brink"],
                     ["--set", "autoscaling.enabled=true,grpcPort=9500"], ["--set", "nodeSelector.edge=yes,nodeName=pi"]):
            with self.subTest(more):
                validate(self.render(*model, *more))

    def test_a_whole_deployment_is_served_as_it_is(self):
        path = ROOT / "examples/face-mask-detector/seldondeployment.yaml"
        config = next(d for d in documents(self.render("--set-file", f"deployment={path}")) if d["kind"] == "ConfigMap")
        self.assertEqual(config["data"]["seldondeployment.yaml"].strip(), path.read_text().strip())

    def test_without_a_model_it_says_what_is_missing(self):
        self.assertIn("which model?", helm("template", "mask", self.chart, "--kube-version", KUBERNETES).stderr)


class SeldonTest(unittest.TestCase):
    def test_deployments_have_what_the_operators_schema_wants(self):
        for name in ("face-mask-detector", "image-override", "ab-test"):
            deployment, = documents((DEPLOY / f"seldon/{name}.yaml").read_text())
            with self.subTest(name):
                self.assertEqual(deployment["apiVersion"], "machinelearning.seldon.io/v1")
                for predictor in deployment["spec"]["predictors"]:
                    for spec in predictor["componentSpecs"]:
                        self.assertIsInstance(spec["spec"]["containers"], list)
                    for parameter in predictor["graph"].get("parameters", []):
                        self.assertEqual(set(parameter), {"name", "value", "type"})

    def test_traffic_is_split_into_a_hundred(self):
        deployment, = documents((DEPLOY / "seldon/ab-test.yaml").read_text())
        self.assertEqual(sum(predictor["traffic"] for predictor in deployment["spec"]["predictors"]), 100)

    def test_values_register_the_server_for_the_protocol_that_brink_speaks(self):
        values, = documents((DEPLOY / "seldon/values.yaml").read_text())
        self.assertEqual(set(values["predictor_servers"]["TFLITE_SERVER"]["protocols"]["seldon"]),
                         {"image", "defaultImageVersion"})
        self.assertTrue(values["storageInitializer"]["image"])

    @unittest.skipUnless(shutil.which("jq") and (SHARED / "kubernetes/seldon-config.yaml").exists(), "no jq or recorded config")
    def test_registering_keeps_the_other_servers(self):
        config = documents((SHARED / "kubernetes/seldon-config.yaml").read_text())[1]
        before = json.loads(config["data"]["predictor_servers"])
        del before["TFLITE_SERVER"]
        config["data"]["predictor_servers"] = json.dumps(before)
        done = subprocess.run([DEPLOY / "seldon/register.sh", "r.local/brink", "9"], input=json.dumps(config),
                              capture_output=True, text=True, check=True)
        after = json.loads(json.loads(done.stdout)["data"]["predictor_servers"])
        self.assertEqual(after.pop("TFLITE_SERVER"),
                         {"protocols": {"seldon": {"image": "r.local/brink", "defaultImageVersion": "9"}}})
        self.assertEqual(after, before)
        storage = json.loads(json.loads(done.stdout)["data"]["storageInitializer"])
        self.assertEqual((storage["image"], storage["cpuLimit"]), ("r.local/brink:9", "1"))


if __name__ == "__main__":
    unittest.main()
