"""Potted plants: monstera, snake plant, cactus and rubber plant."""

import math
from random import Random

import numpy as np

from vitrine.sample_shop.kit.colour import Rgb, darker, lighter, mix, rgb
from vitrine.sample_shop.kit.fabric import Skin, fired
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import FLAT, LATHE, PILLOW
from vitrine.sample_shop.kit.shapes import Shape, curve, ellipse, line, mirrored, tube
from vitrine.sample_shop.objects.look import Look

LEAF = rgb("#3f6b46")


def draw_plant(layer: Layer, look: Look) -> None:
    """The plant of the look's style in a pot of the product's colour."""
    rng = look.rng()
    green = mix(LEAF, rgb(rng.choice(("#2f5a44", "#5b7d48", "#3f6b46"))), 0.6)
    grow = {"monstera": _monstera, "snake": _snake, "cactus": _cactus, "fig": _rubber}[look.style]
    _pot_back(layer, look)
    grow(layer, rng, green)
    _pot_front(layer, look)


def _pot_back(layer: Layer, look: Look) -> None:
    layer.paint(ellipse(300, 486, 118, 21), Skin(darker(look.colour, 0.3)), FLAT)
    layer.paint(ellipse(300, 489, 108, 17), Skin(rgb("#3d2f27")), FLAT)


def _pot_front(layer: Layer, look: Look) -> None:
    skin = look.skin(texture=fired, scale=1.1)
    glaze = Skin(skin.colour, skin.paint, fired, gloss=0.22, sharpness=36)
    pot = curve(
        [
            (182, 486, 1),
            (240, 503),
            (300, 507),
            (360, 503),
            (418, 486, 1),
            (410, 560),
            (388, 662, 1),
            (340, 673),
            (300, 675),
            (260, 673),
            (212, 662, 1),
            (190, 560),
        ]
    )
    layer.paint(pot, glaze, LATHE.with_(depth=0.8), drop=0.2)
    if "terracotta" in look.material or look.rng().random() < 0.4:
        rim = curve(
            [
                (176, 482, 1),
                (240, 502),
                (300, 507),
                (360, 502),
                (424, 482, 1),
                (422, 524, 1),
                (360, 540),
                (300, 545),
                (240, 540),
                (178, 524, 1),
            ]
        )
        layer.paint(rim, glaze, LATHE.with_(depth=0.8), drop=0.4)
    layer.darken(curve([(214, 530), (228, 534), (234, 640), (224, 640)]), -0.25, blur=8)


def _leaf(layer: Layer, outline: Shape, green: Rgb, spine: tuple[tuple[float, float], tuple[float, float]]) -> None:
    a, b = spine
    rib = line(a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), b)
    layer.paint(
        outline,
        Skin(green, gloss=0.16, sharpness=8),
        PILLOW.with_(softness=16, depth=0.7),
        folds=(Fold(rib, 9, -6),),
        drop=0.55,
    )
    layer.stroke(rib, lighter(green, 0.35), 1.8, opacity=0.8)


def _monstera(layer: Layer, rng: Random, green: Rgb) -> None:
    leaves = [
        (-150, 250, 92),
        (150, 268, 88),
        (-92, 128, 96),
        (104, 120, 100),
        (0, 66, 92),
        (-10, 236, 98),
        (-168, 388, 70),
        (160, 396, 66),
    ]
    for i, (dx, y, size) in enumerate(leaves):
        tip = (300 + dx + rng.uniform(-14, 14), y + rng.uniform(-12, 12))
        layer.paint(
            tube(line((300 + dx * 0.08, 490), (300 + dx * 0.45, (490 + tip[1]) / 2 - 20), tip), [9, 7, 5]),
            Skin(darker(green, 0.15)),
            PILLOW.with_(softness=3),
        )
        turn = dx * 0.42 + rng.uniform(-14, 14)
        tint = mix(green, lighter(green, 0.3) if i % 3 == 0 else darker(green, 0.25), rng.uniform(0.2, 0.7))
        outline = _monstera_leaf(size * rng.uniform(0.92, 1.08)).turned(turn, (0, 0)).moved(*tip)
        a = math.radians(turn)
        _leaf(layer, outline, tint, (tip, (tip[0] - size * 1.05 * math.sin(a), tip[1] + size * 1.05 * math.cos(a))))


def _monstera_leaf(size: float) -> Shape:
    """A heart with deep cuts, its stalk at the origin, pointing down."""
    t = np.linspace(0.06, 2 * np.pi - 0.06, 220)
    heart_x = 16 * np.sin(t) ** 3
    heart_y = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    angle = np.abs(((t + np.pi) % (2 * np.pi)) - np.pi)
    cuts = np.where((angle > 0.9) & (angle < 2.75), np.maximum(0, np.cos(angle * 11)) ** 6, 0)
    keep = 1 - 0.42 * cuts
    return Shape(np.column_stack([heart_x * keep, heart_y * keep * 0.92]) * size / 17 + [0, size * 0.18])


