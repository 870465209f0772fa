"""T-shirts, shirts, sweaters, cardigans and hoodies."""

from dataclasses import replace

from vitrine.sample_shop.kit.colour import Rgb, brightness, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin, cabled, knitted, ribbed
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import BALL, PILLOW
from vitrine.sample_shop.kit.shapes import box, curve, ellipse, line, mirrored, tube
from vitrine.sample_shop.objects.collars import SHIRT_COLLAR, Thread, paint_collar
from vitrine.sample_shop.objects.look import Look
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
)


def draw_tee(layer: Layer, look: Look) -> None:
    """A short-sleeved T-shirt."""
    rng = look.rng()
    cut = Cut(sleeve_y=330, sleeve_x=176, sleeve_width=96, hem_y=600, waist=124, hem=128, chest=126, neck_drop=34)
    skin = look.skin()
    paint_neck(layer, cut, look.colour)
    paint_sleeves(layer, cut, skin, rng, folds=False)
    layer.paint(body(cut), skin, CLOTH, folds=body_folds(cut, rng, depth=6), drop=0.5)
    layer.paint(
        tube(neck_line(cut, inset=2), [13, 13]), Skin(look.colour, texture=ribbed), PILLOW.with_(softness=3), drop=0.4
    )
    for side in (1, -1):
        x = 300 - side * cut.sleeve_x
        seam = line((x - side * 49, cut.sleeve_y - 14), (x + side * 44, cut.sleeve_y - 3))
        layer.stroke(seam, look.seam, 1.3, opacity=0.5, dash=3)
    hem = line((300 - cut.hem, cut.hem_y - 14), (300, cut.hem_y - 5), (300 + cut.hem, cut.hem_y - 14))
    layer.stroke(hem, look.seam, 1.3, opacity=0.5, dash=3)


def draw_shirt(layer: Layer, look: Look) -> None:
    """A buttoned shirt with collar, cuffs and a pocket."""
    rng = look.rng()
    short = look.style == "short-sleeve"
    cut = Cut(neck=38, neck_y=132, neck_drop=26, hem_y=618, hem=120, waist=117)
    if short:
        cut = replace(cut, sleeve_y=345, sleeve_x=178, sleeve_width=92)
    skin = look.skin(scale=0.8)
    paint_neck(layer, cut, look.colour)
    paint_sleeves(layer, cut, skin, rng, folds=not short)
    if not short:
        left = cuff(cut, 36)
        for part in (left, left.mirrored()):
            layer.paint(part, skin, PILLOW.with_(softness=5), drop=0.4)
    layer.paint(body(cut), skin, CLOTH, folds=body_folds(cut, rng), drop=0.5)
    _placket(layer, look, skin, top=cut.neck_y + 24, bottom=cut.hem_y + 6)
    seam = Thread(look.seam, width=1.0, opacity=0.45, dash=3)
    paint_collar(layer, SHIRT_COLLAR, cut, skin, cloth=look.colour, thread=seam)
    pocket = curve([(338, 262, 1), (398, 262, 1), (398, 322, 1), (368, 336), (338, 322, 1)])
    layer.paint(pocket, skin, PILLOW.with_(softness=3, depth=0.5), drop=0.25)
    layer.stroke(line((338, 272), (398, 272)), look.seam, 1.2, opacity=0.5, dash=3)
    hem = line((300 - cut.hem, cut.hem_y - 8), (300, cut.hem_y + 1), (300 + cut.hem, cut.hem_y - 8))
    layer.stroke(hem, look.seam, 1.2, opacity=0.45, dash=3)


def _placket(layer: Layer, look: Look, skin: Skin, *, top: float, bottom: float) -> None:
    layer.paint(box(287, top, 26, bottom - top), skin, PILLOW.with_(softness=3, depth=0.5), drop=0.3)
    for x in (290, 310):
        layer.stroke(line((x, top), (x, bottom)), look.seam, 1.0, opacity=0.4, dash=3)
    buttons(layer, [(300, top + 22 + i * (bottom - top - 60) / 6) for i in range(7)], rgb("#efe9dc"), 5)


def buttons(layer: Layer, places: list[tuple[float, float]], colour: Rgb, radius: float) -> None:
    """Round four-hole buttons."""
    for x, y in places:
        layer.paint(ellipse(x, y, radius, radius), Skin(colour, gloss=0.35), BALL.with_(depth=0.35), drop=0.6)
        layer.paint(ellipse(x, y, radius * 0.62, radius * 0.62), Skin(darker(colour, 0.1)), PILLOW.with_(softness=1))
        for dx in (-1, 1):
            layer.stroke(
                line((x + dx * radius * 0.22, y - radius * 0.3), (x + dx * radius * 0.22, y + radius * 0.3)),
                darker(colour, 0.6),
                1.1,
            )


def draw_sweater(layer: Layer, look: Look) -> None:
    """A knitted sweater: crew neck, turtleneck, cardigan or Fair Isle."""
    rng = look.rng()
    cut = Cut(
        hem_y=576, hem=116, waist=122, chest=126, sleeve_y=548, sleeve_x=202, sleeve_width=62, cap=30, neck_drop=30
    )
    knit = look.skin(texture=cabled if look.pattern == "cable" else knitted)
    rib = Skin(look.colour, texture=ribbed)
    if look.style == "cardigan":
        cut = replace(cut, neck=44, neck_drop=150)
    paint_neck(layer, cut, look.colour)
    paint_sleeves(layer, cut, knit, rng)
    left = cuff(cut, 46)
    for part in (left, left.mirrored()):
        layer.paint(part, rib, PILLOW.with_(softness=8), drop=0.2)
    layer.paint(body(cut), knit, PILLOW.with_(depth=0.95, softness=24), folds=body_folds(cut, rng, depth=6), drop=0.6)
    layer.paint(hem_band(cut, 40, pull=6), rib, PILLOW.with_(softness=10), drop=0.25)
    if look.style == "cardigan":
        _cardigan_front(layer, look, rib, cut)
    elif look.style == "turtleneck":
        _turtleneck(layer, rib, cut)
    else:
        layer.paint(tube(neck_line(cut, inset=5), [24, 22, 24]), rib, PILLOW.with_(softness=6), drop=0.6)


