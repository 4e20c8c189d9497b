"""Rounding error of Winograd's convolution for choices of interpolation points: the table of docs/adr/0001-winograd.md. Needs numpy.

Random inputs and 3x3 filters of 64 channels, everything in float32 but the filter's transform; the error is the RMSE against float64 over the
standard deviation of the output.
"""

import numpy as np
from numpy.polynomial import polynomial

CHOICES = [(2, (1,)), (4, (1, 2)), (4, (.5, 1)), (4, (.5, 2)), (4, (.5**.5, 2**.5)), (6, (.5, 1, 2)), (6, (1, 2, 3)), (6, (.5**.5, 1, 2**.5))]
CHANNELS, TILES = 64, 400


def transforms(m, pairs):
    """A' [m, n], G [n, 3] and B' [n, n] for the points 0, +p, -p ... and infinity; n = m + 2."""
    points = np.array([0] + [sign * p for p in pairs for sign in (1, -1)], float)
    n = m + 2
    a, g, b = np.zeros((m, n)), np.zeros((n, 3)), np.zeros((n, n))
    for i, x in enumerate(points):
        others = np.delete(points, i)
        a[:, i] = x ** np.arange(m)
        g[i] = x ** np.arange(3) / np.prod(x - others)
        b[i, :n - 1] = polynomial.polyfromroots(others)
    a[m - 1, n - 1] = g[n - 1, 2] = 1
    b[n - 1] = polynomial.polyfromroots(points)
    return a, g, b


def errors(m, pairs, random):
    """RMSE of Winograd's way and of the direct one."""
    a, g, b = transforms(m, pairs)
    inputs = random.standard_normal((TILES, CHANNELS, m + 2, m + 2))
    filters = random.standard_normal((CHANNELS, 3, 3)) / np.sqrt(9 * CHANNELS)
    exact = np.zeros((TILES, m, m))
    direct = np.zeros((TILES, m, m), np.float32)
    for i in range(3):
        for j in range(3):
            window = inputs[:, :, i:i + m, j:j + m]
            exact += np.einsum("tcij,c->tij", window, filters[:, i, j])
            for c in range(CHANNELS):
                direct += window[:, c].astype(np.float32) * np.float32(filters[c, i, j])
    single = [matrix.astype(np.float32) for matrix in (a, b)]
    weights = (g @ filters @ g.T).astype(np.float32)
    tiles = single[1] @ inputs.astype(np.float32) @ single[1].T
    products = np.zeros((TILES, m + 2, m + 2), np.float32)
    for c in range(CHANNELS):
        products += tiles[:, c] * weights[c]
    found = single[0] @ products @ single[0].T
    return [np.sqrt(((way - exact) ** 2).mean()) / exact.std() for way in (found, direct)]


if __name__ == "__main__":
    random = np.random.default_rng(1)
    for m, pairs in CHOICES:
        winograd, direct = errors(m, pairs, random)
        print(f"F({m}x{m})  pairs {', '.join(f'{p:.4g}' for p in pairs):20}  {(m + 2) ** 2 / m ** 2:.2f} products an output  error {winograd:.2e}  direct {direct:.2e}")
