"""Draws a digit, white on black and soft at the edges, as a PNG: a picture for a demo without internet. Standard library only."""

import math
import struct
import sys
import zlib

SIDE = 128


def arc(x, y, radius_x, radius_y, start, end, steps=14):
    """Points of an ellipse's arc in a unit square with y down; angles in degrees, 0 to the right, clockwise."""
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(x + radius_x * math.cos(a), y + radius_y * math.sin(a)) for a in angles]


# A pen's paths in a unit square, y down.
STROKES = {
    0: [arc(.5, .5, .21, .37, 0, 360, 28)],
    1: [[(.36, .3), (.54, .14), (.54, .88)]],
    2: [arc(.48, .33, .2, .19, 190, 380) + [(.3, .86), (.74, .86)]],
    3: [[(.3, .15), (.68, .15), (.48, .44)] + arc(.46, .65, .22, .21, 275, 490)],
    4: [[(.5, .12), (.26, .62), (.76, .62)], [(.6, .4), (.56, .9)]],
    5: [[(.7, .13), (.36, .13), (.34, .46)] + arc(.47, .65, .21, .22, 240, 500)],
    6: [[(.6, .12)] + arc(.62, .6, .3, .46, 250, 180, 8), arc(.5, .66, .19, .2, 0, 360, 24)],
    7: [[(.26, .14), (.72, .14), (.44, .88)], [(.34, .52), (.68, .52)]],
    8: [arc(.5, .31, .17, .18, 0, 360, 24), arc(.5, .69, .2, .19, 0, 360, 24)],
    9: [arc(.48, .33, .18, .2, 0, 360, 24), [(.66, .33), (.64, .6), (.5, .88)]],
}


def distance(x, y, a, b):
    (ax, ay), (bx, by) = a, b
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) if length else 0.0
    return math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


def digit_rows(digit, side=SIDE, pen=.075, softness=.07):
    """Rows of grey values: full within the pen's radius, fading to black over `softness`."""
    segments = [pair for stroke in STROKES[digit] for pair in zip(stroke, stroke[1:])]
    rows = []
    for j in range(side):
        y = (j + .5) / side
        near = [pair for pair in segments if min(pair[0][1], pair[1][1]) - .2 < y < max(pair[0][1], pair[1][1]) + .2]
        row = bytearray(side)
        for i in range(side):
            x = (i + .5) / side
            nearest = min((distance(x, y, a, b) for a, b in near), default=1.0)
            row[i] = round(255 * max(0.0, min(1.0, (pen + softness - nearest) / softness)))
        rows.append(bytes(row))
    return rows


def png(rows):
    """A grey 8-bit PNG of equally long rows."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


if __name__ == "__main__":
    with open(sys.argv[2], "wb") as file:
        file.write(png(digit_rows(int(sys.argv[1]))))
