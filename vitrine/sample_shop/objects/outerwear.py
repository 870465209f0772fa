"""Bomber, puffer and denim jackets, and trench coats."""

from dataclasses import replace
from random import Random

from vitrine.sample_shop.kit.colour import Rgb, brightness, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin, ribbed, woven
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import BALL, PILLOW
from vitrine.sample_shop.kit.shapes import Shape, box, curve, ellipse, line, mirrored, tube
from vitrine.sample_shop.objects.collars import JACKET_COLLAR, Thread, paint_collar
from vitrine.sample_shop.objects.look import Look
from vitrine.sample_shop.objects.tops import buttons
from vitrine.sample_shop.objects.torso import (
    CLOTH,
    Cut,
    body,
    body_folds,
    cuff,
    hem_band,
    neck_line,
    paint_neck,
    paint_sleeves,
    sleeve,
)

METAL = rgb("#c4bda9")
JACKET = Cut(
    neck=50,
    neck_y=132,
    neck_drop=32,
    shoulder=124,
    shoulder_y=160,
    chest=130,
    waist=128,
    hem=124,
    hem_y=560,
    sleeve_x=208,
    sleeve_y=548,
    sleeve_width=70,
    cap=30,
)


def draw_jacket(layer: Layer, look: Look) -> None:
    """The jacket of the look's style."""
    {"bomber": _bomber, "puffer": _puffer, "trucker": _trucker, "trench": _trench}[look.style](layer, look)


def zip_fastener(layer: Layer, top: tuple[float, float], bottom: tuple[float, float], tape: Rgb) -> None:
    """A closed zip with its slider."""
    way = line(top, bottom)
    layer.stroke(way, tape, 9)
    layer.stroke(way, METAL, 4.5, dash=1.6)
    layer.stroke(way, darker(METAL, 0.5), 0.9, opacity=0.8)
    layer.paint(
        box(top[0] - 4, top[1] + 2, 8, 10, radius=2), Skin(METAL, gloss=0.5), PILLOW.with_(softness=2), drop=0.5
    )
    layer.paint(
        box(top[0] - 2.5, top[1] + 11, 5, 17, radius=2), Skin(METAL, gloss=0.5), PILLOW.with_(softness=2), drop=0.5
    )


def _bomber(layer: Layer, look: Look) -> None:
    rng, cut = look.rng(), JACKET
    sheen = 0.10 if look.material == "nylon" else 0.0
    skin, rib = look.skin(gloss=sheen), Skin(darker(look.colour, 0.18), texture=ribbed)
    paint_neck(layer, cut, darker(look.colour, 0.1))
    paint_sleeves(layer, cut, skin, rng)
    left = cuff(cut, 44)
    for part in (left, left.mirrored()):
        layer.paint(part, rib, PILLOW.with_(softness=8), drop=0.2)
    layer.paint(body(cut), skin, CLOTH.with_(softness=24), folds=body_folds(cut, rng, depth=8), drop=0.5)
    layer.paint(hem_band(cut, 44, pull=8), rib, PILLOW.with_(softness=10), drop=0.3)
    layer.paint(tube(neck_line(cut, inset=0), [30, 26, 30]), rib, PILLOW.with_(softness=8), drop=0.6)
    zip_fastener(layer, (300, cut.neck_y + 24), (300, cut.hem_y + 44), darker(look.colour, 0.35))
    for side in (-1, 1):
        welt = line((300 + side * 62, 492), (300 + side * 96, 418))
        layer.paint(tube(welt, [13, 13]), skin, PILLOW.with_(softness=4), drop=0.6)
        layer.stroke(welt, look.seam, 1.2, opacity=0.6)


def _puffer(layer: Layer, look: Look) -> None:
    rng = look.rng()
    cut = replace(JACKET, hem_y=590, chest=140, waist=142, hem=136, sleeve_width=80, sleeve_x=222, cap=36, shoulder=128)
    skin = Skin(look.colour, texture=woven, gloss=0.2, sharpness=9)
    step = 50
    rows = [cut.shoulder_y + 34 + step * i + rng.uniform(-3, 3) for i in range(9)]
    left = sleeve(cut)
    quilted = PILLOW.with_(depth=0.9, softness=24)
    for arm in (left, left.mirrored()):
        flip = arm is not left
        seams = [_sleeve_seam(cut, y, flip=flip) for y in rows[:8]]
        layer.paint(arm, skin, quilted, folds=tuple(_quilt(s) for s in seams))
        _stitch(layer, seams, look)
    _hood_collar(layer, look, skin, cut)
    seams = [line((300 - 150, y), (225, y + 5), (300, y + 2), (375, y + 5), (450, y)) for y in rows]
    layer.paint(body(cut), skin, quilted, folds=tuple(_quilt(s) for s in seams) + _crinkles(rng, rows), drop=0.6)
    for y in rows[:-1]:
        half = cut.chest - 4
        layer.stroke(
            line((300 - half, y), (225, y + 5), (300, y + 2), (375, y + 5), (300 + half, y)),
            look.seam,
            1.1,
            opacity=0.5,
            dash=3,
        )
    zip_fastener(layer, (300, cut.neck_y + 2), (300, cut.hem_y + 8), darker(look.colour, 0.35))
    for side in (-1, 1):
        layer.stroke(line((300 + side * 92, 430), (300 + side * 80, 496)), darker(look.colour, 0.5), 4)
        layer.stroke(line((300 + side * 92, 430), (300 + side * 80, 496)), METAL, 1.6, dash=1.5)


