"""OpenVINO, which reads .tflite itself."""

import openvino
import timing


def load(model, threads):
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"})
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
