"""OpenVINO, which reads .tflite itself.

It is asked for float32: where the CPU has bfloat16 it would otherwise compute in that by itself, with outputs of the face mask model
0.09 off where float32's are 0.000006 off, in half the time. brink's and LiteRT's answers are float32's everywhere.
"""

import openvino
import timing


def load(model, threads):
    options = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(model, "CPU", options)
    request = compiled.create_infer_request()
    yield
    inputs = []
    for port in compiled.inputs:
        shape = [size.get_length() if size.is_static else 1 for size in port.partial_shape]
        values = timing.made_up(shape, port.element_type.to_dtype())
        tensor = openvino.Tensor(values)
        request.set_tensor(port, tensor)
        inputs.append((tensor.data, values))
    yield timing.copier(inputs), request.infer


timing.main(load)
