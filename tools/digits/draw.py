"""Draws a handwritten three as a camera would see it: dark ink on paper that is lit from one side, a little blurred, with a
little noise. Everything is computed here; no picture or font goes in."""

import argparse
import pathlib
import struct
import zlib

import numpy as np

SIZE = 128
PAPER = np.array([242, 238, 228])
INK = np.array([38, 42, 66])
PEN = 0.075  # half the stroke's width, in picture widths
SEED = 3


def arc(centre_x, centre_y, radius_x, radius_y, start, end):
    """Points along an ellipse, degrees clockwise from the right, in picture widths."""
    angle = np.radians(np.linspace(start, end, 60))
    return np.stack([centre_x + radius_x * np.cos(angle), centre_y + radius_y * np.sin(angle)], axis=1)


def three():
    return np.concatenate([arc(0.47, 0.28, 0.19, 0.17, 200, 440), arc(0.48, 0.67, 0.22, 0.21, 280, 510)])


def stroke(points):
    """Coverage 0 to 1 of a round pen along the points, soft over a pixel and a half: [SIZE, SIZE]."""
    y, x = (np.mgrid[0:SIZE, 0:SIZE] + 0.5) / SIZE
    distance = np.full((SIZE, SIZE), np.inf)
    for px, py in points:
        distance = np.minimum(distance, np.hypot(x - px, y - py))
    return np.clip((PEN - distance) * SIZE / 1.5 + 0.5, 0, 1)


def blur(picture, pixels):
    """Gaussian of that standard deviation, edges repeated."""
    reach = int(3 * pixels + 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / pixels) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        padded = np.pad(picture, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        picture = sum(k * np.take(padded, range(i, i + SIZE), axis=axis) for i, k in enumerate(kernel))
    return picture


def photograph():
    """[SIZE, SIZE, 3] of 0 to 255."""
    random = np.random.default_rng(SEED)
    ink = blur(stroke(three()), 2)[..., None]
    light = 1 - 0.08 * np.linspace(0, 1, SIZE)[None, :, None] - 0.04 * np.linspace(0, 1, SIZE)[:, None, None]
    noise = np.rint(random.normal(0, 1, (SIZE, SIZE, 1)))
    return np.clip(np.rint((PAPER * (1 - ink) + INK * ink) * light + noise), 0, 255).astype(np.uint8)


def png(picture):
    """An 8-bit RGB PNG; each row is stored as differences to the pixel on the left (filter 1)."""
    height, width, _ = picture.shape
    left = np.pad(picture, ((0, 0), (1, 0), (0, 0)))[:, :-1]
    rows = np.pad((picture - left).reshape(height, -1), ((0, 0), (1, 0)), constant_values=1)

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)) +
            chunk(b"IEND", b""))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path)
    parser.parse_args().file.write_bytes(png(photograph()))


if __name__ == "__main__":
    main()
