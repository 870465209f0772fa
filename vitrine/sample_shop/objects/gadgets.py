"""Headphones, earbuds and speakers."""

from vitrine.sample_shop.kit.colour import brightness, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin, brushed, grained, meshed, timber
from vitrine.sample_shop.kit.layer import Layer
from vitrine.sample_shop.kit.light import BALL, LATHE, PILLOW
from vitrine.sample_shop.kit.shapes import box, curve, ellipse, line, tube
from vitrine.sample_shop.objects.look import Look

METAL = rgb("#b9bcc0")


def draw_headphones(layer: Layer, look: Look) -> None:
    """Over-ear headphones, or earbuds with their case."""
    if look.style == "earbuds":
        _earbuds(layer, look)
    else:
        _over_ear(layer, look)


def _over_ear(layer: Layer, look: Look) -> None:
    shell = Skin(look.colour, gloss=0.3, sharpness=16)
    pad = Skin(
        darker(look.colour, 0.35) if brightness(look.colour) > 0.2 else rgb("#1d1d20"), texture=grained, gloss=0.08
    )
    brass = look.rng().random() < 0.4
    metal = Skin(rgb("#c7a25a") if brass else METAL, texture=brushed, gloss=0.5)
    band = curve([(150, 430), (132, 300), (190, 164), (300, 122), (410, 164), (468, 300), (450, 430)], closed=False)
    layer.paint(tube(band, [22, 28, 34, 38, 34, 28, 22]), shell, PILLOW.with_(softness=10, depth=1.0))
    under = curve([(196, 208), (240, 168), (300, 152), (360, 168), (404, 208)], closed=False)
    layer.paint(tube(under, [16, 24, 28, 24, 16]), pad, PILLOW.with_(softness=8, depth=1.0), drop=0.4)
    for side in (-1, 1):
        arm = line((300 + side * 166, 300), (300 + side * 172, 360), (300 + side * 156, 430))
        layer.paint(tube(arm, [13, 13, 15]), metal, PILLOW.with_(softness=4), drop=0.5)
    for side in (-1, 1):
        cx = 300 + side * 146
        layer.paint(
            ellipse(cx - side * 26, 474, 46, 96).turned(side * 4, (cx, 474)),
            pad,
            PILLOW.with_(softness=24, depth=1.2),
            drop=0.4,
        )
        layer.paint(
            ellipse(cx + side * 14, 470, 56, 100).turned(side * 4, (cx, 470)),
            shell,
            PILLOW.with_(softness=26, depth=1.1),
            drop=0.6,
        )
        layer.paint(
            ellipse(cx + side * 22, 470, 36, 70).turned(side * 4, (cx, 470)),
            metal,
            PILLOW.with_(softness=7, depth=0.7),
            drop=0.3,
        )
        layer.paint(
            ellipse(cx + side * 23, 470, 30, 62).turned(side * 4, (cx, 470)),
            Skin(lighter(look.colour, 0.08), gloss=0.35),
            PILLOW.with_(softness=18, depth=0.7),
        )
        layer.darken(ellipse(cx - 12 + side * 12, 414, 12, 30).turned(24, (cx, 414)), -0.3, blur=8)
    for i in range(3):
        layer.paint(ellipse(462, 540 + i * 13, 3, 4), Skin(darker(look.colour, 0.5)), BALL)


def _earbuds(layer: Layer, look: Look) -> None:
    shell = Skin(look.colour, gloss=0.5, sharpness=22)
    lid = curve([(150, 420, 1), (150, 330), (190, 270), (300, 256), (410, 270), (450, 330), (450, 420, 1)])
    layer.paint(lid, Skin(darker(look.colour, 0.12), gloss=0.3), PILLOW.with_(softness=24, depth=0.9))
    inside = curve([(168, 420, 1), (170, 340), (204, 292), (300, 280), (396, 292), (430, 340), (432, 420, 1)])
    layer.paint(inside, Skin(darker(look.colour, 0.4)), PILLOW.with_(softness=20, depth=0.6))
    layer.paint(box(162, 404, 276, 40, radius=10), Skin(darker(look.colour, 0.3)), PILLOW.with_(softness=6))
    for side in (-1, 1):
        x = 300 + side * 62
        stem = box(x - 15, 330, 30, 110, radius=14)
        layer.paint(stem, shell, LATHE.with_(depth=0.8), drop=0.6)
        layer.paint(ellipse(x + side * 2, 340, 40, 36), shell, BALL.with_(depth=0.8), drop=0.5)
        layer.paint(
            ellipse(x - side * 30, 350, 21, 25).turned(side * -20, (x, 350)),
            Skin(rgb("#55565a"), gloss=0.15),
            BALL.with_(depth=0.7),
            drop=0.4,
        )
        layer.paint(
            ellipse(x + side * 8, 332, 9, 13), Skin(darker(look.colour, 0.6), texture=meshed), PILLOW.with_(softness=3)
        )
    case = curve(
        [
            (150, 424, 1),
            (225, 434),
            (300, 437),
            (375, 434),
            (450, 424, 1),
            (452, 500),
            (428, 570),
            (360, 604),
            (300, 608),
            (240, 604),
            (172, 570),
            (148, 500),
        ]
    )
    layer.paint(case, shell, PILLOW.with_(softness=46, depth=1.15), drop=0.6)
    layer.paint(ellipse(300, 496, 4.5, 4.5), Skin(rgb("#8fd3a0")), BALL)
    layer.darken(curve([(182, 450), (206, 452), (200, 530), (184, 520)]), -0.35, blur=10)


