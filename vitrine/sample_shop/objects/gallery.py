"""Which drawing shows which kind of product, where it stands, and how each view of it is taken."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from PIL import Image

from vitrine.sample_shop.kit.colour import darker, rgb
from vitrine.sample_shop.kit.fabric import Skin, timber_across
from vitrine.sample_shop.kit.layer import Layer
from vitrine.sample_shop.kit.light import LATHE, PILLOW
from vitrine.sample_shop.kit.shapes import Placement, box, curve, line, tube
from vitrine.sample_shop.kit.studio import Picture, Stand, backdrop, cloth, develop, paper_for, room, set_into
from vitrine.sample_shop.objects.accessories import draw_hat, draw_scarf, draw_sunglasses, draw_umbrella, draw_watch
from vitrine.sample_shop.objects.bags import draw_backpack, draw_handbag
from vitrine.sample_shop.objects.boots import draw_boots
from vitrine.sample_shop.objects.bottoms import draw_dress, draw_skirt, draw_trousers
from vitrine.sample_shop.objects.furniture import draw_chair, draw_cushion, draw_sofa
from vitrine.sample_shop.objects.gadgets import draw_headphones, draw_speaker
from vitrine.sample_shop.objects.lighting import draw_lamp
from vitrine.sample_shop.objects.look import Look
from vitrine.sample_shop.objects.outerwear import draw_jacket
from vitrine.sample_shop.objects.plants import draw_plant
from vitrine.sample_shop.objects.shoes import draw_sneakers
from vitrine.sample_shop.objects.tops import draw_hoodie, draw_shirt, draw_sweater, draw_tee
from vitrine.sample_shop.objects.vessels import draw_bottle, draw_candle, draw_mug, draw_teapot, draw_vase

Draw = Callable[[Layer, Look], None]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A kind's drawing. `foot` is where it touches the ground, `focus` the detail worth a closer look."""

    draw: Draw
    stand: Stand
    focus: tuple[float, float]
    foot: float = 640


EXHIBITS: dict[str, Exhibit] = {
    "jackets": Exhibit(draw_jacket, Stand.HANGS, (310, 230)),
    "dresses": Exhibit(draw_dress, Stand.HANGS, (300, 250)),
    "shirts": Exhibit(draw_shirt, Stand.HANGS, (330, 220)),
    "tees": Exhibit(draw_tee, Stand.HANGS, (290, 210)),
    "sweaters": Exhibit(draw_sweater, Stand.HANGS, (290, 220)),
    "hoodies": Exhibit(draw_hoodie, Stand.HANGS, (300, 220)),
    "trousers": Exhibit(draw_trousers, Stand.HANGS, (300, 190)),
    "skirts": Exhibit(draw_skirt, Stand.HANGS, (300, 240)),
    "sneakers": Exhibit(draw_sneakers, Stand.FLOOR, (270, 420), 528),
    "boots": Exhibit(draw_boots, Stand.FLOOR, (260, 380), 528),
    "handbags": Exhibit(draw_handbag, Stand.TABLE, (300, 420), 640),
    "backpacks": Exhibit(draw_backpack, Stand.FLOOR, (300, 350), 650),
    "watches": Exhibit(draw_watch, Stand.LIES, (300, 375)),
    "hats": Exhibit(draw_hat, Stand.LIES, (300, 400)),
    "scarves": Exhibit(draw_scarf, Stand.LIES, (270, 250)),
    "sunglasses": Exhibit(draw_sunglasses, Stand.LIES, (240, 370)),
    "umbrellas": Exhibit(draw_umbrella, Stand.LIES, (300, 260)),
    "mugs": Exhibit(draw_mug, Stand.TABLE, (300, 360), 622),
    "teapots": Exhibit(draw_teapot, Stand.TABLE, (340, 400), 638),
    "bottles": Exhibit(draw_bottle, Stand.TABLE, (300, 260), 668),
    "vases": Exhibit(draw_vase, Stand.TABLE, (300, 360), 640),
    "candles": Exhibit(draw_candle, Stand.TABLE, (300, 430), 634),
    "cushions": Exhibit(draw_cushion, Stand.LIES, (230, 300)),
    "lamps": Exhibit(draw_lamp, Stand.FLOOR, (300, 250), 660),
    "plants": Exhibit(draw_plant, Stand.FLOOR, (300, 330), 674),
    "chairs": Exhibit(draw_chair, Stand.FLOOR, (300, 380), 676),
    "sofas": Exhibit(draw_sofa, Stand.FLOOR, (270, 440), 648),
    "headphones": Exhibit(draw_headphones, Stand.LIES, (300, 420), 580),
    "speakers": Exhibit(draw_speaker, Stand.TABLE, (300, 450), 655),
}


def take_picture(look: Look, view: str) -> Image.Image:
    """A photograph of the product: `front`, `angle`, `detail` or `context`. 600 × 750, RGB."""
    exhibit = _exhibit(look)
    rng = Random(f"{look.variation}/{view}/{look.colour.tolist()}")  # noqa: S311  a drawing, not a secret
    if view == "context":
        return develop(_in_context(exhibit, look, rng))
    ground, stand = backdrop(), exhibit.stand
    if view == "detail":
        zoom = rng.uniform(1.75, 2.1)
        fx, fy = exhibit.focus
        placement = Placement(zoom, -zoom * (fx - 300), -zoom * (fy - 375), rng.uniform(-5, 5))
        stand = Stand.LIES if stand in (Stand.LIES, Stand.HANGS) else Stand.HANGS
    elif view == "angle":
        ground = backdrop(paper_for(look.colour, rng))
        lying = stand in (Stand.LIES, Stand.HANGS) and look.style != "pendant"
        turn = rng.choice((-1, 1)) * rng.uniform(5, 11) if lying else 0.0
        placement = Placement(0.9, 0, 0 if lying else 20, turn, flipped=not lying)
        stand = Stand.LIES if lying else stand
    else:
        placement = Placement(rng.uniform(0.97, 1.0), rng.uniform(-4, 4), 0, rng.uniform(-0.5, 0.5))
    layer = Layer(placement)
    exhibit.draw(layer, look)
    return develop(set_into(ground, layer, stand))


