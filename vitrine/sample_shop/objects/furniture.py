"""Chairs, stools, sofas, armchairs and cushions."""

from vitrine.sample_shop.kit.colour import Rgb, brightness, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin, slubby, timber, timber_across
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import LATHE, PILLOW
from vitrine.sample_shop.kit.shapes import Shape, box, curve, ellipse, line, mirrored, tube
from vitrine.sample_shop.objects.look import Look

OAK = rgb("#b98d60")


def draw_chair(layer: Layer, look: Look) -> None:
    """A spindle chair, an upholstered dining chair or a bar stool."""
    {"spindle": _spindle, "dining": _dining, "stool": _stool}[look.style](layer, look)


def draw_sofa(layer: Layer, look: Look) -> None:
    """A sofa for three or two, or an armchair."""
    seats, half = {"three-seat": (3, 268), "two-seat": (2, 218), "armchair": (1, 152)}[look.style]
    _sofa(layer, look, seats=seats, half=half)


def _wood(colour: Rgb, *, across: bool = False) -> Skin:
    return Skin(colour, texture=timber_across if across else timber, gloss=0.12)


def _leg(layer: Layer, skin: Skin, top: tuple[float, float], foot: tuple[float, float], *, width: float = 15) -> None:
    layer.paint(tube(line(top, foot), [width, width * 0.55]), skin, PILLOW.with_(softness=width / 3), drop=0.3)


def _spindle(layer: Layer, look: Look) -> None:
    wood, dark = _wood(look.colour), _wood(darker(look.colour, 0.22))
    _leg(layer, dark, (232, 446), (206, 636))
    _leg(layer, dark, (368, 446), (394, 636))
    bow = curve([(196, 420), (190, 250), (222, 142), (300, 112), (378, 142), (410, 250), (404, 420)], closed=False)
    for i in range(7):
        x = 300 + (i - 3) * 26
        layer.paint(
            tube(
                line(
                    (300 + (i - 3) * 30, 128 + abs(i - 3) ** 2 * 4.4), (x + (i - 3) * 3, 280), (300 + (i - 3) * 23, 424)
                ),
                [7, 9, 7],
            ),
            wood,
            LATHE.with_(depth=0.6),
            drop=0.2,
        )
    layer.paint(tube(bow, [16, 15, 15, 15, 16]), wood, PILLOW.with_(softness=5), drop=0.3)
    seat = curve(
        [
            (176, 436),
            (210, 414),
            (300, 408),
            (390, 414),
            (424, 436),
            (432, 462),
            (390, 480),
            (300, 486),
            (210, 480),
            (168, 462),
        ]
    )
    layer.paint(seat.moved(0, 9), dark, PILLOW.with_(softness=6))
    layer.paint(
        seat,
        _wood(look.colour, across=True),
        PILLOW.with_(softness=14, depth=0.8),
        folds=(Fold(line((230, 446), (300, 456), (370, 446)), 40, -7),),
        drop=0.3,
    )
    for side in (-1, 1):
        _leg(layer, wood, (300 + side * 104, 478), (300 + side * 138, 672), width=17)
    layer.paint(
        tube(line((300 - 122, 580), (300, 574), (300 + 122, 580)), [9, 11, 9]), wood, PILLOW.with_(softness=3), drop=0.3
    )


