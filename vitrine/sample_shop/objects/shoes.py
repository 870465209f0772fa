"""Sneakers and boots, seen from the side, a pair of each."""

from collections.abc import Callable

from vitrine.sample_shop.kit.colour import Rgb, brightness, contrast, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin, fuzzy, woven
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import PILLOW
from vitrine.sample_shop.kit.shapes import Placement, Shape, box, curve, ellipse, line, tube
from vitrine.sample_shop.objects.look import Look

RUBBER = rgb("#f0ece2")
FORM = PILLOW.with_(depth=1.0, softness=22)


def draw_sneakers(layer: Layer, look: Look) -> None:
    """A pair of sneakers in the look's style."""
    draw_pair(layer, look, {"low-top": _low_top, "high-top": _high_top, "runner": _runner}[look.style])


def draw_pair(layer: Layer, look: Look, draw: Callable[[Layer, Look], None]) -> None:
    """The second shoe stands behind the first, a little smaller and in its shade."""
    base = layer.placement
    behind = Placement(
        base.scale * 0.95,
        base.dx + (-46 if base.flipped else 46) * base.scale,
        base.dy - 44 * base.scale,
        base.degrees,
        base.flipped,
    )
    back = Layer(behind)
    draw(back, look)
    back.darken(box(0, 0, 600, 750), 0.16, blur=1)
    layer.over(back)
    front = Layer(base)
    draw(front, look)
    _shade_under(layer, front)
    layer.over(front)


def _shade_under(layer: Layer, front: Layer) -> None:
    shade = Layer(front.placement)
    shade.cover = front.cover
    layer.darken(curve([(100, 300), (300, 380), (470, 420), (520, 470), (500, 520), (110, 520)]), 0.3, blur=20)


def _sole(layer: Layer, knots: list[tuple[float, float] | tuple[float, float, int]], colour: Rgb) -> None:
    layer.paint(curve(knots), Skin(colour, texture=woven, gloss=0.05), PILLOW.with_(softness=9, depth=0.8), drop=0.2)


def lace(layer: Layer, places: list[tuple[float, float]], colour: Rgb, *, length: float = 46) -> None:
    for i, (x, y) in enumerate(places):
        lace = line((x - length * 0.45, y + 13), (x, y - 2), (x + length * 0.5, y - 8 + i))
        layer.paint(tube(lace, [8, 9, 8]), Skin(colour, texture=fuzzy), PILLOW.with_(softness=3), drop=0.6)
        layer.paint(ellipse(x - length * 0.45, y + 13, 4.5, 4.5), Skin(darker(colour, 0.5)), PILLOW.with_(softness=2))


