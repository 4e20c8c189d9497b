"""brink as Seldon's operator starts it: no arguments that matter, everything in the environment."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from setting import BRINK, DIGITS, HAS_GRPC, MASK_MODEL, PATIENCE, PREDICT, SHARED, digit_input, free_port, wait_until


def parameters(**values):
    return json.dumps([{"name": name, "value": str(value), "type": "INT" if isinstance(value, int) else "STRING"}
                       for name, value in values.items()])


class Pod:
    """A server process with a pod's environment and nothing else of brink's."""

    def __init__(self, variables, arguments=(), program=BRINK):
        self.http, self.grpc, self.metrics = free_port(), free_port(), free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PREDICTIVE_UNIT_SERVICE_PORT": str(self.http), "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": str(self.http),
            "PREDICTIVE_UNIT_GRPC_SERVICE_PORT": str(self.grpc),
            "PREDICTIVE_UNIT_METRICS_SERVICE_PORT": str(self.metrics), "PREDICTIVE_UNIT_METRICS_ENDPOINT": "/prometheus",
            "PREDICTIVE_UNIT_ID": "model", "PREDICTIVE_UNIT_IMAGE": "brink:0.1.0", "PREDICTOR_ID": "default",
            "PREDICTOR_LABELS": '{"version":"default"}', "SELDON_DEPLOYMENT_ID": "digits",
            "SELDON_EXECUTOR_ENABLED": "true", **variables}
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([program, *arguments], env=environment, stderr=self.log, stdout=self.log)

    def text(self):
        self.log.seek(0)
        return self.log.read().decode()

    def wait(self, port=None, seconds=60 * PATIENCE):
        """Until the port answers a TCP connect, which is the operator's probe."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection(("127.0.0.1", port or self.http), 5).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(self.text()) from None
                time.sleep(.01)

    def ask(self, path, body=None, port=None):
        request = urllib.request.Request(f"http://127.0.0.1:{port or self.http}{path}",
                                         None if body is None else json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60 * PATIENCE) as answer:
            return answer.read().decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()


