"""Handbags and backpacks."""

from vitrine.sample_shop.kit.colour import Rgb, brightness, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin, grained, woven
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import BALL, PILLOW
from vitrine.sample_shop.kit.shapes import Shape, box, curve, ellipse, line, mirrored, tube
from vitrine.sample_shop.objects.look import Look
from vitrine.sample_shop.objects.outerwear import zip_fastener

GOLD = Skin(rgb("#c7a25a"), gloss=0.6)
LEATHER = PILLOW.with_(depth=0.8, softness=26)


def draw_handbag(layer: Layer, look: Look) -> None:
    """A tote, a satchel or a bucket bag."""
    {"tote": _tote, "satchel": _satchel, "bucket": _bucket}[look.style](layer, look)


def draw_backpack(layer: Layer, look: Look) -> None:
    """A daypack or a roll-top backpack."""
    {"daypack": _daypack, "roll-top": _roll_top}[look.style](layer, look)


def _stitched(layer: Layer, ways: list[Shape], colour: Rgb) -> None:
    for way in ways:
        layer.stroke(way, colour, 1.5, opacity=0.75, dash=4)


def _thread(look: Look) -> Rgb:
    return lighter(look.colour, 0.42) if brightness(look.colour) < 0.6 else darker(look.colour, 0.3)


def _handle(layer: Layer, way: Shape, skin: Skin, width: float) -> None:
    layer.paint(tube(way, [width, width]), skin, PILLOW.with_(softness=width / 3), drop=0.6)


def _tote(layer: Layer, look: Look) -> None:
    skin = look.skin(gloss=0.12 if look.material == "leather" else 0.0)
    trim = skin if look.material == "leather" else Skin(rgb("#8e542d"), texture=grained, gloss=0.15)
    back = line((228, 300), (232, 190), (262, 132), (300, 118), (338, 132), (368, 190), (372, 300))
    _handle(layer, back.moved(0, -12), Skin(darker(trim.colour, 0.3), texture=grained), 15)
    inside = mirrored([(300, 276), (140, 280, 1), (146, 300), (300, 312)])
    layer.paint(inside, Skin(darker(look.colour, 0.5)), PILLOW.with_(softness=8))
    bag = mirrored([(300, 294), (136, 284, 1), (130, 420), (142, 600), (158, 632), (300, 640)])
    dents = (
        Fold(line((178, 320), (196, 430), (184, 560)), 26, -6),
        Fold(line((420, 340), (400, 460), (420, 590)), 26, -6),
        Fold(line((240, 600), (300, 588), (370, 604)), 20, 4),
    )
    layer.paint(bag, skin, LEATHER, folds=dents, drop=0.3)
    _stitched(
        layer, [line((142, 298), (300, 308), (458, 298)), line((150, 610), (300, 624), (450, 610))], _thread(look)
    )
    front = line((226, 372), (230, 220), (260, 158), (300, 144), (340, 158), (370, 220), (374, 372))
    _handle(layer, front, trim, 17)
    for x in (226, 374):
        layer.paint(box(x - 13, 340, 26, 60, radius=5), trim, PILLOW.with_(softness=4), drop=0.5)
        layer.paint(ellipse(x, 352, 4, 4), GOLD, BALL.with_(depth=0.4), drop=0.4)
        layer.paint(ellipse(x, 388, 4, 4), GOLD, BALL.with_(depth=0.4), drop=0.4)
    layer.paint(
        box(281, 420, 38, 24, radius=4),
        Skin(darker(trim.colour, 0.12), texture=grained),
        PILLOW.with_(softness=3, depth=0.4),
        drop=0.25,
    )
    layer.stroke(line((289, 432), (311, 432)), rgb("#c7a25a"), 2)


def _satchel(layer: Layer, look: Look) -> None:
    skin = look.skin(gloss=0.22)
    strap = line((128, 360), (118, 240), (190, 130), (300, 104), (410, 130), (482, 240), (472, 360))
    _handle(layer, strap, Skin(darker(look.colour, 0.1), texture=grained, gloss=0.1), 15)
    _handle(layer, line((252, 290), (256, 256), (300, 244), (344, 256), (348, 290)), skin, 16)
    bag = mirrored([(300, 286), (140, 288), (122, 312), (116, 460), (120, 590), (140, 612), (300, 616)])
    layer.paint(bag, skin, LEATHER, drop=0.4)
    pocket = mirrored([(300, 470), (150, 470, 1), (146, 584), (160, 598), (300, 601)])
    layer.paint(pocket, skin, PILLOW.with_(softness=10, depth=0.7), drop=0.5)
    flap = mirrored([(300, 282), (136, 284), (116, 306), (113, 420), (124, 500), (146, 516), (300, 520)])
    layer.paint(flap, skin, PILLOW.with_(softness=18, depth=0.75), drop=0.8)
    _stitched(
        layer,
        [
            curve(
                [
                    (126, 310),
                    (124, 420),
                    (134, 494),
                    (152, 506),
                    (300, 510),
                    (448, 506),
                    (466, 494),
                    (476, 420),
                    (474, 310),
                ],
                closed=False,
            )
        ],
        _thread(look),
    )
    for x in (196, 404):
        layer.paint(box(x - 15, 300, 30, 250, radius=4), skin, PILLOW.with_(softness=5), drop=0.6)
        _stitched(layer, [line((x - 11, 306), (x - 11, 544)), line((x + 11, 306), (x + 11, 544))], _thread(look))
        layer.paint(box(x - 21, 470, 42, 34, radius=6), GOLD, PILLOW.with_(softness=3), drop=0.6)
        layer.paint(box(x - 14, 477, 28, 20, radius=3), skin, PILLOW.with_(softness=3))
        layer.stroke(line((x, 474), (x, 492)), GOLD.colour, 3)