def _sleeve_seam(cut: Cut, y: float, *, flip: bool) -> Shape:
    share = (y - cut.shoulder_y) / (cut.sleeve_y - cut.shoulder_y)
    x = 300 - cut.shoulder - (cut.sleeve_x - cut.shoulder) * share * 0.95 + 2
    half = cut.sleeve_width / 2 + 6 - 5 * share
    seam = line((x - half, y - 8), (x, y + 2), (x + half + 8 * (1 - share), y - 2))
    return seam.mirrored() if flip else seam


def _quilt(seam: Shape) -> Fold:
    return Fold(seam, width=15, depth=-15)


def _crinkles(rng: Random, rows: list[float]) -> tuple[Fold, ...]:
    folds = []
    for y in rows[:-1]:
        for _ in range(4):
            x = rng.uniform(180, 420)
            folds.append(Fold(line((x, y + 5), (x + rng.uniform(-5, 5), y + rng.uniform(12, 22))), width=5, depth=-2.4))
    return tuple(folds)


def _stitch(layer: Layer, seams: list[Shape], look: Look) -> None:
    for seam in seams:
        layer.stroke(Shape(seam.points[2:-2]), look.seam, 1.1, opacity=0.4, dash=3)


def _hood_collar(layer: Layer, look: Look, skin: Skin, cut: Cut) -> None:
    collar = mirrored(
        [
            (300, cut.neck_y - 52),
            (300 - 52, cut.neck_y - 46),
            (300 - 66, cut.neck_y - 6),
            (300 - 58, cut.neck_y + 34),
            (300, cut.neck_y + 44),
        ]
    )
    layer.paint(
        collar,
        skin,
        PILLOW.with_(softness=18),
        folds=(_quilt(line((230, cut.neck_y - 6), (300, cut.neck_y + 8), (370, cut.neck_y - 6))),),
        drop=0.4,
    )
    inner = mirrored(
        [(300, cut.neck_y - 42), (300 - 40, cut.neck_y - 36), (300 - 38, cut.neck_y - 20), (300, cut.neck_y - 10)]
    )
    layer.paint(inner, Skin(darker(look.colour, 0.4)), PILLOW.with_(softness=6))


def _trucker(layer: Layer, look: Look) -> None:
    rng, cut = look.rng(), replace(JACKET, hem=122, waist=122, chest=128)
    thread = rgb("#c98f4a") if brightness(look.colour) < 0.7 else darker(look.colour, 0.3)
    skin = look.skin()
    paint_neck(layer, cut, look.colour)
    paint_sleeves(layer, cut, skin, rng)
    left = cuff(cut, 38)
    for part in (left, left.mirrored()):
        layer.paint(part, skin, PILLOW.with_(softness=5), drop=0.3)
    layer.paint(body(cut), skin, CLOTH, folds=body_folds(cut, rng, depth=6), drop=0.5)
    layer.paint(hem_band(cut, 36, pull=3), skin, PILLOW.with_(softness=6), drop=0.3)
    yoke = [
        line((300 - 120, 262), (240, 274), (290, 278)),
        line((236, 280), (256, 420), (268, 556)),
        line((282, 280), (277, 420), (285, 556)),
    ]
    for seam in (*yoke, *(s.mirrored() for s in yoke)):
        layer.darken(tube(seam, [3, 3]), 0.35, blur=1.5)
        layer.stroke(seam.moved(2.5, 2.5), thread, 1.2, opacity=0.85, dash=4)
    layer.paint(box(286, 158, 28, 436), skin, PILLOW.with_(softness=3, depth=0.5), drop=0.35)
    for x in (289, 311):
        layer.stroke(line((x, 164), (x, 592)), thread, 1.2, opacity=0.85, dash=4)
    for side in (-1, 1):
        x = 300 + side * 68
        flap = curve([(x - 30, 268, 1), (x + 30, 268, 1), (x + 30, 286, 1), (x, 304, 1), (x - 30, 286, 1)])
        layer.paint(flap, skin, PILLOW.with_(softness=4, depth=0.6), drop=0.6)
        layer.stroke(line((x - 27, 284), (x, 299), (x + 27, 284)), thread, 1.2, opacity=0.85, dash=4)
        buttons(layer, [(x, 288)], rgb("#b08d57"), 5)
    buttons(layer, [(300, 182 + i * 70) for i in range(6)], rgb("#b08d57"), 6.5)
    edge = Thread(thread, width=1.1, opacity=0.8, dash=4)
    paint_collar(layer, JACKET_COLLAR, cut, skin, cloth=look.colour, thread=edge)


