"""Trains the digits classifier and writes what the models are made of:

    FOLDER/weights.txt    for write_digits, which makes the .tflite files
    FOLDER/held_out.csv   50 digits that training never saw, five of each, for tests
    --all-held-out FILE   all of them, for measure.py

The data are scikit-learn's digits: 1797 pictures of 8 x 8 pixels, 0 (paper) to 16 (ink). A quarter is held out. The same
bytes come out every time, whatever the BLAS: training runs in float64 and the weights are rounded to multiples of 1/4096
in the end, far coarser than what another order of summation changes.
"""

import argparse
import pathlib

import numpy as np
from sklearn.datasets import load_digits

import network

SEED = 20
HELD_OUT = 450
EPOCHS = 60
BATCH = 32
RATE = 2e-3
ONE = 4096  # weights are integers over this


def load_split():
    """(images [n, 8, 8, 1] of 0 to 16, labels) for training and held out."""
    digits = load_digits()
    order = np.random.default_rng(SEED).permutation(len(digits.images))
    images, labels = digits.images[order][..., None], digits.target[order]
    return (images[HELD_OUT:], labels[HELD_OUT:]), (images[:HELD_OUT], labels[:HELD_OUT])


def jiggle(images, random):
    """Each picture turned, scaled and shifted a little (bilinear, paper outside), its ink weaker or stronger, its paper greyer."""
    batch = len(images)
    angle = random.uniform(-0.2, 0.2, batch)
    scale = random.uniform(0.9, 1.12, batch)
    shift = random.uniform(-0.6, 0.6, (batch, 2))
    y, x = np.mgrid[0:8, 0:8] - 3.5
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    from_y = cos[:, None, None] * y - sin[:, None, None] * x + shift[:, 0, None, None] + 3.5
    from_x = sin[:, None, None] * y + cos[:, None, None] * x + shift[:, 1, None, None] + 3.5
    padded = np.pad(images[..., 0], ((0, 0), (2, 2), (2, 2)))
    top, left = np.floor(from_y).astype(int), np.floor(from_x).astype(int)
    down, right = from_y - top, from_x - left
    index = np.arange(batch)[:, None, None]

    def at(row, column):
        return padded[index, np.clip(row + 2, 0, 11), np.clip(column + 2, 0, 11)]

    upper = at(top, left) * (1 - right) + at(top, left + 1) * right
    lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right
    strokes = upper * (1 - down) + lower * down
    ink, paper = random.uniform(0.7, 1.1, batch), random.uniform(0, 0.2, batch)
    return np.clip(paper[:, None, None] + strokes * (ink - paper)[:, None, None], 0, 1)[..., None]


def train(images, labels):
    random = np.random.default_rng(SEED + 1)
    weights = network.initial_weights(random)
    adam = network.Adam(weights)
    wanted = np.eye(network.CLASSES)[labels] * 0.95 + 0.05 / network.CLASSES  # labels smoothed
    for epoch in range(EPOCHS):
        rate = RATE * (1 + np.cos(np.pi * epoch / EPOCHS)) / 2
        order = random.permutation(len(images))
        for first in range(0, len(images), BATCH):
            batch = order[first:first + BATCH]
            step = network.forward(weights, jiggle(images[batch], random))
            adam.update(weights, network.gradients(weights, step, wanted[batch]), rate)
    return {name: np.rint(value * ONE) / ONE for name, value in weights.items()}


def accuracy(weights, images, labels):
    return (network.forward(weights, images)["logits"].argmax(axis=1) == labels).mean()


def write_weights(path, weights, step):
    """Lines "NAME DIMS..." and below each its values, in units of 1/4096; "range NAME" has the least and the greatest
    activation, rounded outwards."""
    lines = [f"one {ONE}"]
    for name, value in weights.items():
        lines.append(f"tensor {name} {' '.join(map(str, value.shape))}")
        flat = np.rint(value * ONE).astype(int).reshape(len(value), -1)
        lines += [" ".join(map(str, row)) for row in flat]
    for name in ("conv1", "conv2", "logits"):
        low = int(np.floor(step[name].min() * ONE + 1e-6))
        high = int(np.ceil(step[name].max() * ONE - 1e-6))
        lines.append(f"range {name} {low} {high}")
    path.write_text("\n".join(lines) + "\n")


def write_digits(path, images, labels):
    rows = ["label" + "".join(f",p{row}{column}" for row in range(8) for column in range(8))]
    for image, label in zip(images.astype(int), labels):
        rows.append(",".join(map(str, [label, *image.flatten()])))
    path.write_text("\n".join(rows) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--all-held-out", type=pathlib.Path)
    options = parser.parse_args()
    (images, labels), (held_images, held_labels) = load_split()
    weights = train(images / 16, labels)
    print(f"numpy: training {accuracy(weights, images / 16, labels):.4f}, "
          f"held out {accuracy(weights, held_images / 16, held_labels):.4f}")
    options.folder.mkdir(parents=True, exist_ok=True)
    write_weights(options.folder / "weights.txt", weights, network.forward(weights, images / 16))
    kept = np.sort(np.concatenate([np.flatnonzero(held_labels == digit)[:5] for digit in range(10)]))
    write_digits(options.folder / "held_out.csv", held_images[kept], held_labels[kept])
    if options.all_held_out:
        write_digits(options.all_held_out, held_images, held_labels)


if __name__ == "__main__":
    main()