def _bucket(layer: Layer, look: Look) -> None:
    skin = look.skin(gloss=0.12 if look.material == "leather" else 0.0)
    _handle(
        layer,
        line((196, 330), (180, 200), (240, 110), (300, 92), (360, 110), (420, 200), (404, 330)),
        Skin(darker(look.colour, 0.1), texture=grained),
        16,
    )
    inside = mirrored([(300, 276), (194, 288), (178, 308), (300, 340)])
    layer.paint(inside, Skin(darker(look.colour, 0.5)), PILLOW.with_(softness=10))
    bag = mirrored([(300, 322), (230, 314), (176, 302, 1), (164, 400), (148, 560), (160, 616), (220, 634), (300, 638)])
    gathers = tuple(
        Fold(line((300 + x * 0.72, 310), (300 + x * 0.8, 400), (300 + x, 540)), 13, -8 if i % 2 else 6)
        for i, x in enumerate((-128, -98, -68, -38, -10, 20, 50, 80, 110))
    )
    layer.paint(bag, skin, LEATHER.with_(softness=34, depth=1.0), folds=gathers, drop=0.3)
    base = mirrored([(300, 590), (156, 574, 1), (160, 616), (220, 635), (300, 639)])
    layer.paint(base, Skin(darker(look.colour, 0.2), texture=grained, gloss=0.1), PILLOW.with_(softness=10), drop=0.3)
    _stitched(layer, [line((158, 582), (300, 598), (442, 582))], _thread(look))
    cord = line((172, 350), (230, 366), (300, 372), (370, 366), (428, 350))
    layer.paint(tube(cord, [8, 8]), Skin(darker(look.colour, 0.35)), PILLOW.with_(softness=2.5), drop=0.6)
    for x in (-96, -48, 48, 96):
        layer.paint(ellipse(300 + x, 366 - abs(x) * 0.05, 8, 8), GOLD, PILLOW.with_(softness=2), drop=0.3)
        layer.paint(ellipse(300 + x, 366 - abs(x) * 0.05, 4, 4), Skin(darker(look.colour, 0.6)), PILLOW)
    for end in (line((294, 372), (280, 410), (284, 462)), line((306, 372), (322, 416), (316, 478))):
        layer.paint(tube(end, [8, 8]), Skin(darker(look.colour, 0.35)), PILLOW.with_(softness=2.5), drop=0.6)
        x, y = end.points[-1]
        layer.paint(
            curve([(x - 5, y - 4, 1), (x + 5, y - 4, 1), (x + 9, y + 34, 1), (x - 9, y + 34, 1)]),
            skin,
            PILLOW.with_(softness=3),
            drop=0.5,
        )


def _pack_straps(layer: Layer, look: Look) -> None:
    for side in (-1, 1):
        strap = line((300 + side * 52, 186), (300 + side * 150, 240), (300 + side * 182, 390), (300 + side * 158, 560))
        layer.paint(
            tube(strap, [30, 34, 26, 16]), Skin(darker(look.colour, 0.35), texture=woven), PILLOW.with_(softness=9)
        )
    loop = line((268, 168), (272, 128), (300, 118), (328, 128), (332, 168))
    layer.paint(tube(loop, [13, 13]), Skin(darker(look.colour, 0.45), texture=woven), PILLOW.with_(softness=4))


