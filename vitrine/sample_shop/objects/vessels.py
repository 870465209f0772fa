"""Things turned on a wheel or blown: mugs, cups, teapots, bottles, vases, candles."""

from collections.abc import Sequence

import numpy as np

from vitrine.sample_shop.kit.colour import brightness, darker, lighter, mix, rgb
from vitrine.sample_shop.kit.fabric import Skin, brushed, fired, grained, timber
from vitrine.sample_shop.kit.layer import Layer
from vitrine.sample_shop.kit.light import BALL, FLAT, LATHE, PILLOW
from vitrine.sample_shop.kit.shapes import box, curve, ellipse, line, mirrored, tube
from vitrine.sample_shop.objects.look import Look


def glazed(look: Look, *, scale: float = 1.0) -> Skin:
    """The product's glaze, with its pattern."""
    skin = look.skin(texture=fired, scale=scale)
    return Skin(skin.colour, skin.paint, fired, gloss=0.16 if look.material == "stoneware" else 0.34, sharpness=40)


def gleam(layer: Layer, x: float, top: float, bottom: float, *, width: float = 16, strength: float = 0.3) -> None:
    """The window's long reflection on a glossy wall."""
    shine = curve(
        [(x, top), (x + width, top + 14), (x + width, bottom - 14), (x, bottom), (x - width * 0.25, (top + bottom) / 2)]
    )
    layer.darken(shine, -strength, blur=width * 0.5)


def vessel(layer: Layer, skin: Skin, profile: Sequence[tuple[float, float]], *, rim: float = 0.16) -> None:
    """An open vessel. `profile` runs (half width, y) from rim to foot; `rim` is how far we look down into it."""
    (top, y0), (foot, y1) = profile[0], profile[-1]
    wall = mirrored(
        [
            (300 - profile[0][0], y0, 1),
            *((300 - w, y) for w, y in profile[1:-1]),
            (300 - foot, y1, 1),
            (300 - foot * 0.6, y1 + foot * rim * 0.55),
            (300, y1 + foot * rim * 0.75),
        ]
    )
    layer.paint(wall, skin, LATHE.with_(depth=0.8))
    layer.paint(ellipse(300, y0, top, top * rim), Skin(lighter(skin.colour, 0.12), gloss=0.2), PILLOW.with_(softness=3))
    inner = ellipse(300, y0 + 1, top - 6, top * rim - 3.5)
    layer.paint(inner, Skin(darker(skin.colour, 0.3)), FLAT)
    layer.darken(ellipse(290, y0 - top * rim * 0.2, top * 0.8, top * rim * 0.55), 0.4, blur=6)


def draw_mug(layer: Layer, look: Look) -> None:
    """A mug with its handle to the right, or a round cup on a saucer."""
    skin = glazed(look, scale=1.1)
    if look.style == "round":
        _cup(layer, look, skin)
        return
    rng = look.rng()
    width = rng.uniform(122, 136)
    handle = line(
        (300 + width - 16, 320),
        (300 + width + 74, 322),
        (300 + width + 88, 420),
        (300 + width + 40, 520),
        (300 + width - 20, 534),
    )
    layer.paint(
        tube(handle, [28, 26, 25, 26, 30]),
        Skin(look.colour, texture=fired, gloss=0.3),
        PILLOW.with_(softness=9, depth=1.0),
    )
    vessel(layer, skin, [(width, 254), (width + 1, 340), (width - 1, 480), (width - 8, 590), (width - 18, 616)])
    _drink(layer, width)
    gleam(layer, 300 - width * 0.62, 300, 560)
    if look.rng().random() < 0.5 and look.pattern == "plain":
        clay = mirrored([(300 - width + 9, 566), (300 - width + 18, 615, 1), (300 - 60, 629), (300, 632), (300, 588)])
        layer.paint(clay, Skin(rgb("#b98e69"), texture=fired), LATHE.with_(depth=0.8))


def _drink(layer: Layer, width: float) -> None:
    layer.paint(ellipse(300, 262, width - 14, width * 0.16 - 9), Skin(rgb("#5b3a26"), gloss=0.4), FLAT)
    layer.darken(ellipse(276, 259, 46, 5), -0.35, blur=4)


