"""Watches, hats, scarves, sunglasses and umbrellas."""

import math

from vitrine.sample_shop.kit.colour import Rgb, brightness, contrast, darker, lighter, rgb
from vitrine.sample_shop.kit.fabric import Skin, brushed, grained, plaited, ribbed, timber
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import BALL, FLAT, LATHE, PILLOW
from vitrine.sample_shop.kit.shapes import Shape, arc, box, curve, ellipse, line, mirrored, polygon, tube
from vitrine.sample_shop.objects.look import Look


def draw_watch(layer: Layer, look: Look) -> None:
    """A wrist watch on its strap, laid straight."""
    metal = Skin(rgb("#c9a25f" if "brass" in look.material else "#c3c7ca"), texture=brushed, gloss=0.5)
    _strap(layer, look)
    cx, cy = 300, 375
    dial_colour = look.rng().choice((rgb("#f4f1ea"), rgb("#1f2a3d"), rgb("#232325"), rgb("#2e4a3f"), rgb("#f4f1ea")))
    if look.style == "square":
        outer, inner, dial = (
            box(cx - w, cy - w * 1.08, 2 * w, 2.16 * w, radius=r) for w, r in ((98, 30), (86, 22), (80, 18))
        )
    else:
        outer, inner, dial = (ellipse(cx, cy, r, r) for r in (112, 98, 91))
    for y in (-30, 0, 30) if look.style == "chronograph" else (0,):
        size = 14 if y == 0 else 10
        layer.paint(
            box(cx + (106 if look.style != "square" else 94), cy + y * 1.5 - size / 1.6, 20, size * 1.25, radius=4),
            metal,
            PILLOW.with_(softness=4),
            drop=0.4,
        )
    layer.paint(outer, metal, PILLOW.with_(softness=9, depth=1.2), drop=0.8)
    layer.paint(inner, Skin(darker(metal.colour, 0.25), gloss=0.3), PILLOW.with_(softness=4))
    layer.paint(dial, Skin(dial_colour), PILLOW.with_(softness=8, depth=0.25))
    layer.darken(arc_ring(cx, cy, 84), 0.18, blur=5)
    _dial(layer, look, (cx, cy), contrast(dial_colour) if brightness(dial_colour) < 0.5 else rgb("#2a2a2d"))
    layer.darken(
        polygon([(cx - 74, cy + 30), (cx + 22, cy - 82), (cx + 56, cy - 66), (cx - 56, cy + 62)]), -0.10, blur=3
    )


def arc_ring(cx: float, cy: float, radius: float) -> Shape:
    """The upper left edge of a dial, where the case throws its shade."""
    return tube(arc((cx, cy), (radius, radius), 170, 300), [2, 9, 2])


def _strap(layer: Layer, look: Look) -> None:
    skin = Skin(look.colour, texture=grained, gloss=0.14)
    for top, bottom in ((30, 300), (450, 720)):
        wide_at_dial = [(44, top), (58, bottom)] if top < 300 else [(58, top), (44, bottom)]
        half = mirrored(
            [
                (300, top),
                (300 - wide_at_dial[0][0], top + 3),
                (300 - (wide_at_dial[0][0] + wide_at_dial[1][0]) / 2, (top + bottom) / 2),
                (300 - wide_at_dial[1][0], bottom - 3),
                (300, bottom),
            ]
        )
        layer.paint(half, skin, LATHE.with_(depth=0.45))
        thread = lighter(look.colour, 0.45) if brightness(look.colour) < 0.6 else darker(look.colour, 0.35)
        for side in (-1, 1):
            layer.stroke(
                line(
                    (300 + side * (wide_at_dial[0][0] - 9), top + 14),
                    (300 + side * (wide_at_dial[1][0] - 9), bottom - 8),
                ),
                thread,
                1.6,
                opacity=0.85,
                dash=5,
            )
    for i in range(4):
        layer.paint(ellipse(300, 560 + 34 * i, 4, 5), Skin(darker(look.colour, 0.65)), PILLOW)
    metal = Skin(rgb("#c3c7ca"), gloss=0.5)
    layer.paint(box(244, 30, 112, 34, radius=9), metal, PILLOW.with_(softness=5), drop=0.5)
    layer.paint(box(256, 39, 88, 16, radius=4), Skin(darker(look.colour, 0.25)), PILLOW.with_(softness=4))
    layer.paint(box(296, 34, 8, 30, radius=3), metal, PILLOW.with_(softness=2), drop=0.5)
    layer.paint(box(246, 104, 108, 18, radius=5), skin, PILLOW.with_(softness=5), drop=0.6)