def _snake(layer: Layer, rng: Random, green: Rgb) -> None:
    blades = [(-92, 240), (96, 220), (-58, 150), (62, 130), (-24, 84), (26, 170), (-4, 230), (-70, 320), (76, 330)]
    for dx, top in blades:
        base, tip = (300 + dx * 0.5, 500.0), (300 + dx * 1.4 + rng.uniform(-8, 8), top + rng.uniform(-14, 14))
        way = line(base, ((base[0] + tip[0]) / 2 + rng.uniform(-12, 12), (base[1] + tip[1]) / 2), tip)
        edge, inside = tube(way, [34, 46, 40, 26, 1]), tube(way, [22, 33, 28, 17, 1])
        layer.paint(edge, Skin(rgb("#c9c27a")), PILLOW.with_(softness=6, depth=0.6), drop=0.6)
        layer.paint(
            inside,
            Skin(mix(green, darker(green, 0.3), rng.random()), texture=_banded, gloss=0.1, sharpness=8),
            PILLOW.with_(softness=8, depth=0.7),
        )


def _banded(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The cross bands of a snake plant."""
    return (1 + 0.16 * np.sin(y * 0.33 + 2.2 * np.sin(x * 0.16)) * np.sin(y * 0.071)).astype(np.float32)


def _cactus(layer: Layer, rng: Random, green: Rgb) -> None:
    green = mix(green, rgb("#6f9163"), 0.5)
    tall = rng.uniform(190, 250)
    arms = [(-1, 350, 92, 250), (1, 310, 88, 220)]
    for side, y, reach, top in arms[: rng.randint(1, 2)]:
        way = line(
            (300 + side * 30, y + 30),
            (300 + side * reach, y + 16),
            (300 + side * (reach + 8), y - 40),
            (300 + side * reach, top),
        )
        _column(layer, tube(way, [40, 52, 54, 50, 26]), green, way, spread=13)
    body = mirrored([(300, tall - 60), (262, tall - 44), (236, tall + 20), (230, 360), (240, 500), (300, 512)])
    _column(layer, body, green, line((300, tall - 50), (300, 350), (300, 500)), spread=27)
    if rng.random() < 0.6:
        for i in range(7):
            a = math.radians(-90 + (i - 3) * 27)
            petal = ellipse(300 + 15 * math.cos(a), tall - 60 + 15 * math.sin(a), 15, 6.5).turned(
                math.degrees(a), (300 + 15 * math.cos(a), tall - 60 + 15 * math.sin(a))
            )
            layer.paint(petal, Skin(rgb("#d9788a")), PILLOW.with_(softness=4), drop=0.3)


def _column(layer: Layer, outline: Shape, green: Rgb, way: Shape, *, spread: float) -> None:
    ribs = [way.moved(dx * spread, 0) for dx in (-2, -1, 0, 1, 2)]
    layer.paint(
        outline,
        Skin(green),
        PILLOW.with_(softness=spread * 0.9, depth=1.0),
        folds=tuple(Fold(r, spread * 0.5, -4) for r in ribs),
        drop=0.4,
    )
    for rib in [way.moved(dx * spread, 0) for dx in (-1.5, -0.5, 0.5, 1.5)]:
        for x, y in rib.points[4:-3:4]:
            for dx, dy in ((-4, -5), (4, -5), (0, 6)):
                layer.stroke(
                    line((float(x), float(y)), (float(x) + dx, float(y) + dy)), rgb("#f1ead2"), 1.1, opacity=0.8
                )


def _rubber(layer: Layer, rng: Random, green: Rgb) -> None:
    green = mix(green, rgb("#274534"), 0.55)
    layer.paint(
        tube(line((300, 500), (294, 300), (304, 70)), [12, 10, 5]), Skin(rgb("#6a5038")), PILLOW.with_(softness=4)
    )
    for i in range(13):
        y = 440 - i * 29
        side = -1 if i % 2 else 1
        size = 150 - abs(i - 5) * 5.5
        rise = rng.uniform(18, 46) + i * 4.5
        tip = (300 + side * size * rng.uniform(0.88, 1.06) * (0.35 if i == 12 else 1), y - rise)
        middle = ((300 + tip[0]) / 2, (y + tip[1]) / 2 - 9)
        way = line((300.0, float(y)), middle, tip)
        tint = mix(green, lighter(green, 0.28), rng.uniform(0, 0.8))
        _leaf(layer, tube(way, [3, 44, 62, 54, 30, 1]), tint, ((300.0, float(y)), tip))