def _dining(layer: Layer, look: Look) -> None:
    wood, dark = _wood(OAK), _wood(darker(OAK, 0.25))
    skin = look.skin()
    for side in (-1, 1):
        _leg(layer, dark, (300 + side * 96, 440), (300 + side * 112, 634))
        layer.paint(
            tube(line((300 + side * 92, 430), (300 + side * 100, 300), (300 + side * 104, 180)), [15, 14, 12]),
            wood,
            PILLOW.with_(softness=4),
        )
    back = mirrored([(300, 132), (214, 136), (182, 164), (180, 270), (198, 316), (300, 326)])
    layer.paint(
        back,
        skin,
        PILLOW.with_(softness=26, depth=1.0),
        folds=(Fold(line((220, 220), (300, 232), (380, 220)), 40, -5),),
        drop=0.4,
    )
    layer.stroke(curve([(196, 170), (300, 150), (404, 170)], closed=False), look.seam, 1.4, opacity=0.5)
    seat = curve(
        [
            (170, 430),
            (210, 404),
            (300, 398),
            (390, 404),
            (430, 430),
            (438, 468),
            (400, 492),
            (300, 500),
            (200, 492),
            (162, 468),
        ]
    )
    layer.paint(box(172, 470, 256, 34, radius=8), wood, PILLOW.with_(softness=5))
    layer.paint(seat, skin, PILLOW.with_(softness=24, depth=1.1), drop=0.4)
    layer.stroke(line((166, 470), (220, 488), (300, 492), (380, 488), (434, 470)), look.seam, 1.6, opacity=0.6)
    for side in (-1, 1):
        _leg(layer, wood, (300 + side * 112, 498), (300 + side * 128, 676), width=18)


def _stool(layer: Layer, look: Look) -> None:
    wood, dark = _wood(look.colour), _wood(darker(look.colour, 0.25))
    for side in (-1, 1):
        _leg(layer, dark, (300 + side * 56, 214), (300 + side * 88, 640))
    for y, half, skin in ((400, 76, dark), (520, 92, dark)):
        layer.paint(tube(line((300 - half, y), (300 + half, y)), [10, 10]), skin, PILLOW.with_(softness=3), drop=0.2)
    for side in (-1, 1):
        _leg(layer, wood, (300 + side * 82, 222), (300 + side * 134, 686), width=20)
    for y, half in ((460, 106), (582, 120)):
        layer.paint(tube(line((300 - half, y), (300 + half, y)), [12, 12]), wood, PILLOW.with_(softness=4), drop=0.4)
    layer.paint(ellipse(300, 206, 132, 33), dark, PILLOW.with_(softness=6), drop=0.4)
    layer.paint(ellipse(300, 192, 132, 33), _wood(look.colour, across=True), PILLOW.with_(softness=12, depth=0.7))
    layer.darken(ellipse(306, 194, 84, 16), 0.08, blur=10)


def _sofa(layer: Layer, look: Look, *, seats: int, half: float) -> None:
    rng = look.rng()
    skin = look.skin(gloss=0.1 if look.material == "leather" else 0.0)
    legs = _wood(rgb(rng.choice(("#b98d60", "#5c4130", "#2d2926"))))
    round_arm = rng.random() < 0.5
    for x in (-half + 40, half - 40):
        _leg(layer, legs, (300 + x, 590), (300 + x * 1.03, 650), width=18)
    arm = 46 if seats > 1 else 42
    inner = half - arm
    back_top = 316 if seats > 1 else 268
    back = mirrored(
        [
            (300, back_top),
            (300 - inner * 0.7, back_top + 1),
            (300 - inner - 14, back_top + 14),
            (300 - inner - 20, 480),
            (300 - inner - 10, 560, 1),
            (300, 560),
        ]
    )
    layer.paint(back, skin, PILLOW.with_(softness=26, depth=0.9))
    width = 2 * inner / seats
    for i in range(seats):
        x = 300 - inner + i * width
        layer.paint(
            _pillow_box(x + 3, back_top + 26, width - 6, 172),
            skin,
            PILLOW.with_(softness=30, depth=1.1),
            folds=_dimples(x, back_top + 26, width),
            drop=0.4,
        )
    layer.paint(box(300 - half + 16, 528, 2 * half - 32, 72, radius=12), skin, PILLOW.with_(softness=10), drop=0.2)
    for i in range(seats):
        x = 300 - inner + i * width
        layer.paint(_pillow_box(x + 1, 478, width - 2, 76), skin, PILLOW.with_(softness=20, depth=1.1), drop=0.6)
        layer.stroke(line((x + 12, 536), (x + width / 2, 541), (x + width - 12, 536)), look.seam, 1.5, opacity=0.45)
    for side in (-1, 1):
        x = 300 + side * (half - arm / 2)
        top = 412 if seats > 1 else 396
        shape = (
            _pillow_box(x - arm / 2 - 4, top, arm + 8, 598 - top)
            if round_arm
            else box(x - arm / 2 - 3, top, arm + 6, 598 - top, radius=13)
        )
        layer.paint(shape, skin, PILLOW.with_(softness=17, depth=1.0), drop=0.6)
    _throw_pillow(layer, look, 300 - inner + 8, back_top + 86)


