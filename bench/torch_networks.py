"""Whole networks for `compare.py --torch`: architectures that people train with PyTorch, with random weights, converted by LiteRT Torch and
quantised by AI Edge Quantizer as they do it: float32, int8 (calibrated on random numbers), int8 weights alone (dynamic range).

    build/venv-torch/bin/python bench/torch_networks.py FOLDER     # FOLDER/i8_mobilenet_v2.tflite ...

What PyTorch exports is unlike what Keras does: pictures come channels first, so that there are transposes, activations and paddings are
operators of their own, recurrent cells are unrolled, attention is written out. What is there already is not made again.
"""

import contextlib
import io
import pathlib
import sys

import numpy as np
import torch
import torchvision
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import quantizer, recipe
import litert_torch

from torch import nn

vision = torchvision.models


def block(inputs, outputs, size=3, stride=1):
    """As YOLO's: no bias, batch normalisation, SiLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs), nn.SiLU())


class Split(nn.Module):
    """YOLOv8's C2f: halves, of which one goes through residual blocks, all put together again."""

    def __init__(self, inputs, outputs, count):
        super().__init__()
        half = outputs // 2
        self.before = block(inputs, outputs, 1)
        self.blocks = nn.ModuleList(nn.Sequential(block(half, half), block(half, half)) for _ in range(count))
        self.after = block(half * (2 + count), outputs, 1)

    def forward(self, x):
        parts = list(self.before(x).chunk(2, 1))
        for each in self.blocks:
            parts.append(parts[-1] + each(parts[-1]))
        return self.after(torch.cat(parts, 1))


class Yolo(nn.Module):
    """YOLOv8's smallest, one way up its pyramid: boxes as distributions over 16 distances, classes of 80."""

    def __init__(self):
        super().__init__()
        self.fine = nn.Sequential(block(3, 16, 3, 2), block(16, 32, 3, 2), Split(32, 32, 1), block(32, 64, 3, 2), Split(64, 64, 2))
        self.middle = nn.Sequential(block(64, 128, 3, 2), Split(128, 128, 2))
        self.coarse = nn.Sequential(block(128, 256, 3, 2), Split(256, 256, 1))
        self.narrow, self.wide = block(256, 128, 1), block(512, 256, 1)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.to_middle, self.to_fine = Split(384, 128, 1), Split(192, 64, 1)
        self.boxes = nn.ModuleList(nn.Sequential(block(c, 64), nn.Conv2d(64, 64, 1)) for c in (64, 128, 256))
        self.classes = nn.ModuleList(nn.Sequential(block(c, 64), nn.Conv2d(64, 80, 1)) for c in (64, 128, 256))

    def pyramid(self, x):
        fine = self.fine(x)
        middle = self.middle(fine)
        pooled = [self.narrow(self.coarse(middle))]
        for _ in range(3):
            pooled.append(nn.functional.max_pool2d(pooled[-1], 5, 1, 2))
        coarse = self.wide(torch.cat(pooled, 1))
        middle = self.to_middle(torch.cat([self.up(coarse), middle], 1))
        return self.to_fine(torch.cat([self.up(middle), fine], 1)), middle, coarse

    def forward(self, x):
        levels = zip(self.pyramid(x), self.boxes, self.classes)
        found = torch.cat([torch.cat([boxes(level), classes(level)], 1).flatten(2) for level, boxes, classes in levels], 2)
        boxes, classes = found.split((64, 80), 1)
        shares = boxes.view(1, 4, 16, -1).transpose(2, 1).softmax(1)
        distances = (shares * torch.arange(16, dtype=torch.float32).view(1, 16, 1, 1)).sum(1)
        return torch.cat([distances, classes.sigmoid()], 1)


class Words(nn.Module):
    """A small BERT over 64 words."""

    def __init__(self, width=128, words=64, known=1000):
        super().__init__()
        self.embedding, self.places = nn.Embedding(known, width), nn.Parameter(torch.randn(1, words, width))
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(width, 4, 4 * width, activation="gelu", batch_first=True, norm_first=True)
                                    for _ in range(2))
        self.out = nn.Linear(width, known)

    def forward(self, x):
        x = self.embedding(x) + self.places
        for layer in self.layers:
            x = layer(x)
        return self.out(x)


