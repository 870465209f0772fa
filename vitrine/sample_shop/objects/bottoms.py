"""Trousers, jeans, skirts and dresses."""

from random import Random

from vitrine.sample_shop.kit.colour import brightness, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import PILLOW
from vitrine.sample_shop.kit.shapes import Shape, box, curve, line, mirrored, tube
from vitrine.sample_shop.objects.look import Look
from vitrine.sample_shop.objects.tops import buttons
from vitrine.sample_shop.objects.torso import CLOTH, Cut, paint_neck, paint_sleeves


def draw_trousers(layer: Layer, look: Look) -> None:
    """Chinos, jeans or wide-leg trousers, laid straight."""
    rng = look.rng()
    flare = 96 if look.style == "wide" else 58
    skin = look.skin(scale=0.85)
    thread = rgb("#c98f4a") if look.style == "jeans" and brightness(look.colour) < 0.7 else look.seam
    outer = 300 - (128 if look.style == "wide" else 108)
    left = curve(
        [
            (212, 88, 1),
            (202, 150),
            (outer - 4, 240),
            (outer - 4, 420),
            (outer + (0 if look.style == "wide" else 16), 672, 1),
            (outer + (0 if look.style == "wide" else 16) + flare + 30, 680, 1),
            (292, 420),
            (301, 262, 1),
            (301, 92, 1),
        ]
    )
    folds = _leg_folds(rng, outer)
    inside = mirrored([(300, 72), (214, 76, 1), (212, 96), (300, 106)])
    layer.paint(inside, Skin(darker(look.colour, 0.35)), PILLOW.with_(softness=6))
    for part, flip in ((left, False), (left.mirrored(), True)):
        creases = tuple(Fold(f.line.mirrored(), f.width, f.depth) for f in folds) if flip else folds
        layer.paint(part, skin, CLOTH.with_(softness=22), folds=creases, drop=0.3)
    if look.style == "jeans":
        for x in (238, 362):
            layer.darken(curve([(x - 26, 220), (x + 22, 220), (x + 14, 420), (x, 480), (x - 18, 420)]), -0.16, blur=22)
    _waist(layer, look, skin, thread)
    for x in (outer + 17, outer + flare + 44):
        layer.stroke(line((x - 3, 664), (x + 3, 666)), thread, 1, opacity=0.1)
    for hem in (line((outer + 6, 655), (outer + flare + 38, 664)),):
        for seam in (hem, hem.mirrored()):
            layer.stroke(seam, thread, 1.3, opacity=0.6, dash=4)


def _leg_folds(rng: Random, outer: float) -> tuple[Fold, ...]:
    crotch = [
        Fold(line((298, 268 + 10 * i), (262, 286 + 16 * i), (228 - 8 * i, 282 + 26 * i)), width=10, depth=-4.5)
        for i in range(3)
    ]
    knee = [
        Fold(
            line((outer + 4, y), (outer + 40, y + rng.uniform(6, 14)), (outer + 80, y + rng.uniform(-8, 8))),
            width=11,
            depth=-4 * rng.uniform(0.3, 1),
        )
        for y in (420, 446, 590, 622)
    ]
    crease = [Fold(line((244, 190), (236, 420), (outer + 46, 668)), width=14, depth=5)]
    return tuple(crotch + knee + crease)


def _waist(layer: Layer, look: Look, skin: Skin, thread: object) -> None:
    seam = thread if not isinstance(thread, str) else look.seam
    band = mirrored([(300, 100), (210, 86, 1), (207, 118, 1), (300, 132)])
    layer.paint(band, skin, PILLOW.with_(softness=5), drop=0.4)
    for x in (226, 262, 338, 374):
        layer.paint(box(x - 5, 86, 10, 48, radius=2), skin, PILLOW.with_(softness=2), drop=0.5)
    fly = line((301, 132), (301, 262))
    layer.stroke(fly, look.seam, 1.6, opacity=0.7)
    layer.stroke(line((322, 134), (322, 216), (304, 248)), seam, 1.2, opacity=0.75, dash=4)  # type: ignore[arg-type]
    pocket = line((252, 130), (246, 172), (206, 200))
    for side in (pocket, pocket.mirrored()):
        layer.darken(tube(side, [5, 5]), 0.4, blur=2)
        layer.stroke(side.moved(0, 3), seam, 1.2, opacity=0.75, dash=4)  # type: ignore[arg-type]
    metal = rgb("#b08d57") if look.style == "jeans" else lighter(look.seam, 0.35)
    buttons(layer, [(300, 115)], metal, 7)