def draw_speaker(layer: Layer, look: Look) -> None:
    """A portable speaker in cloth, or a bookshelf speaker in wood."""
    if look.style == "shelf":
        _shelf(layer, look)
    else:
        _portable(layer, look)


def _portable(layer: Layer, look: Look) -> None:
    upright = look.rng().random() < 0.5
    cloth = Skin(look.colour, texture=meshed)
    ring = Skin(METAL, texture=brushed, gloss=0.5)
    strap = Skin(rgb("#8e542d"), texture=grained, gloss=0.12)
    if upright:
        layer.paint(
            tube(line((238, 196), (240, 128), (300, 108), (360, 128), (362, 196)), [16, 16]),
            strap,
            PILLOW.with_(softness=5),
        )
        layer.paint(box(176, 176, 248, 470, radius=58), cloth, LATHE.with_(depth=0.75))
        layer.paint(ellipse(300, 206, 118, 26), Skin(darker(look.colour, 0.3), gloss=0.25), PILLOW.with_(softness=6))
        for i, x in enumerate((250, 300, 350)):
            layer.stroke(line((x - 9, 205), (x + 9, 205)), rgb("#e6e2da"), 3, opacity=0.9)
            if i == 2:
                layer.stroke(line((x, 201), (x, 209)), rgb("#e6e2da"), 3, opacity=0.9)
        layer.paint(box(268, 520, 64, 20, radius=5), ring, PILLOW.with_(softness=3), drop=0.4)
        return
    layer.paint(
        tube(
            line((110, 430), (96, 350), (180, 306), (300, 300), (420, 306), (504, 350), (490, 430)),
            [14, 15, 15, 15, 14],
        ),
        strap,
        PILLOW.with_(softness=5),
    )
    layer.paint(box(90, 372, 420, 250, radius=74), cloth, PILLOW.with_(softness=52, depth=1.1))
    layer.paint(
        box(186, 374, 228, 26, radius=13),
        Skin(darker(look.colour, 0.4), gloss=0.25),
        PILLOW.with_(softness=5),
        drop=0.3,
    )
    for x in (230, 277, 324, 370):
        layer.paint(ellipse(x, 386, 7, 5), Skin(rgb("#d9d5cc")), PILLOW.with_(softness=2), drop=0.3)
    layer.paint(box(262, 486, 76, 24, radius=5), ring, PILLOW.with_(softness=3), drop=0.4)


def _shelf(layer: Layer, look: Look) -> None:
    cabinet = Skin(look.colour, texture=timber, gloss=0.1)
    side = curve([(420, 128, 1), (462, 110, 1), (462, 636, 1), (420, 660, 1)])
    layer.paint(side, Skin(darker(look.colour, 0.35), texture=timber), PILLOW.with_(softness=2, depth=0.3))
    top = curve([(166, 128, 1), (214, 110, 1), (462, 110, 1), (420, 128, 1)])
    layer.paint(top, Skin(lighter(look.colour, 0.18), texture=timber), PILLOW.with_(softness=2, depth=0.3))
    layer.paint(box(164, 126, 258, 534, radius=5), cabinet, PILLOW.with_(softness=5, depth=0.5))
    front = Skin(rgb("#232326") if brightness(look.colour) > 0.2 else rgb("#3a3a3d"))
    layer.paint(box(180, 142, 226, 502, radius=8), front, PILLOW.with_(softness=4, depth=0.4), drop=0.2)
    for cy, radius in ((252, 56), (468, 92)):
        layer.paint(
            ellipse(293, cy, radius + 9, radius + 9),
            Skin(METAL, texture=brushed, gloss=0.5),
            PILLOW.with_(softness=4),
            drop=0.5,
        )
        layer.paint(
            ellipse(293, cy, radius, radius), Skin(rgb("#1a1a1c"), gloss=0.2), PILLOW.with_(softness=8, depth=1.0)
        )
        cone = Skin(rgb("#caa25a") if look.rng().random() < 0.4 else rgb("#4a4b50"), gloss=0.15, sharpness=8)
        layer.paint(
            ellipse(293, cy, radius * 0.76, radius * 0.76), cone, PILLOW.with_(softness=radius * 0.3, depth=-1.0)
        )
        layer.paint(
            ellipse(293, cy, radius * 0.28, radius * 0.28),
            Skin(rgb("#2a2a2d"), gloss=0.4),
            BALL.with_(depth=0.8),
            drop=0.5,
        )
    layer.stroke(line((270, 616), (316, 616)), METAL, 3)
