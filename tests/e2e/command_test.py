"""The subcommands: what they print, with which exit code."""

import json
import pathlib
import tempfile
import unittest

from setting import DIGITS, MASK_DEPLOYMENT, ROOT, digit_png, listener, run

COMMANDS = ["up", "run", "fetch", "predict", "inspect", "bench", "verify", "ops"]


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def assert_one_line(self, done, code, *parts):
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertEqual(1, done.stderr.count("\n"), done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)

    def json_of(self, *arguments):
        done = run(*arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def picture(self, digit):
        path = self.folder / f"{digit}.png"
        path.write_bytes(digit_png(digit))
        return path

    def test_version_and_help_are_printed(self):
        self.assertRegex(run("--version").stdout, r"^brink \d+\.\d+\.\d+\n$")
        for command in COMMANDS:
            self.assertIn(command, run("--help").stdout)
            done = run(command, "--help")
            self.assertEqual(0, done.returncode)
            self.assertIn("example: brink " + command, done.stdout)

    def test_wrong_use_is_one_line_and_exit_code_2(self):
        self.assert_one_line(run(), 2, "a command is missing", "--help")
        self.assert_one_line(run("bnch"), 2, "did you mean 'bench'?")
        self.assert_one_line(run("up"), 2, "--filename is required")
        self.assert_one_line(run("predict", DIGITS), 2, "IMAGE is required")
        self.assert_one_line(run("run", DIGITS, "--thread", "2"), 2, "did you mean '--threads'?")
        self.assert_one_line(run("run", DIGITS, "--http-port", "70000"), 2, "--http-port", "0 to 65535")
        self.assert_one_line(run("run", DIGITS, "--mirror", "x"), 2, "--mirror", "FROM=TO")
        self.assert_one_line(run("run", DIGITS, environment={"BRINK_THREADS": "many"}), 2, "BRINK_THREADS")

    def test_failures_are_one_line_and_exit_code_1(self):
        self.assert_one_line(run("inspect", "nowhere.tflite"), 1, "nowhere.tflite: no such file")
        self.assert_one_line(run("inspect", "gopher://x/y"), 1, "scheme 'gopher:' is not supported")
        self.assert_one_line(run("inspect", self.folder), 1, "No models found at")
        self.assert_one_line(run("bench", MASK_DEPLOYMENT), 1, "not a .tflite file")
        self.assert_one_line(run("predict", DIGITS, "nowhere.png"), 1, "nowhere.png")
        self.assert_one_line(run("predict", DIGITS, DIGITS), 1, str(DIGITS))
        self.assert_one_line(run("predict", DIGITS, self.picture(1), "--output", "/nowhere/x.jpg"), 1, "/nowhere/x.jpg")
        self.assert_one_line(run("run", DIGITS, "--output-tensor-name", "nope", "--http-port", "0", "--log-level", "error"),
                             1, "nope")

    def test_a_port_in_use_is_said_before_anything_is_fetched(self):
        with listener() as port:
            done = run("run", "http://127.0.0.1:9/never-asked.tflite", "--http-port", port, "--address", "127.0.0.1")
        self.assert_one_line(done, 1, str(port), "in use")

    def test_ops_lists_what_the_documentation_lists(self):
        self.assertEqual((ROOT / "docs/ops.md").read_text(), run("ops", "--markdown").stdout, "brink ops --markdown >docs/ops.md")
        conv = [op for op in json.loads(run("ops", "--json").stdout) if op["operator"] == "CONV_2D"]
        self.assertIn("i8", conv[0]["types"].split())
        self.assertRegex(run("ops").stdout, r"(?m)^CUSTOM:TFLite_Detection_PostProcess +1 ")

    def test_inspect_tells_tensors_operators_and_memory(self):
        report = self.json_of("inspect", DIGITS, "--json")
        graph = report["graphs"][0]
        self.assertEqual([1, 8, 8, 1], graph["tensors"][graph["inputs"][0]]["shape"])
        self.assertIn("CONV_2D", [node["operator"] for node in graph["operators"]])
        self.assertGreater(report["plan"]["arena_bytes"], 0)
        text = run("inspect", DIGITS, "--all").stdout
        self.assertIn("CONV_2D", text)
        self.assertIn(report["sha256"], text)

    def test_bench_tells_milliseconds(self):
        report = self.json_of("bench", DIGITS, "--threads", "1", "--seconds", "0.05", "--json")
        self.assertGreaterEqual(report["median_ms"], report["min_ms"])
        self.assertGreater(report["min_ms"], 0)
        self.assertEqual(1, report["threads"])
        self.assertIn("median", run("bench", DIGITS, "--seconds", "0.05", "--steps").stdout)
        self.assertLess(report["idle_bytes"], report["peak_bytes"])

    def test_bench_measures_so_many_inferences(self):
        self.assertEqual(3, self.json_of("bench", DIGITS, "--threads", "1", "--runs", "3", "--json")["runs"])
        self.assertIn("(1 runs, ", run("bench", DIGITS, "--threads", "1", "--runs", "1").stdout)

    def test_bench_tells_what_other_kernels_take(self):
        report = self.json_of("bench", DIGITS, "--threads", "1", "--seconds", "0.05", "--kernels", "--json")
        convolutions = [step for step in report["steps"] if step["operator"] == "CONV_2D"]
        self.assertTrue(convolutions)
        for step in convolutions:
            self.assertTrue(step["others"])
            self.assertNotIn(step["kernel"], step["others"])
            self.assertGreater(min(step["others"].values()), 0)

    def test_predict_tells_what_is_in_a_picture_and_draws_it(self):
        output = self.folder / "seen.jpg"
        picture = self.picture(4)
        answer = self.json_of("predict", DIGITS, picture, "--json", "--output", output)
        self.assertEqual("4", answer["classifications"][0]["label"])
        self.assertEqual(b"\xff\xd8\xff", output.read_bytes()[:3])
        self.assertRegex(run("predict", DIGITS, picture).stdout, r"^4 +\d\.\d+\n")

    def test_print_config_tells_where_each_value_comes_from(self):
        done = run("up", "-f", MASK_DEPLOYMENT, "--http-port", "9001", "--print-config", environment={"BRINK_THREADS": "2"})
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("http_port = 9001  (--http-port)\n", done.stdout)
        self.assertIn("threads = 2  (BRINK_THREADS)\n", done.stdout)
        self.assertIn("card =   (default)\n", done.stdout)
        self.assertRegex(done.stdout, r"input_tensor_name = data_1  \(.*seldondeployment\.yaml:\d+: .*\)\n")

    def test_a_deployment_that_is_wrong_is_refused_with_its_line(self):
        text = MASK_DEPLOYMENT.read_text()
        for old, new, words in [("modelUri", "modelURI", "unknown field 'modelURI' (did you mean 'modelUri'?)"),
                                ("children: []", "children: [{name: next}]", "children are not supported yet"),
                                ("TFLITE_SERVER", "SKLEARN_SERVER", "supported is TFLITE_SERVER"),
                                ("input_tensor_name", "input_name", "unknown parameter 'input_name'")]:
            self.assertIn(old, text)
            done = run("up", "-f", "-", stdin=text.replace(old, new, 1).encode())
            self.assert_one_line(done, 1, words)
            self.assertRegex(done.stderr, r"standard input:\d+: ")

    def test_every_example_is_read(self):
        for path in (ROOT / "examples").glob("*/seldondeployment.yaml"):
            self.assertEqual(0, run("up", "-f", path, "--print-config").returncode, path)


if __name__ == "__main__":
    unittest.main()
