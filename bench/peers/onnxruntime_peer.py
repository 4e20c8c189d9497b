"""ONNX Runtime with what tflite2onnx makes of the model."""

import pathlib
import tempfile

import onnx
import onnxruntime
import tflite2onnx
import timing

TYPES = {"tensor(float)": "f4", "tensor(uint8)": "u1", "tensor(int8)": "i1"}


def mend(path):
    """tflite2onnx writes shapes of RESHAPE that ONNX Runtime refuses; the tensors' own are right."""
    model = onnx.load(path)
    graph = model.graph
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in [*graph.value_info, *graph.output]}
    for node in graph.node:
        if node.op_type == "Reshape" and shapes.get(node.output[0]):
            shape = shapes[node.output[0]]
            name = node.output[0] + ":shape"
            graph.initializer.append(onnx.helper.make_tensor(name, onnx.TensorProto.INT64, [len(shape)], shape))
            node.input[1] = name
    onnx.save(model, path)


def load(model, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder) / "model.onnx")
        tflite2onnx.convert(model, path)
        mend(path)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    inputs = {port.name: timing.made_up(port.shape, TYPES[port.type]) for port in session.get_inputs()}
    return lambda: session.run(None, inputs)


timing.main(load)
