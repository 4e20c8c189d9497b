"""ONNX Runtime with what tflite2onnx makes of the model; by default it computes with subnormal numbers, which makes some models slow."""

import pathlib
import tempfile

import onnxruntime
import timing
import to_onnx

TYPES = {"tensor(float)": "f4", "tensor(uint8)": "u1", "tensor(int8)": "i1"}


def load(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "model.onnx")
        to_onnx.convert(model, path)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    yield
    inputs = {port.name: timing.made_up(port.shape, TYPES[port.type]) for port in session.get_inputs()}
    yield timing.copier([(values, values.copy()) for values in inputs.values()]), lambda: session.run(None, inputs)


timing.main(load)
