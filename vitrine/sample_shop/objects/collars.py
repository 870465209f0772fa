"""Collars with two points, as of shirts and denim jackets."""

from dataclasses import dataclass

from vitrine.sample_shop.kit.colour import Rgb, darker
from vitrine.sample_shop.kit.fabric import Skin
from vitrine.sample_shop.kit.layer import Layer
from vitrine.sample_shop.kit.light import PILLOW
from vitrine.sample_shop.kit.shapes import curve, line, mirrored
from vitrine.sample_shop.objects.torso import Cut

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Collar:
    """The shape of a collar in object pixels, for its left half.

    Points are (to the left of the middle, below the neck); the names `neck_*` count to the left from the edge of the neck.
    """

    neck_high: float  # above the neck, where the collar's opening begins at the middle
    neck_side: Point
    opening: float  # below the neck, where the opening ends
    shade: float  # how much darker the inside is, 0 to 1
    neck_start: Point
    neck_bend: Point
    tip: Point
    inner_tip: Point
    meeting: Point
    neck_end: Point
    drop: float
    seam: tuple[Point, Point, Point]


SHIRT_COLLAR = Collar(
    neck_high=22,
    neck_side=(-2, -15),
    opening=22,
    shade=0.24,
    neck_start=(-4, -20),
    neck_bend=(12, 2),
    tip=(56, 52),
    inner_tip=(24, 62),
    meeting=(1, 25),
    neck_end=(-14, 10),
    drop=0.6,
    seam=((54, 49), (25, 57), (5, 27)),
)
JACKET_COLLAR = Collar(
    neck_high=20,
    neck_side=(0, -14),
    opening=30,
    shade=0.3,
    neck_start=(-4, -18),
    neck_bend=(20, 4),
    tip=(82, 62),
    inner_tip=(34, 70),
    meeting=(2, 32),
    neck_end=(-16, 10),
    drop=0.7,
    seam=((78, 58), (36, 64), (7, 34)),
)


@dataclass(frozen=True, slots=True)
class Thread:
    """The visible seam along a collar's edge."""

    colour: Rgb
    width: float
    opacity: float
    dash: float


def paint_collar(layer: Layer, collar: Collar, cut: Cut, skin: Skin, *, cloth: Rgb, thread: Thread) -> None:
    """The inside of the collar, both halves of it and their seams."""

    def at(point: Point) -> Point:
        return 300 - point[0], cut.neck_y + point[1]

    def beside_neck(point: Point) -> Point:
        return 300 - cut.neck - point[0], cut.neck_y + point[1]

    inside = mirrored(
        [
            at((0, -collar.neck_high)),
            beside_neck(collar.neck_side),
            (*beside_neck((4, 6)), 1),
            at((0, collar.opening)),
        ]
    )
    layer.paint(inside, Skin(darker(cloth, collar.shade)), PILLOW.with_(softness=8))
    left = curve(
        [
            (*beside_neck(collar.neck_start), 1),
            beside_neck(collar.neck_bend),
            (*at(collar.tip), 1),
            (*at(collar.inner_tip), 1),
            (*at(collar.meeting), 1),
            beside_neck(collar.neck_end),
        ]
    )
    for part in (left, left.mirrored()):
        layer.paint(part, skin, PILLOW.with_(softness=5), drop=collar.drop)
    edge = line(*map(at, collar.seam))
    for seam in (edge, edge.mirrored()):
        layer.stroke(seam, thread.colour, thread.width, opacity=thread.opacity, dash=thread.dash)