def _dial(layer: Layer, look: Look, at: tuple[float, float], ink: Rgb) -> None:
    cx, cy = at
    rng = look.rng()
    reach = 70 if look.style == "square" else 80
    for i in range(60):
        a = math.radians(i * 6)
        inner = reach - (13 if i % 5 == 0 else 4)
        ends = [(cx + r * math.sin(a), cy - r * math.cos(a)) for r in (inner, reach)]
        layer.stroke(line(*ends), ink, 3.6 if i % 5 == 0 else 1.1, opacity=0.9)
    if look.style == "chronograph":
        for dx, dy in ((-34, 4), (34, 4), (0, 38)):
            layer.paint(
                ellipse(cx + dx, cy + dy, 20, 20),
                Skin(lighter(ink, 0.25) if brightness(ink) < 0.5 else darker(ink, 0.6)),
                PILLOW.with_(softness=3, depth=0.4),
            )
            layer.stroke(line((cx + dx, cy + dy), (cx + dx + 9, cy + dy - 11)), rgb("#f0ece2"), 2)
    layer.stroke(line((cx - 15, cy - 40), (cx + 15, cy - 40)), ink, 3, opacity=0.55)
    hour, minute = rng.choice(((-58, 52), (-52, 58), (-64, 46)))
    for angle, length, width in ((hour, 44, 6.5), (minute, 66, 4.5), (160, 60, 1.6)):
        a = math.radians(angle)
        hand = line(
            (cx - 10 * math.sin(a), cy + 10 * math.cos(a)), (cx + length * math.sin(a), cy - length * math.cos(a))
        )
        colour = rgb("#b8452f") if width < 2 else ink
        layer.paint(tube(hand, [width, width * 0.6]), Skin(colour, gloss=0.2), PILLOW.with_(softness=1.5), drop=0.5)
    layer.paint(ellipse(cx, cy, 5, 5), Skin(ink, gloss=0.5), BALL.with_(depth=0.4), drop=0.4)


def draw_hat(layer: Layer, look: Look) -> None:
    """A cap, a beanie or a straw hat."""
    {"cap": _cap, "beanie": _beanie, "sun-hat": _sun_hat}[look.style](layer, look)


def _cap(layer: Layer, look: Look) -> None:
    skin = look.skin()
    crown = curve(
        [(150, 452, 1), (152, 360), (196, 262), (290, 222), (384, 254), (434, 340), (444, 448, 1), (300, 474)]
    )
    layer.paint(crown, skin, PILLOW.with_(softness=40, depth=1.0))
    for seam in (
        line((290, 222), (252, 320), (244, 464)),
        line((290, 222), (360, 300), (386, 462)),
        line((290, 222), (186, 310), (172, 448)),
    ):
        layer.darken(tube(seam, [3, 3]), 0.3, blur=2)
        layer.stroke(seam.moved(4, 0), look.seam, 1.2, opacity=0.55, dash=4)
    peak = curve(
        [
            (232, 456, 1),
            (330, 452),
            (446, 436, 1),
            (520, 462),
            (560, 512),
            (536, 536),
            (440, 506),
            (330, 494),
            (246, 500, 1),
        ]
    )
    layer.paint(peak, skin, PILLOW.with_(softness=14, depth=0.9), drop=0.6)
    for inset in (0, 14, 28):
        layer.stroke(
            line(
                (260, 490 - inset * 0.7),
                (350, 484 - inset * 0.7),
                (450, 494 - inset * 0.9),
                (534 - inset, 524 - inset * 0.8),
            ),
            look.seam,
            1.2,
            opacity=0.5,
            dash=4,
        )
    for x, y in ((216, 330), (318, 316)):
        layer.paint(ellipse(x, y, 6, 5), Skin(look.seam), PILLOW.with_(softness=2), drop=0.2)
    layer.paint(ellipse(290, 222, 13, 8), skin, BALL.with_(depth=0.6), drop=0.4)
    patch = box(268, 352, 84, 52, radius=8)
    layer.paint(patch, Skin(contrast(look.colour)), PILLOW.with_(softness=4, depth=0.5), drop=0.4)
    layer.stroke(
        line((284, 388), (300, 366), (312, 380), (322, 370), (338, 388)),
        look.colour if brightness(look.colour) < 0.6 else darker(look.colour, 0.5),
        3,
    )