def _low_top(layer: Layer, look: Look) -> None:
    accent = look.rng().choice(
        (contrast(look.colour), darker(look.colour, 0.4), rgb("#3f6a94"), rgb("#33523f"), rgb("#b9674a"))
    )
    skin = look.skin(gloss=0.10)
    opening = curve([(126, 352), (170, 336), (240, 322), (262, 346), (210, 382), (150, 384)])
    layer.paint(opening, Skin(darker(lighter(look.colour, 0.3), 0.35), texture=fuzzy), PILLOW.with_(softness=10))
    tongue = curve([(222, 372, 1), (228, 312), (246, 298), (272, 312), (330, 392, 1), (270, 410)])
    layer.paint(tongue, skin, PILLOW.with_(softness=9), drop=0.3)
    upper = curve(
        [
            (112, 486, 1),
            (106, 424),
            (116, 366),
            (126, 342, 1),
            (158, 372),
            (208, 374),
            (236, 360, 1),
            (300, 402),
            (380, 424),
            (452, 436),
            (492, 462),
            (496, 488, 1),
            (300, 492),
        ]
    )
    wrinkles = tuple(
        Fold(line((338 + 17 * i, 412 + 5 * i), (330 + 18 * i, 436), (322 + 20 * i, 452)), 8, -3.2) for i in range(3)
    )
    layer.paint(upper, skin, FORM, folds=wrinkles, drop=0.3)
    toe = curve([(380, 488, 1), (392, 448), (424, 432), (470, 446), (497, 470), (497, 489, 1)])
    layer.paint(toe, skin, PILLOW.with_(softness=12, depth=0.8), drop=0.25)
    for i in range(9):
        layer.paint(ellipse(412 + (i % 3) * 15, 452 + (i // 3) * 11, 1.8, 1.8), Skin(darker(look.colour, 0.5)), PILLOW)
    heel = curve([(111, 486, 1), (105, 424), (115, 366), (125, 341, 1), (146, 360), (140, 410), (152, 487, 1)])
    layer.paint(heel, Skin(accent, texture=skin.texture, gloss=0.1), PILLOW.with_(softness=9), drop=0.3)
    stay = curve([(228, 366, 1), (246, 358), (330, 398), (356, 418, 1), (338, 436), (300, 428), (222, 402, 1)])
    layer.paint(stay, skin, PILLOW.with_(softness=6, depth=0.7), drop=0.35)
    stripe = curve([(206, 408, 1), (262, 452), (300, 486, 1), (266, 487, 1), (232, 456), (184, 418, 1)])
    layer.paint(stripe, Skin(accent, texture=skin.texture), PILLOW.with_(softness=4, depth=0.5), drop=0.25)
    for seam in (
        line((148, 362), (143, 410), (155, 484)),
        line((226, 396), (300, 422), (340, 430)),
        line((384, 486), (396, 450), (426, 436)),
    ):
        layer.stroke(seam, look.seam, 1.3, opacity=0.55, dash=3)
    lace(
        layer,
        [(256 + 23 * i, 368 + 12 * i) for i in range(4)],
        RUBBER if brightness(look.colour) < 0.8 else rgb("#fbfaf6"),
    )
    _sole(
        layer,
        [
            (104, 478, 1),
            (100, 512),
            (114, 528),
            (300, 527),
            (476, 528),
            (508, 512),
            (506, 478, 1),
            (400, 488),
            (200, 488),
        ],
        RUBBER,
    )
    layer.stroke(line((106, 492), (200, 499), (400, 499), (503, 490)), darker(RUBBER, 0.35), 1.3, opacity=0.7, dash=3)
    layer.darken(line_band(104, 506, 521), 0.25, blur=3)


def line_band(left: float, right: float, y: float) -> Shape:
    """A thin level band, for the shade below an edge."""
    return box(left, y, right - left, 7)


def _high_top(layer: Layer, look: Look) -> None:
    skin = look.skin(scale=0.6)
    white = RUBBER
    tongue = curve([(216, 330, 1), (216, 246), (236, 228), (264, 240), (330, 396, 1), (260, 400)])
    inside = curve([(132, 268), (190, 250), (240, 246), (246, 270), (180, 290)])
    layer.paint(inside, Skin(darker(look.colour, 0.4)), PILLOW.with_(softness=8))
    layer.paint(tongue, skin, PILLOW.with_(softness=9), drop=0.3)
    upper = curve(
        [
            (114, 486, 1),
            (112, 420),
            (122, 340),
            (128, 264, 1),
            (176, 272),
            (226, 258, 1),
            (252, 320),
            (300, 394),
            (380, 424),
            (440, 434),
            (486, 462),
            (492, 488, 1),
            (300, 492),
        ]
    )
    wrinkles = (
        Fold(line((140, 372), (190, 380), (236, 362)), 12, -5),
        Fold(line((132, 400), (186, 412), (240, 396)), 12, -4),
    )
    layer.paint(upper, skin, FORM, folds=wrinkles, drop=0.3)
    cap = curve([(404, 490, 1), (408, 452), (436, 434), (478, 450), (498, 474), (498, 490, 1)])
    layer.paint(cap, Skin(white, gloss=0.12), PILLOW.with_(softness=12, depth=0.9), drop=0.3)
    strip = curve(
        [(113, 486, 1), (111, 420), (121, 340), (127, 264, 1), (142, 268, 1), (138, 350), (132, 430), (138, 488, 1)]
    )
    layer.paint(strip, Skin(darker(look.colour, 0.15), texture=woven), PILLOW.with_(softness=4), drop=0.25)
    stay = curve([(212, 262, 1), (228, 258), (254, 322), (306, 394), (372, 424, 1), (352, 440), (290, 414), (238, 350)])
    layer.paint(stay, skin, PILLOW.with_(softness=5, depth=0.6), drop=0.3)
    layer.paint(ellipse(172, 340, 25, 25), Skin(white), PILLOW.with_(softness=3, depth=0.4), drop=0.3)
    layer.stroke(ellipse(172, 340, 20, 20), look.seam, 1.6, opacity=0.8)
    layer.stroke(line((158, 348), (172, 328), (186, 348)), look.colour, 4)
    for seam in (line((216, 272), (238, 344), (288, 408), (350, 434)), line((142, 272), (137, 350), (131, 430))):
        layer.stroke(seam, lighter(look.colour, 0.6), 1.3, opacity=0.7, dash=3)
    lace(layer, [(236 + 7 * i + 1.8 * i * i, 274 + 25 * i - i * i) for i in range(6)], white, length=40)
    _sole(
        layer,
        [
            (104, 472, 1),
            (102, 512),
            (114, 527),
            (300, 526),
            (474, 527),
            (503, 512),
            (502, 474, 1),
            (400, 482),
            (200, 482),
        ],
        white,
    )
    layer.stroke(
        line((104, 486), (200, 494), (400, 494), (501, 486)),
        look.colour if brightness(look.colour) < 0.8 else rgb("#9f3d35"),
        4,
        opacity=0.9,
    )
    layer.darken(line_band(104, 502, 520), 0.25, blur=3)


def _runner(layer: Layer, look: Look) -> None:
    accent = look.rng().choice((rgb("#dd7d3b"), rgb("#d3a034"), contrast(look.colour), rgb("#b32c3a"), rgb("#3f6a94")))
    skin = look.skin()
    layer.paint(
        curve([(122, 360), (170, 340), (238, 330), (250, 352), (190, 386)]),
        Skin(darker(look.colour, 0.4), texture=fuzzy),
        PILLOW.with_(softness=9),
    )
    tongue = curve([(220, 376, 1), (222, 320), (240, 300), (266, 312), (330, 396, 1)])
    layer.paint(tongue, skin, PILLOW.with_(softness=9), drop=0.3)
    upper = curve(
        [
            (116, 470, 1),
            (104, 410),
            (108, 352),
            (124, 334, 1),
            (150, 368),
            (204, 376),
            (232, 358, 1),
            (300, 398),
            (384, 420),
            (456, 440),
            (500, 470),
            (500, 484, 1),
            (300, 486),
        ]
    )
    layer.paint(upper, skin, FORM, drop=0.3)
    heel = curve([(115, 470, 1), (103, 410), (107, 352), (123, 333, 1), (150, 366), (172, 420), (206, 478, 1)])
    glossy = Skin(darker(look.colour, 0.35), texture=woven, gloss=0.15)
    layer.paint(heel, glossy, PILLOW.with_(softness=9), drop=0.25)
    for way, widths in (
        (line((190, 470), (270, 448), (352, 428)), [30, 16, 8]),
        (line((236, 476), (300, 466), (392, 440)), [16, 10, 5]),
    ):
        layer.paint(tube(way, widths), Skin(accent, gloss=0.12), PILLOW.with_(softness=4, depth=0.6), drop=0.3)
    toe = curve([(410, 486, 1), (430, 446), (462, 442), (500, 470), (502, 486, 1)])
    layer.paint(toe, glossy, PILLOW.with_(softness=8), drop=0.3)
    stay = curve([(226, 364, 1), (244, 356), (330, 396), (360, 414, 1), (340, 430), (296, 420), (222, 392, 1)])
    layer.paint(stay, glossy, PILLOW.with_(softness=5, depth=0.6), drop=0.35)
    lace(layer, [(254 + 22 * i, 366 + 12 * i) for i in range(4)], lighter(accent, 0.2), length=42)
    _sole(
        layer,
        [
            (96, 462, 1),
            (86, 498),
            (108, 524),
            (230, 516),
            (360, 526),
            (470, 526),
            (516, 496),
            (506, 472, 1),
            (400, 478),
            (250, 472),
            (160, 462),
        ],
        RUBBER,
    )
    layer.paint(
        curve(
            [
                (90, 494, 1),
                (150, 490),
                (260, 500),
                (400, 494),
                (512, 484, 1),
                (508, 497),
                (400, 506),
                (260, 512),
                (150, 503),
                (92, 506, 1),
            ]
        ),
        Skin(accent),
        PILLOW.with_(softness=3, depth=0.5),
    )
    for x in range(120, 480, 26):
        layer.darken(box(x, 519, 9, 9), 0.5, blur=1.5)
