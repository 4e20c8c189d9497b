"""A server of the Open Inference Protocol V2 over REST with the binary tensor data extension, on LiteRT: a peer that holds clients
to the specification's text and refuses what is not in it.

usage: v2_server.py PORT NAME=MODEL.tflite... [--json | --no-binary]
Prints "ready" when it answers. With --json outputs are lists of JSON whatever was asked for; with --no-binary the server lacks the
extension, as MLServer does. Needs a Python with ai-edge-litert and numpy."""

import http.server
import json
import math
import sys
import threading

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType

DATATYPES = {"BOOL": "?", "UINT8": "u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8", "INT8": "i1", "INT16": "<i2", "INT32": "<i4",
             "INT64": "<i8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8"}
HEAD_LENGTH = "Inference-Header-Content-Length"


class Refused(Exception):
    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status


def check(right, message, status=400):
    if not right:
        raise Refused(message, status)


def datatype(dtype):
    return next(name for name, code in DATATYPES.items() if numpy.dtype(code) == dtype)


class Model:
    VERSIONS = ["1"]

    def __init__(self, name, path):
        self.name, self.turn = name, threading.Lock()
        # Without XNNPACK, which rounds integers its own way.
        self.interpreter = Interpreter(path, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
        self.interpreter.allocate_tensors()
        self.inputs = {one["name"]: one for one in self.interpreter.get_input_details()}
        self.outputs = {one["name"]: one for one in self.interpreter.get_output_details()}

    def metadata(self):
        def tensors(details):
            return [{"name": name, "datatype": datatype(one["dtype"]), "shape": [-1, *map(int, one["shape"][1:])]}
                    for name, one in details.items()]
        return {"name": self.name, "versions": self.VERSIONS, "platform": "litert", "inputs": tensors(self.inputs),
                "outputs": tensors(self.outputs)}

    def infer(self, given, wanted):
        with self.turn:
            for name, array in given.items():
                self.interpreter.set_tensor(self.inputs[name]["index"], array)
            self.interpreter.invoke()
            return {name: self.interpreter.get_tensor(self.outputs[name]["index"]) for name in wanted}


def read_inputs(model, head, rest):
    """The request's tensors; `rest` is what lies behind the head."""
    given, at = {}, 0
    check(isinstance(head.get("inputs"), list) and head["inputs"], "'inputs' is required")
    for one in head["inputs"]:
        check({"name", "shape", "datatype"} <= set(one) <= {"name", "shape", "datatype", "parameters", "data"}, f"input {one.keys()}")
        check(one["name"] in model.inputs, f"unexpected inference input '{one['name']}' for model '{model.name}'")
        wanted = model.inputs[one["name"]]
        check(one["datatype"] == datatype(wanted["dtype"]), f"input '{one['name']}': datatype {one['datatype']}")
        check(one["shape"] == wanted["shape"].tolist(), f"input '{one['name']}': shape {one['shape']}")
        size = one.get("parameters", {}).get("binary_data_size")
        check((size is None) == ("data" in one), "a tensor has either 'data' or 'binary_data_size'")
        dtype = numpy.dtype(DATATYPES[one["datatype"]])
        if size is None:
            array = numpy.array(one["data"], dtype)
        else:
            check(size == math.prod(one["shape"]) * dtype.itemsize and at + size <= len(rest), f"binary_data_size {size}")
            array, at = numpy.frombuffer(rest[at:at + size], dtype), at + size
        given[one["name"]] = array.reshape(one["shape"])
    check(at == len(rest), f"{len(rest) - at} bytes too many")
    check(set(given) == set(model.inputs), "inputs are missing")
    return given


def write_outputs(arrays, binary):
    """The answer's outputs and the bytes behind the head."""
    outputs, rest = [], b""
    for name, array in arrays.items():
        one = {"name": name, "shape": list(array.shape), "datatype": datatype(array.dtype)}
        if name in binary:
            one["parameters"] = {"binary_data_size": array.nbytes}
            rest += array.astype(DATATYPES[one["datatype"]]).tobytes()
        else:
            one["data"] = array.ravel().tolist()
        outputs.append(one)
    return outputs, rest


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    models, options = {}, set()

    def answer(self, status, content, rest=None):
        head = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if rest is None else "application/octet-stream")
        if rest is not None:
            self.send_header(HEAD_LENGTH, str(len(head)))
        self.send_header("Content-Length", str(len(head) + len(rest or b"")))
        self.end_headers()
        self.wfile.write(head + (rest or b""))

    def model(self, words):
        """The model of v2/models/NAME[/versions/V], and what follows."""
        check(words[:2] == ["v2", "models"] and len(words) > 2, "not found", 404)
        model, rest = self.models.get(words[2]), words[3:]
        check(model, f"Request for unknown model: '{words[2]}' is not found", 404)
        if rest[:1] == ["versions"]:
            check(rest[1:2] and rest[1] in model.VERSIONS, f"model '{words[2]}' has no such version", 404)
            rest = rest[2:]
        return model, rest

    def serve(self, act):
        try:
            act()
        except Refused as refused:
            self.answer(refused.status, {"error": str(refused)})
        except (ValueError, KeyError, TypeError) as error:
            self.answer(400, {"error": f"malformed request: {error!r}"})

    def do_GET(self):
        def act():
            words = self.path.partition("?")[0].strip("/").split("/")
            if words == ["v2"]:
                extensions = [] if "--no-binary" in self.options else ["binary_tensor_data"]
                return self.answer(200, {"name": "v2_server", "version": "1", "extensions": extensions})
            model, rest = self.model(words)
            check(rest == [], "not found", 404)
            self.answer(200, model.metadata())
        self.serve(act)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))

        def act():
            model, rest = self.model(self.path.partition("?")[0].strip("/").split("/"))
            check(rest == ["infer"], "not found", 404)
            length = None if "--no-binary" in self.options else self.headers[HEAD_LENGTH]
            cut = len(body) if length is None else int(length)
            check(cut <= len(body), f"{HEAD_LENGTH} is beyond the body")
            head = json.loads(body[:cut])
            check(set(head) <= {"id", "parameters", "inputs", "outputs"}, f"unknown keys in {list(head)}")
            given = read_inputs(model, head, body[cut:])
            wanted = head.get("outputs", [{"name": name} for name in model.outputs])
            check(all(one["name"] in model.outputs for one in wanted), f"unexpected inference output for model '{model.name}'")
            binary = [one["name"] for one in wanted if one.get("parameters", {}).get("binary_data") is True and not self.options]
            outputs, bytes_behind = write_outputs(model.infer(given, [one["name"] for one in wanted]), binary)
            content = {"model_name": model.name, "model_version": "1", "outputs": outputs, **({"id": head["id"]} if "id" in head else {})}
            self.answer(200, content, bytes_behind if binary else None)
        self.serve(act)

    def log_message(self, *_):
        pass


def main():
    Handler.options = {one for one in sys.argv[2:] if one.startswith("--")}
    for name, _, path in (one.partition("=") for one in sys.argv[2:] if not one.startswith("--")):
        Handler.models[name] = Model(name, path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
