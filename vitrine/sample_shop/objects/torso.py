"""The body and sleeves that all tops share, shaped by a cut."""

from dataclasses import dataclass
from random import Random

from vitrine.sample_shop.kit.colour import Rgb, darker, lighter
from vitrine.sample_shop.kit.fabric import Skin
from vitrine.sample_shop.kit.layer import Fold, Layer
from vitrine.sample_shop.kit.light import PILLOW
from vitrine.sample_shop.kit.shapes import Shape, curve, line, mirrored

CLOTH = PILLOW.with_(depth=0.72, softness=20)


@dataclass(frozen=True, slots=True)
class Cut:
    """The measures of a top in object pixels; widths are half widths from the middle at x = 300."""

    neck: float = 48
    neck_y: float = 128
    neck_drop: float = 30
    shoulder: float = 116
    shoulder_y: float = 156
    chest: float = 122
    armpit_y: float = 272
    waist: float = 118
    hem: float = 122
    hem_y: float = 612
    sleeve_x: float = 196  # how far out the middle of the cuff is
    sleeve_y: float = 560
    sleeve_width: float = 58
    cap: float = 22  # fullness of the shoulder


def body(cut: Cut) -> Shape:
    """The front from neckline to hem."""
    c = cut
    return mirrored(
        [
            (300, c.neck_y + c.neck_drop),
            (300 - c.neck * 0.66, c.neck_y + c.neck_drop * 0.62),
            (300 - c.neck, c.neck_y, 1),
            (300 - c.shoulder + 8, c.shoulder_y - 1),
            (300 - c.shoulder + 7, (c.shoulder_y + c.armpit_y) / 2),
            (300 - c.chest, c.armpit_y),
            (300 - c.waist, (c.armpit_y + c.hem_y) / 2),
            (300 - c.hem, c.hem_y, 1),
            (300, c.hem_y + 9),
        ]
    )


def back_neck(cut: Cut) -> Shape:
    """The inside of the back, seen through the neckline."""
    c = cut
    return mirrored(
        [
            (300, c.neck_y - 12),
            (300 - c.neck * 0.7, c.neck_y - 9),
            (300 - c.neck - 2, c.neck_y + 2, 1),
            (300 - c.neck * 0.6, c.neck_y + c.neck_drop),
            (300, c.neck_y + c.neck_drop + 12),
        ]
    )


def sleeve(cut: Cut) -> Shape:
    """The left sleeve; the right one is its mirror."""
    c = cut
    cuff_x, half = 300 - c.sleeve_x, c.sleeve_width / 2
    middle_y = c.shoulder_y + (c.sleeve_y - c.shoulder_y) * 0.45
    lean = (cuff_x - (300 - c.shoulder)) * 0.5
    return curve(
        [
            (300 - c.shoulder + 40, c.shoulder_y - 11, 1),
            (300 - c.shoulder + 4, c.shoulder_y - 2),
            (300 - c.shoulder - c.cap * 0.75, c.shoulder_y + c.cap * 0.9),
            (300 - c.shoulder + lean - half * 0.9, middle_y),
            (cuff_x - half, c.sleeve_y - 5, 1),
            (cuff_x + half * 0.95, c.sleeve_y + 5, 1),
            (300 - c.shoulder + lean + half * 1.05, middle_y + 18),
            (300 - c.chest + 3, c.armpit_y + 4, 1),
            (300 - c.chest + 30, c.armpit_y - 20, 1),
        ]
    )


def cuff(cut: Cut, height: float) -> Shape:
    """The band at the end of the left sleeve."""
    c = cut
    x, half = 300 - c.sleeve_x, c.sleeve_width / 2
    slope = (300 - c.shoulder - x) / max(c.sleeve_y - c.shoulder_y, 1) * 0.5 * height
    return curve(
        [
            (x - half + 2, c.sleeve_y - 5, 1),
            (x - half + 5 + slope, c.sleeve_y + height * 0.9 - 6),
            (x + half - 6 + slope * 0.2, c.sleeve_y + height + 4, 1),
            (x + half - 1, c.sleeve_y + 4, 1),
        ]
    ).moved(0, -height * 0.25)