def _daypack(layer: Layer, look: Look) -> None:
    skin = look.skin(scale=0.9)
    tape = darker(look.colour, 0.45)
    leather = Skin(rgb("#8e542d"), texture=grained, gloss=0.12)
    _pack_straps(layer, look)
    for side in (-1, 1):
        layer.paint(
            curve(
                [
                    (300 + side * 132, 450, 1),
                    (300 + side * 168, 462, 1),
                    (300 + side * 166, 610),
                    (300 + side * 130, 624),
                ]
            ),
            Skin(darker(look.colour, 0.2), texture=woven),
            PILLOW.with_(softness=12),
        )
    bag = mirrored([(300, 156), (226, 166), (166, 226), (150, 330), (146, 560), (158, 628), (220, 646), (300, 648)])
    layer.paint(
        bag,
        skin,
        PILLOW.with_(softness=36, depth=1.0),
        folds=(
            Fold(line((180, 300), (200, 380), (186, 440)), 22, -5),
            Fold(line((420, 280), (402, 360), (418, 430)), 22, -5),
        ),
        drop=0.5,
    )
    arch = curve([(160, 380), (172, 262), (232, 190), (300, 178), (368, 190), (428, 262), (440, 380)], closed=False)
    layer.stroke(arch, tape, 9)
    layer.stroke(arch, rgb("#a9a49a"), 3.2, dash=1.5)
    pocket = mirrored([(300, 424), (186, 428), (172, 446), (168, 590), (182, 620), (300, 626)])
    layer.paint(pocket, skin, PILLOW.with_(softness=18, depth=0.95), drop=0.7)
    zipper = curve([(180, 474), (190, 446), (300, 440), (410, 446), (420, 474)], closed=False)
    layer.stroke(zipper, tape, 8)
    layer.stroke(zipper, rgb("#a9a49a"), 3, dash=1.5)
    for x, y in ((236, 187), (352, 443)):
        layer.paint(
            tube(line((x, y), (x - 4, y + 16), (x - 2, y + 34)), [7, 9]), leather, PILLOW.with_(softness=2), drop=0.5
        )
    patch = polygon_patch(300, 356)
    layer.paint(patch, leather, PILLOW.with_(softness=3, depth=0.5), drop=0.4)
    for x in (288, 312):
        layer.paint(box(x - 4, 344, 8, 24, radius=3), Skin(darker(leather.colour, 0.6)), PILLOW.with_(softness=2))
    base = mirrored([(300, 606), (150, 600, 1), (158, 630), (220, 648), (300, 650)])
    layer.paint(base, leather, PILLOW.with_(softness=8), drop=0.3)
    layer.stroke(line((154, 606), (300, 612), (446, 606)), lighter(leather.colour, 0.4), 1.3, opacity=0.8, dash=4)


def polygon_patch(x: float, y: float) -> Shape:
    """The small lozenge patch on a backpack."""
    return curve([(x - 30, y, 1), (x, y - 28, 1), (x + 30, y, 1), (x, y + 28, 1)])


def _roll_top(layer: Layer, look: Look) -> None:
    skin = look.skin()
    leather = Skin(rgb("#6e4630"), texture=grained, gloss=0.12)
    _pack_straps(layer, look)
    bag = mirrored([(300, 226), (170, 232), (150, 270), (146, 560), (158, 632), (300, 648)])
    layer.paint(
        bag,
        skin,
        PILLOW.with_(softness=34, depth=1.0),
        folds=(
            Fold(line((170, 300), (240, 322), (320, 312)), 16, -6),
            Fold(line((430, 330), (370, 352), (300, 340)), 16, -6),
            Fold(line((190, 430), (200, 500), (186, 580)), 22, -5),
        ),
        drop=0.4,
    )
    roll = mirrored([(300, 150), (174, 156), (158, 184), (164, 214), (300, 224)])
    for dy in (44, 20, 0):
        layer.paint(roll.moved(0, dy), skin, PILLOW.with_(softness=13, depth=1.0), drop=0.6)
    for x in (214, 386):
        strap = line((x, 146), (x, 300), (x, 470))
        layer.paint(tube(strap, [24, 24]), leather, PILLOW.with_(softness=5), drop=0.6)
        for edge in (-8, 8):
            layer.stroke(
                line((x + edge, 152), (x + edge, 464)), lighter(leather.colour, 0.35), 1.2, opacity=0.7, dash=4
            )
        layer.paint(
            box(x - 19, 362, 38, 32, radius=5), Skin(rgb("#b3ada0"), gloss=0.5), PILLOW.with_(softness=3), drop=0.6
        )
        layer.paint(box(x - 12, 369, 24, 18, radius=3), leather, PILLOW.with_(softness=2))
    pocket = mirrored([(300, 460), (252, 462), (246, 476), (244, 590), (300, 598)])
    layer.paint(pocket, skin, PILLOW.with_(softness=10, depth=0.8), drop=0.6)
    zip_fastener(layer, (356, 478), (247, 478), darker(look.colour, 0.4))
    base = mirrored([(300, 600), (148, 594, 1), (158, 632), (300, 650)])
    layer.paint(base, leather, PILLOW.with_(softness=8), drop=0.3)
    layer.stroke(line((152, 602), (300, 608), (448, 602)), lighter(leather.colour, 0.4), 1.3, opacity=0.8, dash=4)
