"""Whole networks for `compare.py --networks`: architectures that people deploy, made by Keras with random weights and converted by
TensorFlow as they do it, in float32, with float16 weights, in int8 and with int8 weights alone (dynamic range).

    build/venv-networks/bin/python bench/networks.py FOLDER     # FOLDER/i8_mobilenet_v2.tflite ...

What is there already is not made again. Runs in a Python with TensorFlow, which compare.py installs.
"""

import contextlib
import io
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

layers = tf.keras.layers
applications = tf.keras.applications
IMAGE = (224, 224, 3)


def conv(x, filters, size, strides=1, activation="relu"):
    return layers.Conv2D(filters, size, strides=strides, padding="same", activation=activation)(x)


def unet(x):
    """Segmentation: convolutions of 3x3 and transposed ones, with skips."""
    skips = []
    for filters in (16, 32, 64, 128):
        x = conv(conv(x, filters, 3), filters, 3)
        skips.append(x)
        x = layers.MaxPool2D()(x)
    x = conv(x, 256, 3)
    for filters, skip in zip((128, 64, 32, 16), reversed(skips)):
        x = layers.Conv2DTranspose(filters, 2, strides=2, padding="same")(x)
        x = conv(layers.Concatenate()([x, skip]), filters, 3)
    return conv(x, 1, 1, activation="sigmoid")


def detector(x):
    """As YOLO's smaller ones: leaky activations behind batch normalisation, two scales."""
    def block(x, filters, size, strides=1):
        x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x)
        return layers.LeakyReLU(0.1)(layers.BatchNormalization()(x))
    scales = []
    for filters in (16, 32, 64, 128, 256):
        x = block(x, filters, 3, 2)
        y = block(block(x, filters // 2, 1), filters // 2, 3)
        x = layers.Concatenate()([x, y])
        scales.append(x)
    boxes = [layers.Conv2D(18, 1)(scale) for scale in scales[-2:]]
    return [boxes[0], layers.Activation("sigmoid")(layers.UpSampling2D()(boxes[1]))]


def style(x):
    """Style transfer: windows of 9x9, residuals, resizing."""
    x = conv(conv(conv(x, 32, 9), 64, 3, 2), 128, 3, 2)
    for _ in range(2):
        x = layers.Add()([x, conv(conv(x, 128, 3), 128, 3, activation=None)])
    x = conv(layers.UpSampling2D(interpolation="bilinear")(x), 64, 3)
    x = layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(x)
    return conv(x, 3, 9, activation="tanh")


def gated(x):
    """Separable convolutions of 5x5 whose channels are gated, with swish."""
    x = conv(x, 24, 3, 2, "swish")
    for filters in (48, 96, 192):
        x = layers.SeparableConv2D(filters, 5, strides=2, padding="same", activation="swish")(x)
        gate = conv(layers.GlobalAveragePooling2D(keepdims=True)(x), filters // 4, 1, activation="swish")
        x = layers.Multiply()([x, conv(gate, filters, 1, activation="sigmoid")])
    x = layers.Dense(64, activation="elu")(layers.Flatten()(x))
    return layers.Dense(7, activation="softmax")(x)


def keywords(x):
    """DS-CNN, which spots words in 49 frames of 10 coefficients."""
    x = layers.Conv2D(64, (10, 4), strides=2, padding="same", activation="relu")(x)
    for _ in range(4):
        x = conv(layers.DepthwiseConv2D(3, padding="same", activation="relu")(x), 64, 1)
    return layers.Dense(12, activation="softmax")(layers.GlobalAveragePooling2D()(x))


def temporal(x):
    """Dilated causal convolutions over a signal."""
    for dilation in (1, 2, 4, 8):
        x = layers.Conv1D(64, 3, padding="causal", dilation_rate=dilation, activation="relu")(x)
    return layers.Dense(5, activation="softmax")(layers.GlobalMaxPooling1D()(x))


def transformer(x):
    """Two blocks of attention with four heads."""
    for _ in range(2):
        x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(4, 64)(x, x)]))
        wide = layers.Dense(1024, activation="gelu")(x)
        x = layers.LayerNormalization()(layers.Add()([x, layers.Dense(256)(wide)]))
    return layers.Dense(10)(x)


def recurrent(x):
    return layers.Dense(8, activation="softmax")(layers.LSTM(64)(layers.GRU(48, return_sequences=True)(x)))


def unrolled(x):
    """Recurrent layers that the converter lays out step by step: hundreds of operators of 64 numbers."""
    return layers.Dense(4)(layers.LSTM(32, unroll=True)(layers.LSTM(64, return_sequences=True, unroll=True)(x)))


