"""What fine-tuning brought, for people and as JSON, with the line for the catalogue and what happens next."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

import typer
import yaml

if TYPE_CHECKING:
    from encoders.picture.finetuning import FineTuned
    from encoders.text.finetuning import TunedText
    from plugin_config.catalogue import Catalogue, EncoderChoice


@dataclass(frozen=True, slots=True)
class Tuned:
    """One encoder's outcome. `choice`: what the catalogue would name; `folder` is None when the gate stayed shut.

    `figures`: held-out figures before and after, by name; `gain`: with its 95 % interval where there is one.
    """

    role: str
    choice: EncoderChoice
    fingerprint: str
    folder: str | None
    measured_on: str
    questions: int
    figures: dict[str, tuple[float, float]]
    gain: tuple[float, float, float] | None
    facts: dict[str, float]

    @classmethod
    def of_text(cls, tuned: TunedText, choice: EncoderChoice, fingerprint: str) -> Self:
        before, after = asdict(tuned.before), asdict(tuned.after)
        facts = {"pairs": tuned.pairs, "products": tuned.gallery, "steps": tuned.steps, "seconds": tuned.seconds}
        return cls(
            "text", choice, fingerprint, None if tuned.folder is None else str(tuned.folder), tuned.measured_on,
            tuned.questions, {name: (before[name], after[name]) for name in before}, tuned.gain, facts,
        )  # fmt: skip

    @classmethod
    def of_pictures(cls, tuned: FineTuned, choice: EncoderChoice, fingerprint: str, *, learned_from: int) -> Self:
        folder = None if tuned.folder is None else str(tuned.folder)
        figures = {"first": (tuned.before, tuned.after)}
        facts = {"pictures": float(learned_from)}
        return cls("picture", choice, fingerprint, folder, "views", tuned.questions, figures, None, facts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`live`: the catalogue in the index names the new models already."""

    catalogue: Catalogue
    tuned: tuple[Tuned, ...]
    notes: tuple[str, ...]
    live: bool

    @property
    def yaml(self) -> str:
        """The lines that the catalogue's file needs; empty when nothing passed its gate."""
        chosen = {
            one.role: one.choice.model_dump(mode="json", exclude_defaults=True) for one in self.tuned if one.folder
        }
        return yaml.safe_dump({"encoders": chosen}, sort_keys=False, width=10_000) if chosen else ""


def outcome_object(outcome: Outcome) -> dict[str, object]:
    """The outcome as JSON holds it."""
    return {
        "catalogue": outcome.catalogue.name,
        "tuned": [
            {
                "what": one.role,
                "passed": one.folder is not None,
                "folder": one.folder,
                "fingerprint": one.fingerprint,
                "measured_on": one.measured_on,
                "questions": one.questions,
                "before": {name: round(pair[0], 4) for name, pair in one.figures.items()},
                "after": {name: round(pair[1], 4) for name, pair in one.figures.items()},
                "gain": one.gain and dict(zip(("mean", "low", "high"), (round(x, 4) for x in one.gain), strict=True)),
                **{name: round(value, 1) for name, value in one.facts.items()},
            }
            for one in outcome.tuned
        ],
        "yaml": outcome.yaml,
        "live": outcome.live,
        "notes": list(outcome.notes),
    }


_MEANING = {"mrr": "mean reciprocal rank", "first": "right product first", "ten": "among the first ten"}


def print_outcome(outcome: Outcome) -> None:
    """The outcome for people to read."""
    for one in outcome.tuned:
        facts = ", ".join(f"{value:,.0f} {name}" for name, value in one.facts.items())
        typer.echo(f"{one.role}: learned from {facts}; measured on {one.questions} held-out {one.measured_on}")
        for name, (before, after) in one.figures.items():
            typer.echo(f"  {_MEANING[name]:<21} {before:.3f} → {after:.3f}")
        if one.gain is not None:
            typer.echo("  gain {:+.3f} [{:+.3f}, {:+.3f}]".format(*one.gain))
        if one.folder is None:
            typer.echo("  it does not find surely more than before: nothing is kept, the encoder stays as it is")
        else:
            typer.echo(f"  passed; kept in {one.folder} with fingerprint {one.fingerprint}")
    for note in outcome.notes:
        typer.echo(f"note: {note}")
    if outcome.yaml:
        _print_next(outcome)


def _print_next(outcome: Outcome) -> None:
    name = outcome.catalogue.name
    typer.echo(f"\nin the YAML file of the catalogue {name}:\n\n{outcome.yaml}")
    if outcome.live:
        typer.echo(
            "the live catalogue names it already, and products get their new vectors in a field beside the old one "
            f"(`vitrine reconcile --catalogue {name} --wait` watches);\nwithout these lines the next `vitrine index` "
            "goes back to the old encoder"
        )
        return
    typer.echo(
        "then `vitrine index CATALOGUE.yaml FEED` (or `vitrine rebuild CATALOGUE.yaml` from what is stored):\n"
        "the new vectors go to a field of their own, beside the old one, which carries the other fingerprint;\n"
        "the folder must lie at the same path wherever workers and the API run"
    )