def _beanie(layer: Layer, look: Look) -> None:
    rib = Skin(look.colour, texture=ribbed)
    pom = look.rng().random() < 0.5
    if pom:
        ball = Skin(contrast(look.colour), texture=ribbed)
        layer.paint(ellipse(300, 178, 54, 50), ball, BALL.with_(depth=0.8))
        for i in range(40):
            a = i * 0.157
            tip = (300 + 60 * math.cos(a), 178 + 56 * math.sin(a))
            layer.stroke(
                line((300 + 42 * math.cos(a + 0.1), 178 + 40 * math.sin(a + 0.1)), tip), ball.colour, 4, opacity=0.9
            )
    crown = mirrored([(300, 204), (240, 212), (182, 276), (160, 390), (158, 470, 1), (300, 486)])
    folds = tuple(
        Fold(line((300 + x * 0.3, 220), (300 + x * 0.85, 300), (300 + x, 470)), 13, -5)
        for x in (-112, -76, -38, 0, 38, 76, 112)
    )
    layer.paint(crown, rib, PILLOW.with_(softness=44, depth=1.1), folds=folds, drop=0.3)
    turned = mirrored([(300, 438), (156, 424), (146, 470), (152, 530), (300, 548)])
    layer.paint(turned, rib, PILLOW.with_(softness=18, depth=1.0), drop=0.8)
    layer.paint(
        box(270, 474, 60, 36, radius=3),
        Skin(rgb("#8e542d"), texture=grained),
        PILLOW.with_(softness=3, depth=0.5),
        drop=0.4,
    )
    layer.stroke(line((282, 492), (318, 492)), rgb("#e6d3b3"), 2)


def _sun_hat(layer: Layer, look: Look) -> None:
    straw = Skin(look.colour, texture=plaited)
    brim = curve([(46, 470), (120, 424), (300, 408), (480, 424), (554, 470), (500, 520), (300, 544), (100, 520)])
    layer.paint(brim, straw, PILLOW.with_(softness=22, depth=0.9))
    for share in (0.9, 0.78):
        layer.stroke(arc((300, 474), (252 * share, 64 * share), 0, 360), darker(look.colour, 0.3), 1.2, opacity=0.4)
    layer.darken(ellipse(312, 468, 150, 30), 0.35, blur=12)
    crown = mirrored([(300, 262), (232, 272), (186, 320), (170, 400), (166, 466, 1), (220, 484), (300, 490)])
    layer.paint(
        crown, straw, LATHE.with_(depth=0.75), folds=(Fold(line((258, 280), (300, 300), (348, 280)), 26, -9),), drop=0.3
    )
    ribbon = mirrored([(300, 440), (220, 434), (169, 418, 1), (165, 464, 1), (220, 482), (300, 488)])
    band = look.rng().choice(("#27344f", "#6b2a38", "#33523f", "#2a2a2d"))
    layer.paint(ribbon, Skin(rgb(band), texture=ribbed), LATHE.with_(depth=0.6), drop=0.3)


