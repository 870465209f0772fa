"""Outlines: smooth closed curves and lines through a few points, and the affine moves between object and picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
CENTRE = 300.0
Knot = tuple[float, float] | tuple[float, float, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """A flattened outline in object coordinates (600 × 750, origin top left), shape (n, 2)."""

    points: Points

    def mirrored(self, about: float = CENTRE) -> "Shape":
        return Shape(self.points * [-1, 1] + [2 * about, 0])

    def moved(self, dx: float, dy: float) -> "Shape":
        return Shape(self.points + np.array([dx, dy]))

    def scaled(self, sx: float, sy: float, about: tuple[float, float]) -> "Shape":
        return Shape((self.points - about) * [sx, sy] + about)

    def turned(self, degrees: float, about: tuple[float, float]) -> "Shape":
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        return Shape((self.points - about) @ np.array([[c, s], [-s, c]]) + about)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an object stands in the picture: turned and scaled about (300, 375), then moved."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0
    degrees: float = 0.0
    flipped: bool = False

    def matrix(self) -> Points:
        """2 × 3, from object to picture coordinates."""
        c, s = np.cos(np.radians(self.degrees)) * self.scale, np.sin(np.radians(self.degrees)) * self.scale
        linear = np.array([[c, -s], [s, c]]) @ np.diag([-1.0 if self.flipped else 1.0, 1.0])
        centre = np.array([300.0, 375.0])
        shift = centre + np.array([self.dx, self.dy]) - linear @ centre
        return np.column_stack([linear, shift])

    def inverse(self) -> Points:
        """2 × 3, from picture to object coordinates."""
        matrix = self.matrix()
        back = np.linalg.inv(matrix[:, :2])
        return np.column_stack([back, -back @ matrix[:, 2]])


def curve(knots: Sequence[Knot], *, closed: bool = True) -> Shape:
    """A smooth curve through the knots; a knot with a third number is a corner.

    Each piece is a cubic Bézier whose handles are a third of its length, so it never overshoots.
    """
    at = np.array([k[:2] for k in knots], dtype=float)
    corner = [len(k) > 2 for k in knots]
    n = len(at)
    pieces = []
    for i in range(n if closed else n - 1):
        j = (i + 1) % n
        a, b = at[i], at[j]
        reach = np.linalg.norm(b - a)
        start = _direction(at, i, closed) if not corner[i] else _unit(b - a)
        end = _direction(at, j, closed) if not corner[j] else _unit(b - a)
        pieces.append(_bezier(a, a + start * reach / 3, b - end * reach / 3, b))
    return Shape(np.concatenate([p[:-1] for p in pieces] + ([] if closed else [at[-1:]])))


def mirrored(knots: Sequence[Knot], about: float = CENTRE) -> Shape:
    """A closed shape from its left or right half, given from top to bottom; the other half is its mirror."""
    other: list[Knot] = [(2 * about - k[0], *k[1:]) for k in reversed(knots) if abs(k[0] - about) > 0.5]
    return curve([*knots, *other])


def ellipse(cx: float, cy: float, rx: float, ry: float) -> Shape:
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    return Shape(np.column_stack([cx + rx * np.cos(t), cy + ry * np.sin(t)]))


def arc(centre: tuple[float, float], radii: tuple[float, float], start: float, end: float) -> Shape:
    """An open piece of an ellipse; angles in degrees, 0 to the right, 90 down."""
    t = np.radians(np.linspace(start, end, 48))
    return Shape(np.column_stack([centre[0] + radii[0] * np.cos(t), centre[1] + radii[1] * np.sin(t)]))


def box(x: float, y: float, width: float, height: float, *, radius: float = 0.0) -> Shape:
    """A rectangle with rounded corners."""
    r = min(radius, width / 2, height / 2)
    if r <= 0:
        return polygon([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
    corners = [
        (x + width - r, y + r, -90),
        (x + width - r, y + height - r, 0),
        (x + r, y + height - r, 90),
        (x + r, y + r, 180),
    ]
    arcs = [arc((cx, cy), (r, r), start, start + 90).points[::4] for cx, cy, start in corners]
    return Shape(np.concatenate(arcs))


def polygon(points: Sequence[tuple[float, float]]) -> Shape:
    return Shape(np.array(points, dtype=float))


def line(*points: tuple[float, float]) -> Shape:
    """An open smooth line through the points."""
    return curve(points, closed=False) if len(points) > 2 else Shape(np.array(points, dtype=float))


def tube(centre_line: Shape, widths: Sequence[float]) -> Shape:
    """A closed band along a line, its width running through `widths` from start to end."""
    at = centre_line.points
    along = np.gradient(at, axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    half = np.interp(np.linspace(0, 1, len(at)), np.linspace(0, 1, len(widths)), widths)[:, None] / 2
    return Shape(np.concatenate([at + across * half, (at - across * half)[::-1]]))


def _unit(v: Points) -> Points:
    return v / max(float(np.linalg.norm(v)), 1e-9)


def _direction(at: Points, i: int, closed: bool) -> Points:
    n = len(at)
    before = at[i - 1] if closed or i > 0 else at[i]
    after = at[(i + 1) % n] if closed or i < n - 1 else at[i]
    return _unit(after - before)


def _bezier(a: Points, b: Points, c: Points, d: Points, steps: int = 14) -> Points:
    t = np.linspace(0, 1, steps)[:, None]
    curved: Points = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return curved