def draw_skirt(layer: Layer, look: Look) -> None:
    """A pleated or an A-line skirt."""
    rng = look.rng()
    pleated = look.style == "pleated"
    flare, bottom = (214, 640) if pleated else (176, 560)
    skin = look.skin(gloss=0.12 if look.material == "satin" else 0.0)
    skirt = mirrored(
        [
            (300, 142),
            (206, 132, 1),
            (190, 220),
            (300 - flare, bottom - 22, 1),
            (300 - flare * 0.5, bottom - 3),
            (300, bottom + 4),
        ]
    )
    inside = mirrored([(300, 108), (210, 114, 1), (208, 134), (300, 146)])
    layer.paint(inside, Skin(darker(look.colour, 0.4)), PILLOW.with_(softness=5))
    layer.paint(
        skirt,
        skin,
        CLOTH.with_(softness=26),
        folds=_pleats(rng, 11, flare, bottom) if pleated else _drapes(rng, flare, bottom),
    )
    band = mirrored([(300, 126), (208, 116, 1), (204, 150, 1), (300, 162)])
    layer.paint(band, skin, PILLOW.with_(softness=6), drop=0.5)
    if pleated:
        return
    buttons(layer, [(300, 190 + i * 58) for i in range(6)], lighter(look.colour, 0.5), 7)
    layer.stroke(line((282, 160), (280, 360), (278, bottom)), look.seam, 1.2, opacity=0.5, dash=4)
    for side in (-1, 1):
        layer.stroke(
            line((300 + side * 90, 196), (300 + side * 54, 206), (300 + side * 48, 232)),
            look.seam,
            1.4,
            opacity=0.6,
            dash=4,
        )


def _pleats(rng: Random, count: int, flare: float, bottom: float) -> tuple[Fold, ...]:
    folds = []
    for i in range(count):
        share = (i + 0.5) / count * 2 - 1
        top, low = 300 + share * 92, 300 + share * flare * 0.97
        bend = (top + low) / 2 + rng.uniform(-3, 3)
        way = line((top, 160), (bend, (150 + bottom) / 2), (low, bottom + 6))
        folds.append(Fold(way, width=9, depth=-12))
        folds.append(Fold(way.moved(11, 0), width=14, depth=8))
    return tuple(folds)


def _drapes(rng: Random, flare: float, bottom: float) -> tuple[Fold, ...]:
    folds = []
    for i in range(7):
        share = (i + 0.5) / 7 * 2 - 1 + rng.uniform(-0.06, 0.06)
        start = rng.uniform(0.25, 0.55)
        top = (300 + share * 92 * (1 + start), 150 + (bottom - 150) * start)
        low = (300 + share * flare * 0.95, bottom + 4)
        folds.append(
            Fold(
                line(top, ((top[0] + low[0]) / 2, (top[1] + low[1]) / 2), low), width=22, depth=rng.choice((-9, -6, 7))
            )
        )
    return tuple(folds)


def draw_dress(layer: Layer, look: Look) -> None:
    """A shift, a flared midi or a wrap dress."""
    rng = look.rng()
    shape, cut = _dress_shape(look.style)
    skin = look.skin(gloss=0.1 if look.material == "silk" else 0.0)
    paint_neck(layer, cut, look.colour)
    if look.style != "flared":
        paint_sleeves(layer, cut, skin, rng, folds=False)
    flare = cut.hem * 0.96
    low = _drapes_between(rng, 330 if look.style != "shift" else 420, cut.waist, flare, cut.hem_y)
    pulls = tuple(
        Fold(line((300 + s * 100, 236), (300 + s * 74, 270), (300 + s * 56, 316)), width=11, depth=-4) for s in (-1, 1)
    )
    layer.paint(shape, skin, CLOTH.with_(softness=24), folds=low + pulls, drop=0.4)
    if look.style == "wrap":
        _wrap(layer, look, skin, cut)
    elif look.style == "flared":
        layer.paint(
            curve(
                [
                    (300 - cut.waist, 322, 1),
                    (300, 332),
                    (300 + cut.waist, 322, 1),
                    (301 + cut.waist, 340, 1),
                    (300, 350),
                    (299 - cut.waist, 340, 1),
                ]
            ),
            skin,
            PILLOW.with_(softness=5),
            drop=0.4,
        )
        for side in (-1, 1):
            layer.stroke(line((300 + side * 44, 226), (300 + side * 40, 322)), look.seam, 1.1, opacity=0.35)
    else:
        for side in (-1, 1):
            layer.paint(box(300 + side * 66 - 34, 430, 68, 12, radius=3), skin, PILLOW.with_(softness=3), drop=0.5)
        buttons(layer, [(300, 190 + 30 * i) for i in range(3)], lighter(look.colour, 0.6), 5.5)