class Gemma(nn.Module):
    """A layer of a language model's prompt: root mean square norms, rotary places, a causal mask, a gated product."""

    def __init__(self, width=256, heads=4, words=64):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.attend, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.gate, self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("mask", torch.full((words, words), -1e4).triu(1))
        turns = torch.arange(words)[:, None] * 1e4 ** (-torch.arange(0, self.size, 2) / self.size)
        self.register_buffer("cosines", turns.cos())
        self.register_buffer("sines", turns.sin())

    @staticmethod
    def norm(x):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6)

    def turn(self, x):
        a, b = x.chunk(2, -1)
        return torch.cat([a * self.cosines - b * self.sines, b * self.cosines + a * self.sines], -1)

    def forward(self, x):
        words, width = x.shape[1:]
        parts = self.attend(self.norm(x)).view(1, words, 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        shares = (self.turn(query) @ self.turn(key).transpose(-1, -2) / self.size ** .5 + self.mask).softmax(-1)
        x = x + self.join((shares @ value).transpose(1, 2).reshape(1, words, width))
        y = self.norm(x)
        return x + self.down(nn.functional.silu(self.gate(y)) * self.up(y))


class Recurrent(nn.Module):
    """Two GRU layers over 30 steps, which the converter unrolls."""

    def __init__(self):
        super().__init__()
        self.cells, self.out = nn.GRU(40, 64, 2, batch_first=True), nn.Linear(64, 12)

    def forward(self, x):
        return self.out(self.cells(x)[0][:, -1])


class Voices(nn.Module):
    """Conv-TasNet's separation of speech: dilated one-dimensional convolutions, PReLU, group normalisation."""

    def __init__(self):
        super().__init__()
        self.encode, self.decode = nn.Conv1d(1, 64, 16, 8, bias=False), nn.ConvTranspose1d(64, 1, 16, 8, bias=False)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv1d(64, 128, 1), nn.PReLU(), nn.GroupNorm(1, 128),
                          nn.Conv1d(128, 128, 3, padding=2 ** i, dilation=2 ** i, groups=128), nn.PReLU(), nn.GroupNorm(1, 128),
                          nn.Conv1d(128, 64, 1)) for i in range(6))

    def forward(self, x):
        encoded = self.encode(x).relu()
        y = encoded
        for each in self.blocks:
            y = y + each(y)
        return self.decode(encoded * y.sigmoid())


class Segments(nn.Module):
    def __init__(self):
        super().__init__()
        self.network = vision.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)

    def forward(self, x):
        return self.network(x)["out"]


def larger():
    """Super-resolution (ESPCN): the last convolution's channels become pixels."""
    return nn.Sequential(nn.Conv2d(1, 64, 5, padding=2), nn.ReLU(), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
                         nn.Conv2d(64, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 9, 3, padding=1), nn.PixelShuffle(3))


PICTURE = (1, 3, 224, 224)
NETWORKS = {
    "mobilenet_v2": (PICTURE, vision.mobilenet_v2),
    "mobilenet_v3_large": (PICTURE, vision.mobilenet_v3_large),
    "shufflenet_v2": (PICTURE, vision.shufflenet_v2_x1_0),
    "efficientnet_b0": (PICTURE, vision.efficientnet_b0),
    "regnet_y_400mf": (PICTURE, vision.regnet_y_400mf),
    "squeezenet_1_1": (PICTURE, vision.squeezenet1_1),
    "resnet_18": (PICTURE, vision.resnet18),
    "densenet_121": (PICTURE, vision.densenet121),
    "swin_t": (PICTURE, vision.swin_t),
    "yolo": ((1, 3, 320, 320), Yolo),
    "segments": ((1, 3, 256, 256), Segments),
    "larger": ((1, 1, 128, 128), larger),
    "words": ((1, 64), Words),
    "gemma": ((1, 64, 256), Gemma),
    "recurrent": ((1, 30, 40), Recurrent),
    "voices": ((1, 1, 4000), Voices),
}


def calibration(path):
    """Numbers for the inputs of a model's one signature."""
    random = np.random.default_rng(1)
    interpreter = Interpreter(str(path))
    signature = next(iter(interpreter.get_signature_list()))
    inputs = interpreter.get_signature_runner(signature).get_input_details()

    def numbers(details):
        if details["dtype"] == np.float32:
            return random.standard_normal(details["shape"]).astype(np.float32)
        return random.integers(0, 900, details["shape"]).astype(details["dtype"])
    return {signature: [{name: numbers(details) for name, details in inputs.items()} for _ in range(2)]}


def quantized(path, kind):
    tool = quantizer.Quantizer(str(path))
    if kind == "dyn":
        tool.load_quantization_recipe(recipe.dynamic_wi8_afp32())
        return tool.quantize()
    tool.load_quantization_recipe(recipe.static_wi8_ai8())
    return tool.quantize(tool.calibrate(calibration(path)))


def write(path, export):
    """What `export` writes, unless it is there; converters tell of each step."""
    if path.exists():
        return
    partial = path.with_suffix(".partial")
    with contextlib.redirect_stdout(io.StringIO()):
        export(str(partial))
    partial.rename(path)
    print(path.stem, flush=True)


def exported(shape, make):
    torch.manual_seed(1)
    x = torch.randint(0, 1000, shape) if make is Words else torch.randn(shape)
    return litert_torch.convert(make().eval(), (x,))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, (shape, make) in NETWORKS.items():
        path = folder / f"f32_{name}.tflite"
        write(path, lambda partial: exported(shape, make).export(partial))
        for kind in ("i8", "dyn"):
            write(folder / f"{kind}_{name}.tflite", lambda partial: quantized(path, kind).export_model(partial, overwrite=True))


if __name__ == "__main__":
    main()