def draw_scarf(layer: Layer, look: Look) -> None:
    """A folded scarf with fringes, one end laid over the other."""
    skin = look.skin(scale=1.2)
    colour = look.colour
    left = curve(
        [(226, 150, 1), (196, 320), (168, 560), (158, 640, 1), (276, 652, 1), (292, 520), (306, 330), (318, 200)]
    )
    right = curve(
        [(286, 190, 1), (316, 360), (338, 520), (346, 590, 1), (462, 574, 1), (444, 430), (410, 270), (380, 150, 1)]
    )
    for end, fringe in ((right, (346, 590, 462, 574)), (left, (158, 640, 276, 652))):
        x0, y0, x1, y1 = fringe
        for i in range(15):
            share = (i + 0.5) / 15
            x, y = x0 + (x1 - x0) * share, y0 + (y1 - y0) * share
            layer.paint(
                tube(line((x, y - 6), (x + (i % 3 - 1) * 2, y + 22), (x + (i % 2) * 3 - 1, y + 48)), [6, 7, 4]),
                Skin(colour, texture=skin.texture),
                PILLOW.with_(softness=2.5),
                drop=0.3,
            )
        folds = tuple(
            Fold(line((300 + dx * 0.5, 180), (300 + dx, 400), (300 + dx * 1.3, 640)), 16, d)
            for dx, d in ((-90, -7), (-50, 5), (60, -7), (100, 5))
        )
        layer.paint(end, skin, PILLOW.with_(softness=22), folds=folds, drop=0.7)
    loop = curve([(186, 120), (300, 86), (414, 120), (440, 200), (400, 276), (300, 306), (200, 276), (160, 200)])
    creases = (
        Fold(line((180, 170), (290, 230), (420, 190)), 18, -9),
        Fold(line((196, 230), (300, 274), (404, 240)), 16, -8),
        Fold(line((210, 130), (310, 186), (410, 142)), 18, 6),
    )
    layer.paint(loop, skin, PILLOW.with_(softness=30, depth=1.1), folds=creases, drop=0.8)
    hole = curve([(232, 132), (300, 112), (368, 132), (352, 162), (300, 176), (248, 162)])
    layer.paint(hole, Skin(darker(colour, 0.5), texture=skin.texture), PILLOW.with_(softness=12))


def draw_sunglasses(layer: Layer, look: Look) -> None:
    """Sunglasses, their temples reaching back."""
    tortoise = brightness(look.colour) > 0.12 and look.rng().random() < 0.4
    frame = Skin(
        look.colour,
        texture=(lambda x, y: 1 + 0.25 * (timber(y * 2.2, x * 1.6) - 1) * 4) if tortoise else None,
        gloss=0.55,
        sharpness=24,
    )
    tint = look.rng().choice((rgb("#3a3f3d"), rgb("#4a3a2e"), rgb("#2f3d4a"), rgb("#33473b")))
    for side in (-1, 1):
        temple = line(
            (300 + side * 196, 330), (300 + side * 214, 296), (300 + side * 176, 246), (300 + side * 120, 224)
        )
        layer.paint(tube(temple, [13, 11, 9, 8]), Skin(darker(look.colour, 0.2), gloss=0.3), PILLOW.with_(softness=3))
    left, hole = _lens(look.style)
    for part, glass in ((left, hole), (left.mirrored(), hole.mirrored())):
        layer.paint(part, frame, PILLOW.with_(softness=6, depth=1.1), drop=0.2)
        layer.paint(glass, Skin(tint, gloss=0.25, sharpness=6), PILLOW.with_(softness=20, depth=0.6))
        x = float(glass.points[:, 0].mean())
        layer.darken(polygon([(x - 60, 408), (x - 10, 318), (x + 14, 318), (x - 34, 424)]), -0.22, blur=7)
        layer.darken(
            curve([(x - 80, 318), (x, 306), (x + 80, 318), (x + 70, 346), (x, 336), (x - 70, 346)]), 0.35, blur=8
        )
    bridge = line((266, 348), (300, 334), (334, 348))
    layer.paint(tube(bridge, [15, 12, 15]), frame, PILLOW.with_(softness=4), drop=0.3)
    for side in (-1, 1):
        layer.paint(
            box(300 + side * 194 - 8, 326, 16, 10, radius=3),
            Skin(rgb("#c7a25a"), gloss=0.5),
            PILLOW.with_(softness=2),
            drop=0.3,
        )


