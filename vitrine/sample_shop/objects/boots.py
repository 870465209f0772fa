"""Boots: ankle boots with elastic sides, laced boots, rain boots."""

from vitrine.sample_shop.kit.colour import Rgb, brightness, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin, ribbed, woven
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import PILLOW
from vitrine.sample_shop.kit.shapes import Shape, box, curve, line, tube
from vitrine.sample_shop.objects.look import Look
from vitrine.sample_shop.objects.shoes import FORM, draw_pair, lace


def draw_boots(layer: Layer, look: Look) -> None:
    """A pair of boots in the look's style."""
    draw_pair(layer, look, {"chelsea": _chelsea, "lace-up": _lace_up, "rain": _rain}[look.style])


def _boot_upper(top: float, *, wide: float = 0.0) -> Shape:
    return curve(
        [
            (130, 480, 1),
            (124, 430),
            (134, 360),
            (140 - wide, top, 1),
            (200, top - 8),
            (264 + wide, top, 1),
            (266, 330),
            (290, 392),
            (360, 420),
            (440, 434),
            (490, 462),
            (496, 486, 1),
            (300, 492),
        ]
    )


def _boot_sole(layer: Layer, colour: Rgb, *, heel: float = 26) -> None:
    layer.paint(
        curve(
            [
                (126, 476, 1),
                (122, 498),
                (128, 498 + heel, 1),
                (218, 498 + heel, 1),
                (226, 504, 1),
                (300, 508),
                (360, 522),
                (480, 524),
                (506, 504),
                (502, 480, 1),
                (400, 490),
                (200, 486),
            ]
        ),
        Skin(colour, gloss=0.08),
        PILLOW.with_(softness=7, depth=0.8),
    )
    layer.stroke(
        line((128, 489), (210, 497), (300, 500), (400, 501), (500, 492)), lighter(colour, 0.4), 1.4, opacity=0.7, dash=4
    )


def _ankle() -> tuple[Fold, ...]:
    return (
        Fold(line((268, 350), (236, 374), (190, 372)), 12, -6),
        Fold(line((282, 380), (246, 402), (200, 404)), 12, -5),
        Fold(line((352, 418), (344, 438), (326, 456)), 9, -4),
        Fold(line((376, 424), (366, 444), (350, 462)), 8, -3),
    )


def _chelsea(layer: Layer, look: Look) -> None:
    gloss = 0.22 if look.material == "leather" else 0.0
    skin = look.skin(gloss=gloss)
    layer.paint(
        curve([(140, 232), (200, 216), (264, 230), (250, 250), (160, 252)]),
        Skin(darker(look.colour, 0.5)),
        PILLOW.with_(softness=6),
    )
    layer.paint(_boot_upper(232), skin, FORM, folds=_ankle(), drop=0.2)
    gore = curve([(180, 232, 1), (236, 229, 1), (232, 320), (214, 372), (204, 374), (190, 320)])
    elastic = darker(look.colour, 0.55) if brightness(look.colour) > 0.25 else lighter(look.colour, 0.12)
    layer.paint(gore, Skin(elastic, texture=ribbed), PILLOW.with_(softness=5), drop=0.2)
    layer.stroke(
        curve([(176, 234), (187, 320), (203, 380), (216, 378), (237, 320), (241, 232)], closed=False),
        look.seam,
        1.3,
        opacity=0.7,
        dash=3,
    )
    for x, lean in ((152, -10), (252, 8)):
        pull = line((x - 8, 238), (x + lean * 0.3, 200), (x + 8, 238))
        layer.paint(
            tube(pull, [9, 9]), Skin(darker(look.colour, 0.35), texture=woven), PILLOW.with_(softness=3), drop=0.3
        )
    layer.darken(curve([(150, 250), (190, 244), (180, 420), (140, 440)]), -0.07, blur=14)
    _boot_sole(layer, rgb("#2b2625"))