def _dress_shape(style: str) -> tuple[Shape, Cut]:
    if style == "flared":
        cut = Cut(neck=62, neck_y=128, neck_drop=40, shoulder=88, waist=78, hem=196, hem_y=660)
        outline = mirrored(
            [
                (300, 172),
                (262, 160),
                (240, 122, 1),
                (214, 130, 1),
                (214, 180),
                (198, 236),
                (222, 330),
                (176, 470),
                (104, 644, 1),
                (200, 664),
                (300, 670),
            ]
        )
        return outline, cut
    hem = 140 if style == "shift" else 158
    waist = 104 if style == "shift" else 84
    cut = Cut(
        neck=54,
        neck_y=116,
        neck_drop=30 if style == "shift" else 92,
        shoulder=104,
        shoulder_y=140,
        chest=108,
        armpit_y=242,
        waist=waist,
        hem=hem,
        hem_y=650,
        sleeve_x=164,
        sleeve_y=312,
        sleeve_width=82,
        cap=20,
    )
    outline = mirrored(
        [
            (300, cut.neck_y + cut.neck_drop),
            (300 - 40, cut.neck_y + cut.neck_drop * 0.55),
            (300 - cut.neck, cut.neck_y, 1),
            (300 - 96, 139),
            (300 - 97, 190),
            (300 - 106, 246),
            (300 - waist, 342),
            (300 - (waist + hem) / 2 - 8, 480),
            (300 - hem, 646, 1),
            (300, 658),
        ]
    )
    return outline, cut


def _drapes_between(rng: Random, start: float, waist: float, flare: float, bottom: float) -> tuple[Fold, ...]:
    folds = []
    for i in range(8):
        share = (i + 0.5) / 8 * 2 - 1
        top = (300 + share * waist * 0.95, start + rng.uniform(0, 60))
        low = (300 + share * flare, bottom + 6)
        bend = ((top[0] * 0.45 + low[0] * 0.55) + rng.uniform(-5, 5), (top[1] + low[1]) / 2)
        folds.append(Fold(line(top, bend, low), width=rng.uniform(14, 24), depth=rng.choice((-9, -7, 6, 8))))
    return tuple(folds)


def _wrap(layer: Layer, look: Look, skin: Skin, cut: Cut) -> None:
    edge = line((300 - cut.neck, cut.neck_y), (290, 220), (352, 316))
    layer.darken(tube(edge.moved(3, 5), [9, 9]), 0.35, blur=4)
    layer.stroke(edge, look.seam, 1.5, opacity=0.6)
    layer.stroke(line((300 + cut.neck, cut.neck_y), (312, 205)), look.seam, 1.5, opacity=0.5)
    layer.darken(tube(line((352, 350), (366, 480), (352, 655)), [8, 14]), 0.3, blur=5)
    belt = curve([(218, 326, 1), (300, 338), (382, 326, 1), (384, 350, 1), (300, 362), (216, 350, 1)])
    layer.paint(belt, skin, PILLOW.with_(softness=4), drop=0.6)
    for way in (line((352, 344), (372, 420), (362, 480)), line((354, 344), (340, 410), (346, 458))):
        layer.paint(tube(way, [12, 15, 17]), skin, PILLOW.with_(softness=4), drop=0.6)
    layer.paint(
        curve([(340, 332), (362, 330), (368, 346), (358, 358), (340, 354)]), skin, PILLOW.with_(softness=5), drop=0.6
    )