def _lens(style: str) -> tuple[Shape, Shape]:
    if style == "round":
        return ellipse(186, 378, 90, 86), ellipse(186, 379, 76, 72)
    rim = curve([(92, 322), (186, 308), (276, 324), (284, 370), (252, 436), (186, 450), (116, 430), (90, 370)])
    glass = curve([(108, 336), (186, 324), (262, 336), (268, 372), (240, 424), (186, 436), (128, 418), (106, 372)])
    return rim, glass


def draw_umbrella(layer: Layer, look: Look) -> None:
    """An open stick umbrella, leaning a little."""
    wood = Skin(rgb("#8a5a34"), texture=timber, gloss=0.2)
    shaft = line((300, 300), (300, 600))
    layer.paint(tube(shaft, [7, 7]), Skin(rgb("#6d6a66"), gloss=0.5), LATHE.with_(depth=0.8))
    handle = line((300, 570), (300, 636), (318, 674), (352, 672), (362, 640))
    layer.paint(tube(handle, [15, 17, 17, 16, 14]), wood, PILLOW.with_(softness=5), drop=0.2)
    top, rim, count = (300.0, 112.0), 366.0, 8
    xs = [300 - 262 * math.cos(math.pi * i / count) for i in range(count + 1)]
    skin = look.skin(scale=1.3)
    under = curve([(40, 360), (300, 330), (560, 360), (430, 396), (300, 402), (170, 396)])
    layer.paint(under, Skin(darker(look.colour, 0.45)), FLAT)
    for i in range(count):
        a, b = xs[i], xs[i + 1]
        gore = _gore(top, rim, a, b)
        lean = (a + b) / 2 - 300
        layer.paint(gore, skin, PILLOW.with_(softness=max(8.0, (b - a) / 5), depth=0.8))
        layer.darken(gore, 0.22 * lean / 262 + 0.02, blur=6)
    for x in xs[1:-1]:
        layer.stroke(_rib(top, rim, x), look.seam, 1.4, opacity=0.6)
    for x in xs:
        layer.paint(ellipse(x, _rim_y(rim, x) + 3, 3.5, 5), wood, BALL.with_(depth=0.5))
    layer.paint(curve([(294, 116, 1), (297, 78), (303, 78), (306, 116, 1)]), wood, LATHE.with_(depth=0.7))


def _rim_y(rim: float, x: float) -> float:
    return rim + 14 * (1 - ((x - 300) / 262) ** 2)


def _rib(top: tuple[float, float], rim: float, x: float) -> Shape:
    lean = x - 300
    return line(
        top,
        (300 + lean * 0.62, top[1] + 62 + abs(lean) * 0.13),
        (300 + lean * 0.92, rim - 78 + abs(lean) * 0.02),
        (x, _rim_y(rim, x)),
    )


def _gore(top: tuple[float, float], rim: float, a: float, b: float) -> Shape:
    """One cloth panel between two ribs, its lower edge hanging in an arc."""
    left, right = _rib(top, rim, a).points, _rib(top, rim, b).points[::-1]
    sag = line((a, _rim_y(rim, a)), ((a + b) / 2, min(_rim_y(rim, a), _rim_y(rim, b)) - 9), (b, _rim_y(rim, b))).points
    return polygon([(float(p[0]), float(p[1])) for p in (*left, *sag[1:-1], *right)])
