"""Table, desk, floor and pendant lamps, lit."""

from vitrine.sample_shop.kit.colour import Rgb, brightness, darker, lighter, mix, rgb
from vitrine.sample_shop.kit.fabric import Skin, brushed, fired, slubby
from vitrine.sample_shop.kit.layer import Layer
from vitrine.sample_shop.kit.light import BALL, LATHE, PILLOW
from vitrine.sample_shop.kit.shapes import Shape, box, ellipse, line, mirrored, tube
from vitrine.sample_shop.objects.look import Look

LINEN = rgb("#f2e8d5")
GLOW = rgb("#fff3d2")


def draw_lamp(layer: Layer, look: Look) -> None:
    """The lamp of the look's style."""
    {"table": _table, "desk": _desk, "floor": _floor, "pendant": _pendant}[look.style](layer, look)


def _shade(layer: Layer, *, top: float, bottom: float, widths: tuple[float, float], colour: Rgb = LINEN) -> None:
    drum = mirrored(
        [
            (300, top - 4),
            (300 - widths[0], top, 1),
            (300 - widths[1], bottom, 1),
            (300 - widths[1] * 0.5, bottom + 9),
            (300, bottom + 12),
        ]
    )
    layer.paint(drum, Skin(colour, texture=slubby), LATHE.with_(depth=0.45))
    layer.darken(ellipse(300, bottom - (bottom - top) * 0.3, widths[1] * 0.62, (bottom - top) * 0.36), -0.55, blur=34)
    for y, w in ((top + 4, widths[0]), (bottom - 2, widths[1])):
        band = line((300 - w + 1, y), (300, y + (10 if y > top + 10 else 4)), (300 + w - 1, y))
        layer.stroke(band, darker(mix(colour, LINEN, 0.5), 0.18), 3, opacity=0.7)


def _metal(look: Look) -> Skin:
    return Skin(look.colour, texture=brushed if brightness(look.colour) > 0.3 else None, gloss=0.4)


def _table(layer: Layer, look: Look) -> None:
    rng = look.rng()
    body = rng.choice(
        (
            [(26, 392), (30, 420), (92, 480), (104, 550), (80, 620), (66, 640)],
            [(30, 392), (64, 430), (74, 520), (84, 600), (78, 640)],
            [(22, 392), (40, 430), (110, 500), (110, 560), (56, 626), (64, 640)],
        )
    )
    layer.paint(box(294, 352, 12, 50), Skin(rgb("#b9944f"), gloss=0.5), LATHE.with_(depth=0.7))
    outline = mirrored(
        [(300, 388), *((300 - w, y) for w, y in body[:-1]), (300 - body[-1][0], body[-1][1], 1), (300, 648)]
    )
    layer.paint(outline, Skin(look.colour, texture=fired, gloss=0.34, sharpness=36), LATHE.with_(depth=0.85))
    widest = max(w for w, _ in body)
    layer.darken(ellipse(300 - widest * 0.5, 530, 9, 56), -0.3, blur=9)
    top = rng.uniform(106, 132)
    _shade(layer, top=140, bottom=364, widths=(top, 178))


def _floor(layer: Layer, look: Look) -> None:
    metal = _metal(look)
    tripod = look.rng().random() < 0.5
    if tripod:
        wood = Skin(rgb("#b98d60"), gloss=0.12)
        for foot, width in ((222, 10), (378, 10), (304, 11)):
            layer.paint(
                tube(line((300, 300), ((300 + foot) / 2, 500), (foot, 704)), [12, width, 7]),
                wood,
                PILLOW.with_(softness=4),
                drop=0.3,
            )
        layer.paint(ellipse(300, 300, 17, 13), metal, BALL.with_(depth=0.6))
    else:
        layer.paint(ellipse(300, 692, 92, 19), Skin(darker(look.colour, 0.3)), PILLOW.with_(softness=6))
        layer.paint(ellipse(300, 686, 92, 18), metal, PILLOW.with_(softness=6))
        layer.paint(box(295, 250, 10, 436), metal, LATHE.with_(depth=0.8))
    layer.stroke(line((340, 250), (340, 318)), rgb("#8c8273"), 1.6)
    layer.paint(ellipse(340, 322, 4, 5), metal, BALL)
    _shade(layer, top=64, bottom=246, widths=(92, 140))


def _desk(layer: Layer, look: Look) -> None:
    metal = _metal(look)
    brass = Skin(rgb("#b9944f"), gloss=0.5)
    layer.paint(ellipse(250, 646, 112, 24), Skin(darker(look.colour, 0.35)), PILLOW.with_(softness=6))
    layer.paint(ellipse(250, 636, 112, 23), metal, PILLOW.with_(softness=9))
    arms = ((line((250, 632), (210, 500), (176, 392)), 13), (line((176, 392), (270, 300), (372, 222)), 12))
    for way, width in arms:
        layer.paint(tube(way, [width, width]), metal, PILLOW.with_(softness=4), drop=0.4)
    layer.stroke(line((196, 430), (230, 366)), rgb("#a9a49a"), 3, dash=2)
    for x, y, r in ((250, 628, 13), (176, 392, 15), (372, 222, 13)):
        layer.paint(ellipse(x, y, r, r), brass, BALL.with_(depth=0.5), drop=0.4)
    head = (
        mirrored([(300, 176), (268, 184), (262, 216), (236, 262), (206, 320, 1), (300, 336)])
        .turned(-32, (300, 220))
        .moved(78, 12)
    )
    bulb = ellipse(300, 322, 88, 17).turned(-32, (300, 220)).moved(78, 12)
    layer.paint(head, metal, PILLOW.with_(softness=32, depth=1.2), drop=0.4)
    layer.paint(bulb, Skin(GLOW), PILLOW.with_(softness=3, depth=0.2))
    layer.stroke(bulb, darker(look.colour, 0.2), 3)


def _pendant(layer: Layer, look: Look) -> None:
    metal = _metal(look)
    layer.stroke(line((300, -60), (300, 250)), rgb("#2d2b29"), 4)
    layer.paint(box(286, 232, 28, 48, radius=8), Skin(rgb("#b9944f"), gloss=0.5), LATHE.with_(depth=0.8))
    for part, skin in _pendant_parts(look, metal):
        layer.paint(part, skin, LATHE.with_(depth=0.85), drop=0.2)
    wide = 190 if look.rng().random() < 0.5 else 160
    layer.paint(ellipse(300, 500, wide, 25), Skin(lighter(look.colour, 0.5)), PILLOW.with_(softness=3))
    layer.paint(
        ellipse(300, 503, wide - 9, 20), Skin(mix(GLOW, rgb("#f2c877"), 0.25)), PILLOW.with_(softness=8, depth=0.2)
    )
    layer.paint(ellipse(300, 512, 44, 26), Skin(GLOW), BALL.with_(depth=0.15))
    layer.darken(ellipse(212, 400, 12, 58).turned(28, (212, 400)), -0.35, blur=9)


def _pendant_parts(look: Look, metal: Skin) -> list[tuple[Shape, Skin]]:
    if look.rng().random() < 0.5:
        dome = mirrored([(300, 268), (262, 276), (180, 340), (126, 430), (110, 498, 1), (180, 514), (300, 524)])
    else:
        dome = mirrored([(300, 268), (264, 274), (246, 330), (206, 400), (140, 496, 1), (200, 512), (300, 522)])
    return [(dome, metal)]