def _turtleneck(layer: Layer, rib: Skin, cut: Cut) -> None:
    neck = mirrored(
        [
            (300, cut.neck_y - 36),
            (300 - cut.neck + 2, cut.neck_y - 32),
            (300 - cut.neck - 5, cut.neck_y + 14),
            (300 - 24, cut.neck_y + 36),
            (300, cut.neck_y + 38),
        ]
    )
    layer.paint(neck, rib, PILLOW.with_(softness=12, depth=1.0), drop=0.6)
    turned = mirrored(
        [
            (300, cut.neck_y - 40),
            (300 - cut.neck + 1, cut.neck_y - 35),
            (300 - cut.neck - 7, cut.neck_y + 2),
            (300 - 30, cut.neck_y + 16),
            (300, cut.neck_y + 18),
        ]
    )
    layer.paint(turned, rib, PILLOW.with_(softness=10), drop=0.7)


def _cardigan_front(layer: Layer, look: Look, rib: Skin, cut: Cut) -> None:
    bottom = cut.hem_y + 40
    left = line(
        (300 - cut.neck - 2, cut.neck_y),
        (300 - cut.neck * 0.62, cut.neck_y + 90),
        (292, cut.neck_y + 156),
        (296, cut.neck_y + 260),
        (296, bottom),
    )
    right = line(
        (300 + cut.neck + 2, cut.neck_y),
        (300 + cut.neck * 0.62, cut.neck_y + 90),
        (308, cut.neck_y + 156),
        (303, cut.neck_y + 260),
        (303, bottom),
    )
    for band in (left, right):
        layer.paint(tube(band, [20, 22, 24, 26]), rib, PILLOW.with_(softness=6), drop=0.5)
    horn = rgb("#6b4a35") if brightness(look.colour) > 0.4 else lighter(look.colour, 0.5)
    buttons(layer, [(301, cut.neck_y + 178 + i * 66) for i in range(5)], horn, 7.5)
    for x in (218, 382):
        layer.paint(box(x - 34, 480, 68, 14, radius=3), rib, PILLOW.with_(softness=4), drop=0.4)


def draw_hoodie(layer: Layer, look: Look) -> None:
    """A hooded sweatshirt with a kangaroo pocket and cords."""
    rng = look.rng()
    cut = Cut(
        neck=58,
        neck_y=150,
        neck_drop=36,
        shoulder=122,
        shoulder_y=170,
        hem_y=580,
        hem=118,
        waist=124,
        chest=128,
        sleeve_y=556,
        sleeve_x=206,
        sleeve_width=66,
        cap=30,
    )
    skin, rib = look.skin(), Skin(look.colour, texture=ribbed)
    hood = mirrored([(300, 74), (300 - 52, 84), (300 - 82, 128), (300 - 72, 180), (300 - 30, 206), (300, 214)])
    layer.paint(hood, skin, PILLOW.with_(softness=26), folds=(Fold(line((238, 120), (252, 160), (270, 190)), 12, -4),))
    inside = mirrored([(300, 100), (300 - 38, 108), (300 - 56, 142), (300 - 40, 178), (300, 204)])
    layer.paint(inside, Skin(darker(look.colour, 0.42)), PILLOW.with_(softness=16))
    paint_sleeves(layer, cut, skin, rng)
    left = cuff(cut, 42)
    for part in (left, left.mirrored()):
        layer.paint(part, rib, PILLOW.with_(softness=8), drop=0.2)
    layer.paint(body(cut), skin, CLOTH.with_(softness=24), folds=body_folds(cut, rng, depth=7), drop=0.5)
    layer.paint(hem_band(cut, 38, pull=7), rib, PILLOW.with_(softness=10), drop=0.25)
    rim = mirrored(
        [
            (300, 96),
            (300 - 44, 104),
            (300 - 66, 142),
            (300 - 50, 184),
            (300 - 8, 216),
            (300, 212, 1),
            (300 - 36, 178),
            (300 - 52, 142),
            (300 - 36, 112),
            (300, 105),
        ]
    )
    layer.paint(rim, skin, PILLOW.with_(softness=6), drop=0.5)
    pocket = mirrored([(300, 440), (300 - 58, 440, 1), (300 - 92, 520), (300 - 92, 566, 1), (300, 572)])
    layer.paint(pocket, skin, PILLOW.with_(softness=8, depth=0.7), drop=0.5)
    for mouth in (line((242, 444), (212, 520)), line((358, 444), (388, 520))):
        layer.stroke(mouth, look.seam, 1.4, opacity=0.6, dash=3)
    cord = lighter(look.colour, 0.8) if brightness(look.colour) < 0.7 else darker(look.colour, 0.25)
    for side, length in ((-1, rng.uniform(78, 105)), (1, rng.uniform(78, 105))):
        hang = line((300 + side * 20, 202), (300 + side * 24, 202 + length * 0.5), (300 + side * 20, 202 + length))
        layer.paint(tube(hang, [5, 5]), Skin(cord), PILLOW.with_(softness=2), drop=0.6)
        layer.paint(
            box(300 + side * 20 - 3.5, 202 + length, 7, 13, radius=2),
            Skin(rgb("#b9b4aa"), gloss=0.4),
            PILLOW.with_(softness=2),
            drop=0.4,
        )