def _exhibit(look: Look) -> Exhibit:
    exhibit = EXHIBITS[look.kind]
    if look.style == "pendant":
        return Exhibit(exhibit.draw, Stand.HANGS, (300, 420))
    if look.style in ("table", "desk"):
        return Exhibit(exhibit.draw, Stand.TABLE, exhibit.focus, 650)
    return exhibit


def _in_context(exhibit: Exhibit, look: Look, rng: Random) -> Picture:
    if exhibit.stand is Stand.LIES:
        layer = Layer(Placement(0.84, rng.uniform(-12, 12), rng.uniform(-12, 12), rng.uniform(-14, 14)))
        exhibit.draw(layer, look)
        return set_into(cloth(rng), layer, Stand.LIES)
    if exhibit.stand is Stand.HANGS:
        return _hanging(exhibit, look, rng)
    table = exhibit.stand is Stand.TABLE
    horizon, ground = (rng.uniform(500, 530), 640.0) if table else (rng.uniform(545, 575), 660.0)
    scale = 0.74 if table else 0.8
    dx = rng.uniform(-50, 50)
    placement = Placement(scale, dx, ground - 375 - scale * (exhibit.foot - 375), 0, flipped=rng.random() < 0.3)
    layer = Layer(placement)
    exhibit.draw(layer, look)
    return set_into(_furnished(room(rng, floor_at=horizon, table=table), rng, table=table), layer, exhibit.stand)


def _furnished(ground: Picture, rng: Random, *, table: bool) -> Picture:
    """A framed print on the wall, or a stack of books on the table, for company."""
    layer = Layer(Placement(1.0, rng.choice((-1, 1)) * rng.uniform(150, 190), 0))
    if table:
        shades = rng.sample(("#8c6f5a", "#5e7280", "#b9674a", "#9aab8f", "#d8c8ae"), 3)
        for i, shade in enumerate(shades):
            width = rng.uniform(120, 150)
            height = 560 - i * 21
            layer.paint(
                box(300 - width / 2, height, width, 20, radius=3), Skin(rgb(shade)), PILLOW.with_(softness=3, depth=0.6)
            )
            layer.stroke(
                line((300 - width / 2 + 14, height + 10), (300 - width / 2 + 40, height + 10)),
                rgb("#f0e9da"),
                2,
                opacity=0.7,
            )
        return set_into(ground, layer, Stand.TABLE)
    frame, mat = rgb(rng.choice(("#b98d60", "#2d2b29", "#f2eee6"))), rgb("#f4f0e8")
    layer.paint(box(230, 92, 140, 186), Skin(frame, texture=timber_across), PILLOW.with_(softness=3, depth=0.6))
    layer.paint(box(238, 100, 124, 170), Skin(mat), PILLOW.with_(softness=2, depth=0.3))
    for _ in range(3):
        tone = rgb(rng.choice(("#b9674a", "#d3a034", "#5e7280", "#9aab8f", "#27344f")))
        x, y, r = rng.uniform(272, 328), rng.uniform(140, 230), rng.uniform(16, 32)
        layer.paint(
            curve([(x - r, y), (x, y - r), (x + r, y + 3), (x + 2, y + r)]), Skin(tone), PILLOW.with_(depth=0.1)
        )
    return set_into(ground, layer, Stand.HANGS)


def _hanging(exhibit: Exhibit, look: Look, rng: Random) -> Picture:
    """On a wooden hanger from a rail, before a wall."""
    wall = room(rng, floor_at=900, table=False)
    scale = 0.84
    layer = Layer(
        Placement(scale, rng.uniform(-14, 14), 58 if look.style != "pendant" else -20, rng.uniform(-1.2, 1.2))
    )
    if look.style != "pendant":
        rail = tube(line((-200, 8), (800, 8)), [15, 15])
        layer.paint(rail, Skin(rgb("#3a3633"), gloss=0.3), PILLOW.with_(softness=5))
        _hanger(layer, bottoms=look.kind in ("trousers", "skirts"))
    exhibit.draw(layer, look)
    return set_into(wall, layer, Stand.HANGS)


def _hanger(layer: Layer, *, bottoms: bool) -> None:
    steel, wood = Skin(rgb("#9d9a96"), gloss=0.5), rgb("#b98d60")
    top = 60.0 if bottoms else 96.0
    hook = curve([(300, top + 4), (300, top - 34), (316, 4), (306, -6), (290, 0)], closed=False)
    layer.paint(tube(hook, [5, 5]), steel, PILLOW.with_(softness=2))
    if bottoms:
        layer.paint(
            tube(line((206, top), (394, top)), [13, 13]), Skin(wood, texture=timber_across), PILLOW.with_(softness=4)
        )
        for x in (226, 374):
            layer.paint(
                box(x - 10, top - 8, 20, 46, radius=4),
                Skin(darker(steel.colour, 0.2), gloss=0.4),
                LATHE.with_(depth=0.5),
            )
        return
    arms = line((196, 168), (250, 128), (300, 104), (350, 128), (404, 168))
    layer.paint(tube(arms, [18, 17, 15, 17, 18]), Skin(wood, texture=timber_across), PILLOW.with_(softness=5))