def _cup(layer: Layer, look: Look, skin: Skin) -> None:
    plate = Skin(look.colour, texture=fired, gloss=0.3)
    layer.paint(ellipse(300, 566, 218, 50), Skin(darker(look.colour, 0.22)), FLAT)
    layer.paint(ellipse(300, 558, 218, 50), plate, PILLOW.with_(softness=9, depth=0.7))
    layer.paint(ellipse(300, 560, 150, 32), plate, PILLOW.with_(softness=14, depth=-0.6))
    layer.darken(ellipse(318, 564, 96, 20), 0.5, blur=8)
    handle = line((420, 388), (486, 372), (502, 426), (456, 474), (404, 480))
    layer.paint(tube(handle, [21, 19, 19, 19, 22]), plate, PILLOW.with_(softness=7))
    vessel(layer, skin, [(138, 340), (140, 390), (120, 480), (76, 540), (66, 556)])
    layer.paint(ellipse(300, 348, 124, 14), Skin(rgb("#7a4c2c"), gloss=0.3), FLAT)
    layer.paint(ellipse(300, 348, 96, 9), Skin(rgb("#c9a47c")), PILLOW.with_(softness=4, depth=0.3))
    gleam(layer, 220, 384, 490)


def draw_teapot(layer: Layer, look: Look) -> None:
    """A porcelain or cast iron teapot, its spout to the right."""
    cast = look.style == "cast"
    skin = Skin(look.colour, texture=grained, gloss=0.08) if cast else glazed(look, scale=1.1)
    plain = Skin(look.colour, texture=skin.texture, gloss=skin.gloss, sharpness=skin.sharpness)
    spout = curve(
        [
            (392, 520, 1),
            (452, 484),
            (486, 420),
            (506, 370, 1),
            (538, 366, 1),
            (530, 420),
            (506, 500),
            (456, 560),
            (392, 588, 1),
        ]
    )
    layer.paint(spout, plain, PILLOW.with_(softness=16, depth=1.0))
    layer.paint(ellipse(521, 368, 17, 6), Skin(darker(look.colour, 0.5)), FLAT)
    if cast:
        bail = line((186, 420), (168, 300), (220, 212), (300, 190), (380, 212), (432, 300), (414, 420))
        layer.paint(tube(bail, [11, 12, 13, 13, 13, 12, 11]), Skin(rgb("#2d2a29"), gloss=0.2), PILLOW.with_(softness=4))
    else:
        handle = line((196, 392), (116, 384), (88, 450), (120, 540), (190, 572))
        layer.paint(tube(handle, [30, 25, 24, 24, 28]), plain, PILLOW.with_(softness=8))
    body = mirrored([(300, 356), (236, 362), (166, 424), (152, 500), (190, 590), (246, 620, 1), (300, 626)])
    layer.paint(body, skin, BALL.with_(depth=0.8) if not cast else BALL.with_(depth=0.62))
    if cast:
        for y in range(430, 590, 15):
            half = 148 * float(np.sqrt(max(0.05, 1 - ((y - 500) / 150) ** 2)))
            for x in np.arange(300 - half + 14, 300 + half - 8, 15):
                layer.darken(ellipse(float(x) + (y // 15 % 2) * 7, y, 4, 4), -0.09, blur=1.4)
    layer.paint(mirrored([(300, 612), (236, 610, 1), (232, 632, 1), (300, 640)]), plain, LATHE.with_(depth=0.7))
    layer.darken(ellipse(304, 372, 86, 14), 0.4, blur=6)
    lid = mirrored([(300, 318), (252, 332), (212, 366, 1), (240, 378), (300, 384)])
    layer.paint(lid, plain, PILLOW.with_(softness=18, depth=0.9), drop=0.3)
    layer.paint(
        ellipse(300, 308, 21, 19),
        Skin(rgb("#8a5a34"), texture=timber) if not cast else plain,
        BALL.with_(depth=0.7),
        drop=0.4,
    )
    gleam(layer, 222, 430, 540, width=22, strength=0.12 if cast else 0.34)


def draw_bottle(layer: Layer, look: Look) -> None:
    """An insulated bottle with a screw cap."""
    skin = Skin(look.colour, texture=brushed, gloss=0.2)
    loop = line((262, 150), (258, 100), (300, 84), (342, 100), (338, 150))
    layer.paint(tube(loop, [13, 13]), Skin(rgb("#2f3033"), gloss=0.2), PILLOW.with_(softness=4))
    layer.paint(
        mirrored([(300, 132), (250, 134, 1), (248, 206, 1), (300, 212)]),
        Skin(rgb("#2f3033"), gloss=0.15),
        LATHE.with_(depth=0.8),
    )
    steel = Skin(rgb("#c5c8ca"), texture=brushed, gloss=0.45)
    layer.paint(mirrored([(300, 202), (246, 204, 1), (242, 226, 1), (300, 234)]), steel, LATHE.with_(depth=0.8))
    layer.paint(
        mirrored([(300, 222), (240, 222, 1), (206, 276), (202, 330), (202, 640), (212, 660, 1), (300, 672)]),
        skin,
        LATHE.with_(depth=0.85),
    )
    layer.paint(mirrored([(300, 654), (204, 644, 1), (214, 662), (300, 673)]), steel, LATHE.with_(depth=0.85))
    gleam(layer, 234, 320, 610, width=20, strength=0.24)
    ink = lighter(look.colour, 0.7) if brightness(look.colour) < 0.6 else darker(look.colour, 0.5)
    layer.stroke(line((300, 420), (284, 446), (316, 446), (300, 420)), ink, 3, opacity=0.85)
    layer.stroke(line((280, 466), (320, 466)), ink, 3, opacity=0.85)


PROFILES = {
    "bottle": (
        [(26, 196), (24, 270), (34, 330), (96, 410), (124, 500), (112, 590), (82, 634)],
        [(34, 176), (28, 240), (30, 330), (58, 420), (84, 520), (84, 600), (74, 634)],
        [(22, 210), (20, 320), (40, 400), (110, 480), (120, 560), (90, 620), (72, 634)],
    ),
    "round": (
        [(64, 290), (56, 320), (110, 380), (146, 470), (130, 570), (78, 634)],
        [(96, 270), (104, 330), (122, 420), (116, 530), (84, 634)],
        [(50, 310), (48, 336), (120, 400), (136, 480), (110, 580), (70, 634)],
    ),
}


def draw_vase(layer: Layer, look: Look) -> None:
    """A vase, with a few dry stems in it or without."""
    rng = look.rng()
    profile = rng.choice(PROFILES[look.style])
    if rng.random() < 0.75:
        _stems(layer, look, profile[0])
    clear = Skin(mix(look.colour, rgb("#dfe8e6"), 0.35), gloss=0.55, sharpness=30)
    skin = clear if look.material == "glass" else glazed(look)
    vessel(layer, skin, profile, rim=0.2)
    widest = max(w for w, _ in profile)
    middle = next(y for w, y in profile if w == widest)
    gleam(layer, 300 - widest * 0.6, middle - 70, middle + 90, width=18, strength=0.3)
    for y in (
        (middle - 20, middle, middle + 24)
        if look.material != "glass" and look.pattern == "plain" and rng.random() < 0.4
        else ()
    ):
        layer.stroke(
            line((300 - widest * 0.985, y), (300, y + 14), (300 + widest * 0.985, y)),
            darker(look.colour, 0.3),
            1.6,
            opacity=0.4,
        )


def _stems(layer: Layer, look: Look, rim: tuple[float, float]) -> None:
    rng = look.rng()
    straw = rgb(rng.choice(("#b59a6b", "#8d9a74", "#c0907b")))
    for _ in range(rng.randint(4, 6)):
        lean = rng.uniform(-130, 130)
        tip = (300 + lean, rim[1] - rng.uniform(110, 170) + abs(lean) * 0.3)
        stem = line((300 + lean * 0.1, rim[1] + 20), (300 + lean * 0.4, rim[1] - 60), tip)
        layer.stroke(stem, darker(straw, 0.35), 2.2)
        end = stem.points[-22:]
        for i, (x, y) in enumerate(end):
            size = 3.2 + 5.5 * float(np.sin(np.pi * (i + 1) / (len(end) + 1)))
            for side in (-1, 1):
                grain = ellipse(x + side * size * 0.75, y, size * 0.8, size * 0.55).turned(-40 * side, (x, y))
                layer.paint(grain, Skin(mix(straw, rgb("#efe4cb"), 0.4 * (i % 3) / 2)), BALL.with_(depth=0.4))


def draw_candle(layer: Layer, look: Look) -> None:
    """A scented candle in a jar, burning."""
    jar = Skin(look.colour, texture=fired, gloss=0.4, sharpness=30)
    vessel(layer, jar, [(122, 352), (124, 420), (124, 560), (116, 620), (106, 632)], rim=0.18)
    wax = rgb("#f3ead6")
    layer.paint(ellipse(300, 368, 110, 17), Skin(wax), FLAT)
    layer.darken(ellipse(300, 366, 44, 8), -0.8, blur=8)
    layer.stroke(line((300, 366), (301, 350), (299, 338)), rgb("#3a2d25"), 3)
    flame = curve([(300, 284, 1), (313, 318), (311, 338), (300, 348), (289, 338), (287, 318)])
    layer.paint(flame, Skin(rgb("#f9c45c")), FLAT)
    layer.paint(curve([(300, 310, 1), (306, 330), (300, 344), (294, 330)]), Skin(rgb("#fff3cf")), FLAT)
    layer.paint(box(230, 440, 140, 112, radius=3), Skin(rgb("#f6f1e6")), LATHE.with_(depth=0.35))
    ink = darker(look.colour, 0.5)
    for y, half, width in ((470, 36, 4), (488, 48, 2), (502, 40, 2), (528, 18, 3)):
        layer.stroke(line((300 - half, y), (300 + half, y)), ink, width, opacity=0.8)
    gleam(layer, 200, 400, 600, strength=0.28)