def _lace_up(layer: Layer, look: Look) -> None:
    skin = look.skin(gloss=0.2)
    sole = rgb("#3a2c25") if brightness(look.colour) > 0.2 else rgb("#242222")
    tongue = curve([(224, 300, 1), (226, 206), (250, 188), (276, 200), (330, 400, 1)])
    layer.paint(
        curve([(138, 228), (200, 214), (250, 222), (240, 250), (160, 252)]),
        Skin(darker(look.colour, 0.5)),
        PILLOW.with_(softness=6),
    )
    layer.paint(tongue, skin, PILLOW.with_(softness=10), drop=0.3)
    upper = curve(
        [
            (130, 480, 1),
            (124, 430),
            (134, 350),
            (134, 226, 1),
            (190, 234),
            (246, 222, 1),
            (262, 320),
            (300, 396),
            (370, 422),
            (444, 434),
            (490, 462),
            (497, 486, 1),
            (300, 492),
        ]
    )
    layer.paint(upper, skin, FORM, folds=_ankle(), drop=0.3)
    padded = curve([(134, 226, 1), (190, 234), (246, 222, 1), (250, 250, 1), (190, 262), (134, 254, 1)])
    layer.paint(padded, skin, PILLOW.with_(softness=7), drop=0.3)
    stay = curve([(230, 258, 1), (250, 252), (266, 322), (306, 396), (366, 422, 1), (340, 440), (290, 420), (242, 352)])
    layer.paint(stay, skin, PILLOW.with_(softness=5, depth=0.7), drop=0.35)
    heel = curve([(130, 480, 1), (124, 430), (132, 372, 1), (186, 400), (206, 486, 1)])
    layer.paint(heel, skin, PILLOW.with_(softness=6, depth=0.7), drop=0.35)
    toe = curve([(398, 490, 1), (404, 446), (440, 432), (490, 462), (498, 489, 1)])
    layer.paint(toe, skin, PILLOW.with_(softness=9, depth=0.8), drop=0.35)
    for seam in (
        line((136, 378), (184, 404), (202, 482)),
        line((404, 486), (409, 450), (442, 436)),
        line((236, 266), (246, 350), (290, 416), (338, 436)),
    ):
        layer.stroke(seam, lighter(look.colour, 0.35), 1.3, opacity=0.7, dash=3)
    lace(
        layer,
        [(256 + 4 * i + 2 * i * i, 264 + 26 * i - i * i) for i in range(6)],
        rgb("#c9a875") if brightness(look.colour) < 0.5 else darker(look.colour, 0.5),
        length=38,
    )
    _boot_sole(layer, sole, heel=30)
    for x in range(300, 490, 22):
        layer.darken(box(x, 516, 8, 10), 0.5, blur=1.5)


def _rain(layer: Layer, look: Look) -> None:
    skin = Skin(look.colour, gloss=0.5, sharpness=26)
    layer.paint(
        curve([(130, 140), (200, 122), (276, 138), (262, 162), (146, 164)]),
        Skin(darker(look.colour, 0.5)),
        PILLOW.with_(softness=6),
    )
    layer.paint(_boot_upper(140, wide=10), skin, PILLOW.with_(softness=26, depth=1.1), folds=_ankle()[:2], drop=0.2)
    rim = curve([(129, 138, 1), (200, 132), (275, 138, 1), (275, 162, 1), (200, 156), (129, 162, 1)])
    layer.paint(rim, Skin(darker(look.colour, 0.2), gloss=0.4), PILLOW.with_(softness=5), drop=0.3)
    strap = line((140, 190), (200, 186), (268, 190))
    layer.paint(tube(strap, [14, 14]), skin, PILLOW.with_(softness=4), drop=0.5)
    layer.paint(box(232, 178, 22, 24, radius=4), Skin(rgb("#b7b7b5"), gloss=0.5), PILLOW.with_(softness=3), drop=0.5)
    layer.paint(box(237, 184, 12, 12, radius=2), skin, PILLOW.with_(softness=2))
    layer.darken(curve([(156, 210), (172, 206), (168, 380), (154, 400)]), -0.3, blur=6)
    toe = curve([(396, 488, 1), (402, 448), (440, 434), (490, 462), (497, 488, 1)])
    layer.paint(toe, skin, PILLOW.with_(softness=12), drop=0.2)
    _boot_sole(layer, darker(look.colour, 0.5), heel=28)
