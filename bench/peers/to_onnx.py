"""What the peers that do not read .tflite get: ONNX, by tflite2onnx."""

import onnx
import tflite2onnx


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


def spell_padding(path):
    """Numbers in place of SAME_UPPER, for which pnnx pads even where nothing is missing."""
    model = onnx.load(path)
    graph = model.graph
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in [*graph.input, *graph.value_info, *graph.output]}
    for node in graph.node:
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        before, after = shapes.get(node.input[0]) if node.input else None, shapes.get(node.output[0])
        if attributes.get("auto_pad") != b"SAME_UPPER" or not before or not after:
            continue
        sizes = zip(before[2:], after[2:], attributes["kernel_shape"], attributes["strides"], strict=True)
        missing = [max((there - 1) * stride + kernel - here, 0) for here, there, kernel, stride in sizes]
        kept = [one for one in node.attribute if one.name != "auto_pad"]
        del node.attribute[:]
        node.attribute.extend(kept)
        node.attribute.append(onnx.helper.make_attribute("pads", [size // 2 for size in missing] + [size - size // 2 for size in missing]))
    onnx.save(model, path)


def convert(model, path):
    tflite2onnx.convert(model, path)
    mend(path)
