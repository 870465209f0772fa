"""What a drawing needs to know of a product, and the small choices that make each one a little different."""

from dataclasses import dataclass
from random import Random

from vitrine.sample_shop.kit.colour import Rgb, darker
from vitrine.sample_shop.kit.fabric import Skin, Texture, pattern_of, texture_of


@dataclass(frozen=True, slots=True)
class Look:
    """One product as the draughtsman sees it. `variation` is the same for all colours of a group."""

    kind: str
    style: str
    material: str
    pattern: str
    colour: Rgb
    variation: str

    def rng(self) -> Random:
        """The same small choices, every time this product is drawn."""
        return Random(self.variation)  # noqa: S311  a drawing, not a secret

    def skin(self, *, texture: Texture | None = None, scale: float = 1.0, gloss: float = 0.0) -> Skin:
        """The product's own surface, with its pattern; `scale` is the size of the pattern."""
        seed = self.rng().randint(0, 99)
        paint = pattern_of(self.pattern, self.colour, scale=scale, seed=seed)
        return Skin(self.colour, paint, texture or texture_of(self.material), gloss)

    @property
    def seam(self) -> Rgb:
        """The colour of its seams."""
        return darker(self.colour, 0.42)