class PodContract(unittest.TestCase):
    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.symlink(DIGITS, os.path.join(folder.name, "digits.tflite"))
        return folder.name

    def test_the_environment_alone_is_enough(self):
        with Pod({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=self.folder(), threads=1)}).wait() as pod:
            answer = json.loads(pod.ask(PREDICT, {"data": {"ndarray": digit_input(3)}}))
            scores = answer["data"]["ndarray"][0]
            self.assertEqual(3, scores.index(max(scores)))
            self.assertEqual({"model": "brink:0.1.0"}, answer["meta"]["requestPath"])
            if HAS_GRPC:
                socket.create_connection(("127.0.0.1", pod.grpc), 5).close()
            else:
                self.assertIn(f"the pod's gRPC port is not served port={pod.grpc}", pod.text().replace('"', ""))
            # An answer may come before its job has ended.
            wait_until(lambda: "brink_predictions_running 0.0" in pod.ask("/metrics"))
            for text in (pod.ask("/prometheus", port=pod.metrics), pod.ask("/metrics")):
                self.assertIn('seldon_api_executor_server_requests_seconds_count{code="200",deployment_name="digits"', text)
                self.assertIn('predictor_version="default"', text)
                self.assertIn("brink_predictions_total 1.0", text)
            pod.process.send_signal(signal.SIGTERM)
            self.assertEqual(0, pod.process.wait(20 * PATIENCE))

    def test_max_batch_size_lets_a_request_bring_several_rows(self):
        given = {"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=self.folder(), max_batch_size=3)}
        with Pod(given).wait() as pod:
            rows = [digit_input(digit)[0] for digit in (3, 7, 1)]
            answer = json.loads(pod.ask(PREDICT, {"data": {"ndarray": rows}}))["data"]["ndarray"]
            self.assertEqual([3, 7, 1], [row.index(max(row)) for row in answer])
            with self.assertRaises(urllib.error.HTTPError) as refused:
                pod.ask(PREDICT, {"data": {"ndarray": rows * 2}})
            self.assertEqual(400, refused.exception.code)
            self.assertIn("or up to 3 of its rows", refused.exception.read().decode())

    def test_each_request_has_a_line_with_its_id_at_debug_or_with_the_access_log(self):
        given = {"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=self.folder()), "BRINK_LOG_FORMAT": "json"}
        body = {"data": {"ndarray": digit_input(3)}, "meta": {"puid": "p-7"}}
        for switch in ({"SELDON_LOG_LEVEL": "DEBUG"}, {"GUNICORN_ACCESS_LOG": "true"}, {"BRINK_ACCESS_LOG": "yes"}, {}):
            with self.subTest(switch), Pod({**given, **switch}).wait() as pod:
                pod.ask(PREDICT, body)
                with self.assertRaises(urllib.error.HTTPError):
                    pod.ask("/no/such/path")
                pod.process.send_signal(signal.SIGTERM)
                self.assertEqual(0, pod.process.wait(20 * PATIENCE))
                lines = [line for line in map(json.loads, pod.text().splitlines()) if line["msg"] == "request"]
                wanted = [("p-7", "post", PREDICT, "200"), ("", "get", "/no/such/path", "404")] if switch else []
                self.assertEqual(wanted, [(line["id"], line["method"], line["path"], line["code"]) for line in lines])
                for line in lines:
                    self.assertGreaterEqual(line["ms"], line["model_ms"])

    def test_a_pod_of_protocol_v2_names_its_model_in_mlservers_variable(self):
        with Pod({"MLSERVER_MODEL_URI": self.folder(), "PREDICTIVE_UNIT_PARAMETERS": "[]"}).wait() as pod:
            self.assertEqual("pong", pod.ask("/health/ping"))
            for probe in ("live", "ready"):
                self.assertEqual(probe, pod.ask(f"/v2/health/{probe}"))

    def test_the_notebooks_command_line_starts_it(self):
        folder = self.folder()
        link = os.path.join(folder, "seldon-core-microservice")
        os.symlink(BRINK, link)
        variables = {"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=folder)}
        for arguments in (["TFLiteServer", "REST", "--service-type", "MODEL"], ["TFLiteServer"]):
            with Pod(variables, arguments, program=link).wait() as pod:
                self.assertEqual("pong", pod.ask("/health/ping"))
        with Pod(variables, ["microservice", "TFLiteServer", "--workers", "2"]).wait() as pod:
            self.assertEqual("pong", pod.ask("/health/ping"))

    def test_the_variables_of_old_images_are_taken(self):
        variables = {"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=self.folder()), "API_TYPE": "REST",
                     "SERVICE_TYPE": "MODEL", "MODEL_NAME": "MyClassifier"}
        with Pod(variables).wait() as pod:
            answer = json.loads(pod.ask(PREDICT, {"data": {"ndarray": digit_input(3)}}))
            self.assertEqual({"model": "brink:0.1.0"}, answer["meta"]["requestPath"])
            self.assertIn("MyClassifier", pod.text())

    def test_every_documented_path_answers_and_stands_on_the_page(self):
        with Pod({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=self.folder())}).wait() as pod:
            document = json.loads(pod.ask("/seldon.json"))
            page = pod.ask("/api/v1.0/doc/")
            self.assertRegex(document["openapi"], r"^3\.")
            self.assertIn(PREDICT, document["paths"])
            self.assertIn("/seldon.json", page)
            for path, operations in document["paths"].items():
                self.assertIn(path, page)
                for method in operations:
                    body = {"data": {"ndarray": digit_input(3)}} if method == "post" else None
                    try:
                        pod.ask(path, body)
                    except urllib.error.HTTPError as refused:
                        # A model has no part of a router or combiner, but the path is there.
                        self.assertNotIn(refused.code, (404, 405), path)

    def test_what_is_wrong_is_said_and_ends_it(self):
        folder = self.folder()
        empty = tempfile.TemporaryDirectory()
        self.addCleanup(empty.cleanup)
        cases = [({"PREDICTIVE_UNIT_PARAMETERS": "{not json"}, "PREDICTIVE_UNIT_PARAMETERS"),
                 ({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=folder, thread=1)}, "'thread'"),
                 ({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=empty.name)}, "No models found at " + empty.name),
                 ({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=folder, output_tensor_name="nope")},
                  "Tensor name not found: 'nope', the model has"),
                 ({"PREDICTIVE_UNIT_PARAMETERS": "[]"}, "model_uri"),
                 ({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=folder, max_batch_size="four")},
                  "parameter 'max_batch_size': type STRING, want INT"),
                 ({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=folder, max_batch_size=0)},
                  "parameter 'max_batch_size': want a number from 1 to 1024, got '0'"),
                 ({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=folder), "SERVICE_TYPE": "MODLE"},
                  "SERVICE_TYPE: 'MODLE' is not MODEL"),
                 ({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=folder),
                   "PREDICTIVE_UNIT_HTTP_SERVICE_PORT": "abc"}, "PREDICTIVE_UNIT_HTTP_SERVICE_PORT: 'abc'")]
        for variables, wanted in cases:
            with self.subTest(wanted), Pod(variables) as pod:
                self.assertEqual(1, pod.process.wait(60 * PATIENCE))
                self.assertIn(wanted, pod.text())

    def test_a_grpc_or_metrics_port_in_use_ends_it_at_once(self):
        folder = self.folder()
        grpc = ["PREDICTIVE_UNIT_GRPC_SERVICE_PORT"] if HAS_GRPC else []
        for name in [*grpc, "PREDICTIVE_UNIT_METRICS_SERVICE_PORT"]:
            with socket.socket() as taken:
                taken.bind(("0.0.0.0", 0))
                taken.listen()
                port = str(taken.getsockname()[1])
                with Pod({"PREDICTIVE_UNIT_PARAMETERS": parameters(model_uri=folder), name: port}) as pod:
                    self.assertEqual(1, pod.process.wait(60 * PATIENCE))
                    self.assertIn(port, pod.text())
                    self.assertIn("in use", pod.text())

    @unittest.skipUnless(MASK_MODEL.exists(), f"needs {SHARED}")
    def test_the_reference_deployment_answers(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(MASK_MODEL, os.path.join(folder, "face_mask_detection.tflite"))
            given = parameters(input_tensor_name="data_1", output_tensor_name="cls_branch_concat_1/concat", model_uri=folder)
            with Pod({"PREDICTIVE_UNIT_PARAMETERS": given}).wait() as pod:
                answer = json.loads(pod.ask(PREDICT, {"data": {"ndarray": [[[[.5] * 3] * 260] * 260]}}))
                self.assertEqual((5972, 2), (len(answer["data"]["ndarray"][0]), len(answer["data"]["ndarray"][0][0])))


if __name__ == "__main__":
    unittest.main()