def _throw_pillow(layer: Layer, look: Look, x: float, y: float) -> None:
    tone = rgb("#efe6d6") if brightness(look.colour) < 0.6 else rgb("#b9674a")
    pillow = _pillow_box(x, y, 104, 104).turned(-7, (x + 50, y + 50))
    layer.paint(pillow, Skin(tone, texture=slubby), PILLOW.with_(softness=26, depth=1.1), drop=0.7)


def _dimples(x: float, y: float, width: float) -> tuple[Fold, ...]:
    return (
        Fold(line((x + width * 0.2, y + 20), (x + width * 0.3, y + 60)), 16, -4),
        Fold(line((x + width * 0.8, y + 24), (x + width * 0.72, y + 66)), 16, -4),
        Fold(line((x + width * 0.25, y + 128), (x + width * 0.5, y + 120), (x + width * 0.75, y + 128)), 20, -4),
    )


def _pillow_box(x: float, y: float, width: float, height: float) -> Shape:
    """A box whose sides belly out and whose corners are soft."""
    w, h, b = width, height, 0.035 * min(width, height)
    return curve(
        [
            (x + w * 0.04, y + h * 0.05),
            (x + w * 0.2, y + b * 0.4),
            (x + w * 0.5, y - b),
            (x + w * 0.8, y + b * 0.4),
            (x + w * 0.96, y + h * 0.05),
            (x + w + b, y + h * 0.5),
            (x + w * 0.96, y + h * 0.95),
            (x + w * 0.5, y + h + b),
            (x + w * 0.04, y + h * 0.95),
            (x - b, y + h * 0.5),
        ]
    )


def draw_cushion(layer: Layer, look: Look) -> None:
    """A square cushion with piped edges, plump in the middle."""
    rng = look.rng()
    skin = look.skin(scale=1.5)
    square = curve(
        [
            (108, 196, 1),
            (200, 214),
            (300, 218),
            (400, 214),
            (492, 196, 1),
            (476, 290),
            (472, 386),
            (476, 480),
            (494, 572, 1),
            (400, 556),
            (300, 552),
            (200, 556),
            (106, 572, 1),
            (124, 480),
            (128, 386),
            (124, 290),
        ]
    )
    corners = tuple(
        Fold(line((x, y), ((x + 300) / 2 + 20, (y + 384) / 2 + 12)), 24, -13)
        for x, y in ((118, 206), (482, 206), (116, 562), (484, 562))
    )
    dents = tuple(
        Fold(
            line(
                (rng.uniform(200, 260), rng.uniform(300, 460)),
                (300, rng.uniform(370, 400)),
                (rng.uniform(340, 400), rng.uniform(300, 460)),
            ),
            34,
            -5,
        )
        for _ in range(2)
    )
    layer.paint(square, skin, PILLOW.with_(softness=60, depth=1.1), folds=corners + dents)
    edge = lighter(look.colour, 0.25) if rng.random() < 0.4 else darker(look.colour, 0.2)
    outline = Shape(square.points)
    layer.paint(tube(Shape(outline.points[:-1]), [7, 7]), Skin(edge), PILLOW.with_(softness=2.5))
