"""The digits classifier in numpy: forward, gradients, Adam. Tensors are float64, laid out as TFLite's: images [batch, height,
width, channels], convolution filters [out, height, width, in], dense weights [out, in]."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

CONV1, CONV2, CLASSES = 16, 32, 10


def initial_weights(random):
    """He-normal weights, zero biases."""

    def he(*shape):
        return random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)

    return {
        "conv1/weights": he(CONV1, 3, 3, 1), "conv1/bias": np.zeros(CONV1),
        "conv2/weights": he(CONV2, 3, 3, CONV1), "conv2/bias": np.zeros(CONV2),
        "dense/weights": he(CLASSES, 4 * 4 * CONV2) * 0.5, "dense/bias": np.zeros(CLASSES),
    }


def patches(images):
    """Each pixel's 3 x 3 neighbourhood, zeros outside: [batch, height, width, 9 * channels]."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = sliding_window_view(padded, (3, 3), axis=(1, 2))  # [batch, height, width, channels, 3, 3]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(*images.shape[:3], -1)


def convolve(images, weights, bias):
    """3 x 3, stride 1, padding SAME, then ReLU. Returns the result and the patches, which the gradient needs."""
    columns = patches(images)
    return np.maximum(columns @ weights.reshape(len(weights), -1).T + bias, 0), columns


def pool(images):
    """2 x 2 maximum, stride 2."""
    batch, height, width, channels = images.shape
    return images.reshape(batch, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))


def forward(weights, images):
    """Every activation by name, for images [batch, 8, 8, 1] with values 0 (paper) to 1 (ink)."""
    step = {"input": images}
    step["conv1"], step["patches1"] = convolve(images, weights["conv1/weights"], weights["conv1/bias"])
    step["pool"] = pool(step["conv1"])
    step["conv2"], step["patches2"] = convolve(step["pool"], weights["conv2/weights"], weights["conv2/bias"])
    step["flat"] = step["conv2"].reshape(len(images), -1)
    step["logits"] = step["flat"] @ weights["dense/weights"].T + weights["dense/bias"]
    shifted = np.exp(step["logits"] - step["logits"].max(axis=1, keepdims=True))
    step["probabilities"] = shifted / shifted.sum(axis=1, keepdims=True)
    return step


def convolution_gradients(gradient, output, columns, weights):
    """Of the filter, the bias and the input of `convolve`."""
    gradient = gradient * (output > 0)
    flat = gradient.reshape(-1, len(weights))
    of_weights = (flat.T @ columns.reshape(len(flat), -1)).reshape(weights.shape)
    spread = (flat @ weights.reshape(len(weights), -1)).reshape(*gradient.shape[:3], 3, 3, -1)
    batch, height, width = gradient.shape[:3]
    of_input = np.zeros((batch, height + 2, width + 2, weights.shape[3]))
    for row in range(3):
        for column in range(3):
            of_input[:, row:row + height, column:column + width] += spread[:, :, :, row, column]
    return of_weights, flat.sum(axis=0), of_input[:, 1:-1, 1:-1]


def gradients(weights, step, wanted):
    """Of the mean cross-entropy against the distributions `wanted` [batch, classes]."""
    of_logits = (step["probabilities"] - wanted) / len(wanted)
    found = {"dense/weights": of_logits.T @ step["flat"], "dense/bias": of_logits.sum(axis=0)}
    of_conv2 = (of_logits @ weights["dense/weights"]).reshape(step["conv2"].shape)
    found["conv2/weights"], found["conv2/bias"], of_pool = convolution_gradients(
        of_conv2, step["conv2"], step["patches2"], weights["conv2/weights"])
    batch, height, width, channels = step["conv1"].shape
    blocks = step["conv1"].reshape(batch, height // 2, 2, width // 2, 2, channels)
    largest = blocks == step["pool"][:, :, None, :, None, :]
    of_conv1 = (largest * of_pool[:, :, None, :, None, :]).reshape(step["conv1"].shape)
    found["conv1/weights"], found["conv1/bias"], _ = convolution_gradients(
        of_conv1, step["conv1"], step["patches1"], weights["conv1/weights"])
    return found


class Adam:
    """Kingma and Ba 2015."""

    def __init__(self, weights):
        self.mean = {name: np.zeros_like(value) for name, value in weights.items()}
        self.square = {name: np.zeros_like(value) for name, value in weights.items()}
        self.steps = 0

    def update(self, weights, found, rate):
        self.steps += 1
        for name, gradient in found.items():
            self.mean[name] += 0.1 * (gradient - self.mean[name])
            self.square[name] += 0.001 * (gradient * gradient - self.square[name])
            mean = self.mean[name] / (1 - 0.9**self.steps)
            square = self.square[name] / (1 - 0.999**self.steps)
            weights[name] -= rate * mean / (np.sqrt(square) + 1e-8)