def hem_band(cut: Cut, height: float, *, pull: float = 4) -> Shape:
    """The band at the hem."""
    c = cut
    return mirrored(
        [
            (300, c.hem_y + 3),
            (300 - c.hem + 1, c.hem_y - 5, 1),
            (300 - c.hem + pull, c.hem_y + height - 6, 1),
            (300, c.hem_y + height + 3),
        ]
    )


def body_folds(cut: Cut, rng: Random, *, depth: float = 5) -> tuple[Fold, ...]:
    """Creases that run from the armpits, and soft drapes towards the hem."""
    c = cut
    folds = []
    for side in (-1, 1):
        x = 300 + side * c.chest
        for i in range(2):
            reach = rng.uniform(45, 85)
            start = (x - side * 6, c.armpit_y + 6 + 20 * i)
            bend = (start[0] - side * reach * 0.5, start[1] + rng.uniform(16, 30))
            end = (start[0] - side * reach, start[1] + rng.uniform(48, 90))
            folds.append(Fold(line(start, bend, end), width=rng.uniform(9, 14), depth=-depth * rng.uniform(0.6, 1)))
        low = (300 + side * c.hem * rng.uniform(0.3, 0.75), c.hem_y - 8)
        high = (low[0] + rng.uniform(-20, 20), c.hem_y - rng.uniform(120, 230))
        middle = ((low[0] + high[0]) / 2 + rng.uniform(-9, 9), (low[1] + high[1]) / 2)
        folds.append(Fold(line(high, middle, low), width=rng.uniform(16, 26), depth=depth * rng.uniform(-1, 1)))
    return tuple(folds)


def sleeve_folds(cut: Cut, rng: Random, *, depth: float = 4.5) -> tuple[Fold, ...]:
    """Creases across the left elbow."""
    c = cut
    folds = []
    for share in (0.28, 0.42, 0.52, 0.78):
        y = c.shoulder_y + (c.sleeve_y - c.shoulder_y) * share + rng.uniform(-12, 12)
        x = 300 - c.shoulder - (c.sleeve_x - c.shoulder) * share * 0.9
        half = c.sleeve_width * 0.5
        knots = ((x - half, y + rng.uniform(-9, 3)), (x, y + rng.uniform(4, 14)), (x + half, y + rng.uniform(-16, 8)))
        folds.append(Fold(line(*knots), width=rng.uniform(7, 11), depth=-depth * rng.uniform(0.4, 1)))
    return tuple(folds)


def paint_sleeves(layer: Layer, cut: Cut, skin: Skin, rng: Random, *, folds: bool = True) -> None:
    """Both sleeves, creased differently."""
    left = sleeve(cut)
    for side in (left, left.mirrored()):
        creases = sleeve_folds(cut, rng) if folds else ()
        if side is not left:
            creases = tuple(Fold(f.line.mirrored(), f.width, f.depth) for f in creases)
        layer.paint(side, skin, CLOTH.with_(softness=15), folds=creases)


def paint_neck(layer: Layer, cut: Cut, colour: Rgb) -> None:
    """The inside of the neck with its label."""
    layer.paint(back_neck(cut), Skin(darker(colour, 0.28)), CLOTH.with_(softness=8))
    label = curve(
        [(284, cut.neck_y - 3, 1), (316, cut.neck_y - 3, 1), (316, cut.neck_y + 13, 1), (284, cut.neck_y + 13, 1)]
    )
    layer.paint(label, Skin(lighter(colour, 0.75)), CLOTH.with_(softness=2, depth=0.3))
    layer.stroke(line((290, cut.neck_y + 5), (310, cut.neck_y + 5)), darker(colour, 0.3), 2, opacity=0.6)


def neck_line(cut: Cut, *, inset: float = 0.0) -> Shape:
    """The front neckline as a line from left to right."""
    c = cut
    return curve(
        [
            (300 - c.neck - inset * 0.4, c.neck_y + inset * 0.3),
            (300 - c.neck * 0.66 - inset * 0.7, c.neck_y + c.neck_drop * 0.62 + inset * 0.7),
            (300, c.neck_y + c.neck_drop + inset),
            (300 + c.neck * 0.66 + inset * 0.7, c.neck_y + c.neck_drop * 0.62 + inset * 0.7),
            (300 + c.neck + inset * 0.4, c.neck_y + inset * 0.3),
        ],
        closed=False,
    )