def _trench(layer: Layer, look: Look) -> None:
    rng = look.rng()
    cut = replace(
        JACKET,
        neck=46,
        neck_y=112,
        shoulder_y=138,
        armpit_y=250,
        hem_y=662,
        waist=106,
        hem=148,
        sleeve_y=508,
        sleeve_x=186,
        sleeve_width=66,
        neck_drop=44,
    )
    skin = look.skin()
    paint_neck(layer, cut, look.colour)
    paint_sleeves(layer, cut, skin, rng)
    drapes = tuple(
        Fold(line((300 + x * 0.7, 410), (300 + x * 0.85, 530), (300 + x, 664)), width=22, depth=rng.choice((-7, 6)))
        for x in (-112, -76, -44, 62, 98, 128)
    )
    layer.paint(body(cut), skin, CLOTH, folds=body_folds(cut, rng, depth=6) + drapes, drop=0.5)
    overlap = curve(
        [
            (322, 190, 1),
            (344, 300),
            (338, 410),
            (346, 540),
            (352, 664, 1),
            (340, 668, 1),
            (330, 540),
            (326, 410),
            (330, 300),
        ]
    )
    layer.darken(overlap, 0.2, blur=5)
    layer.stroke(line((340, 240), (338, 410), (350, 664)), look.seam, 1.6, opacity=0.7)
    _lapels(layer, skin, look)
    dark = rgb("#4b3a2d") if brightness(look.colour) > 0.3 else rgb("#8a7a66")
    buttons(layer, [(x, y) for y in (316, 372, 470) for x in (262, 330)], dark, 8)
    belt = curve([(188, 402, 1), (300, 412), (412, 402, 1), (414, 434, 1), (300, 444), (186, 434, 1)])
    layer.paint(belt, skin, PILLOW.with_(softness=5), drop=0.7)
    for y in (408, 437):
        layer.stroke(line((192, y - 4), (300, y + 3), (408, y - 4)), look.seam, 1, opacity=0.5, dash=3)
    layer.paint(box(282, 403, 40, 46, radius=6), Skin(dark, gloss=0.3), PILLOW.with_(softness=4), drop=0.6)
    layer.paint(box(290, 411, 24, 30, radius=3), skin, PILLOW.with_(softness=3))
    for side in (1, -1):
        flap = curve(
            [
                (300 - side * 66, 492, 1),
                (300 - side * 112, 482, 1),
                (300 - side * 120, 508, 1),
                (300 - side * 72, 520, 1),
            ]
        )
        layer.paint(flap, skin, PILLOW.with_(softness=4), drop=0.5)
        tab = box(300 - side * cut.sleeve_x - 40, 470, 80, 14, radius=3)
        layer.paint(tab, skin, PILLOW.with_(softness=3), drop=0.5)
        shoulder = curve(
            [(300 - side * 62, 122, 1), (300 - side * 122, 138, 1), (300 - side * 124, 150), (300 - side * 68, 140, 1)]
        )
        layer.paint(shoulder, skin, PILLOW.with_(softness=3), drop=0.5)
        buttons(layer, [(300 - side * 78, 134)], dark, 4.5)


def _lapels(layer: Layer, skin: Skin, look: Look) -> None:
    left = curve(
        [
            (254, 108, 1),
            (226, 168),
            (206, 214, 1),
            (236, 230, 1),
            (224, 250, 1),
            (262, 300),
            (306, 344, 1),
            (304, 240),
            (290, 160),
        ]
    )
    right = left.mirrored()
    for part in (right, left):
        layer.paint(part, skin, PILLOW.with_(softness=6, depth=0.8), drop=0.7)
    collar = curve([(258, 92, 1), (232, 118), (214, 176, 1), (250, 190, 1), (280, 150), (300, 158, 1), (298, 112)])
    for part in (collar.mirrored(), collar):
        layer.paint(part, skin, PILLOW.with_(softness=6, depth=0.8), drop=0.6)
    layer.paint(ellipse(300, 108, 34, 10), Skin(darker(look.colour, 0.45)), BALL.with_(depth=0.3))
    layer.stroke(line((210, 210), (234, 228)), lighter(look.colour, 0.1), 1)