def normalised(x, filters, size, strides=1, activation="relu"):
    x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x)
    return layers.Activation(activation)(layers.BatchNormalization()(x))


def resnet_18(x):
    """Two 3x3 convolutions a block, of up to 512 channels: most weights are theirs."""
    x = layers.MaxPool2D(3, 2, "same")(normalised(x, 64, 7, 2))
    for filters, first in ((64, 1), (128, 2), (256, 2), (512, 2)):
        for strides in (first, 1):
            y = normalised(normalised(x, filters, 3, strides), filters, 3, activation="linear")
            if strides > 1:
                x = normalised(x, filters, 1, strides, "linear")
            x = layers.ReLU()(layers.Add()([x, y]))
    return layers.Dense(1000)(layers.GlobalAveragePooling2D()(x))


def shuffled(x):
    """As ShuffleNet V2: half of the channels pass by, then all are shuffled."""
    def shuffle(parts):
        x = layers.Concatenate()(parts)
        height, width, channels = x.shape[1:]
        x = layers.Permute((1, 2, 4, 3))(layers.Reshape((height, width, 2, channels // 2))(x))
        return layers.Reshape((height, width, channels))(x)

    def moved(x, filters, strides):
        x = layers.BatchNormalization()(layers.DepthwiseConv2D(3, strides, "same", use_bias=False)(x))
        return normalised(x, filters, 1)
    x = layers.MaxPool2D(3, 2, "same")(normalised(x, 24, 3, 2))
    for filters, blocks in ((116, 3), (232, 7), (464, 3)):
        half = filters // 2
        x = shuffle([moved(x, half, 2), moved(normalised(x, half, 1), half, 2)])
        for _ in range(blocks):
            x = shuffle([x[..., :half], moved(normalised(x[..., half:], half, 1), half, 1)])
    return layers.Dense(1000)(layers.GlobalAveragePooling2D()(normalised(x, 1024, 1)))


def video(x):
    """Convolutions over time too."""
    for filters, strides in ((16, (1, 2, 2)), (32, 2), (64, 2)):
        x = layers.Conv3D(filters, 3, strides=strides, padding="same", activation="relu")(x)
    return layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling3D()(x))


def application(make, **options):
    return lambda x: make(input_shape=tuple(x.shape[1:]), weights=None, **options)(x)


NETWORKS = {
    "mobilenet_v1": (IMAGE, application(applications.MobileNet)),
    "mobilenet_v2": (IMAGE, application(applications.MobileNetV2)),
    "mobilenet_v3_small": (IMAGE, application(applications.MobileNetV3Small, include_preprocessing=False)),
    "efficientnet_v2_b0": (IMAGE, application(applications.EfficientNetV2B0, include_preprocessing=False)),
    "unet": ((128, 128, 3), unet),
    "detector": ((320, 320, 3), detector),
    "style": ((256, 256, 3), style),
    "gated": ((96, 96, 1), gated),
    "keywords": ((49, 10, 1), keywords),
    "temporal": ((256, 32), temporal),
    "transformer": ((128, 256), transformer),
    "recurrent": ((50, 40), recurrent),
    "unrolled": ((16, 32), unrolled),
    "resnet_18": (IMAGE, resnet_18),
    "shuffled": (IMAGE, shuffled),
    "video": ((16, 64, 64, 3), video),
}
KINDS = ("f32", "f16", "i8", "dyn")
CRASHES = {"i8_recurrent"}  # TensorFlow's converter (2.21)


def convert(network, kind, shape):
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    if kind != "f32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "f16":
        converter.target_spec.supported_types = [tf.float16]
    if kind == "i8":
        random = np.random.default_rng(1)
        converter.representative_dataset = lambda: ([random.uniform(-1, 1, (1, *shape)).astype("f")] for _ in range(3))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (shape, build) in NETWORKS.items():
        missing = [kind for kind in KINDS if f"{kind}_{name}" not in CRASHES and not (folder / f"{kind}_{name}.tflite").exists()]
        if not missing:
            continue
        tf.keras.utils.set_random_seed(1)
        x = tf.keras.Input(shape, batch_size=1)
        network = tf.keras.Model(x, build(x))
        for kind in missing:
            partial = folder / f"{kind}_{name}.partial"
            with contextlib.redirect_stdout(io.StringIO()):  # Keras tells of each variable
                partial.write_bytes(convert(network, kind, shape))
            partial.rename(partial.with_suffix(".tflite"))
            print(f"{kind}_{name}", flush=True)


if __name__ == "__main__":
    main()
