"""`vitrine models fine-tune`: encoders learn a shop's own goods, and a model that finds more may take its place."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from contextlib import closing, redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from vitrine.commands._choices import require_choice
from vitrine.commands._progress_bars import Report, progress_bars
from vitrine.commands._tuning_report import Outcome, Tuned, outcome_object, print_outcome

if TYPE_CHECKING:
    from pathlib import Path

    from encoders.fetching import FetchLimits
    from encoders.runtime import Runtime
    from indexer.composition import Workshop
    from indexer.tuning_material import Clicks, TuningProduct
    from mappings.catalogue_store import StoredCatalogue
    from plugin_config.catalogue import Catalogue, EncoderChoice

_ROLES = {"picture": ("picture",), "text": ("text",), "both": ("text", "picture")}
_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue.")
_WHAT = typer.Option("both", "--what", metavar="picture|text|both", help="Which encoder learns.")
_MINUTES = typer.Option(5.0, "--minutes", min=0.01, max=1440, help="Training time of each encoder, without measuring.")
_LOSS = typer.Option("contrastive", "--loss", metavar="contrastive|triplet", help="How the text encoder learns.")
_PRODUCTS = typer.Option(
    2_000, "--products", min=1, max=100_000, help="How many products teach at most; those with clicks come first."
)
_USE = typer.Option(
    False, "--use/--keep", help="Let the catalogue name what passed the gate at once, or only keep the folder."
)
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def fine_tune(
    catalogue: str = _CATALOGUE,
    what: str = _WHAT,
    minutes: float = _MINUTES,
    loss: str = _LOSS,
    products: int = _PRODUCTS,
    use: bool = _USE,
    as_json: bool = _JSON,
) -> None:
    from indexer.app import open_workshop
    from plugin_config.settings import load_settings
    from vitrine.stack.discovery import running_settings

    require_choice(what, _ROLES, "--what")
    require_choice(loss, ("contrastive", "triplet"), "--loss")
    with closing(open_workshop(running_settings(load_settings()))) as workshop:
        stored = workshop.catalogues.get(catalogue)
        with progress_bars(quiet=as_json) as begin:
            lesson = _Lesson(workshop, stored, minutes, loss, products, begin)
            tuned, notes = lesson.teach(_ROLES[what])
        live = use and any(one.folder for one in tuned)
        if live:
            _let_serve(workshop, stored, tuned)
    outcome = Outcome(stored.catalogue, tuple(tuned), tuple(notes), live)
    if as_json:
        typer.echo(json.dumps(outcome_object(outcome)))
    else:
        print_outcome(outcome)


class _Lesson:
    """What one run teaches, and from what."""

    def __init__(
        self,
        workshop: Workshop,
        stored: StoredCatalogue,
        minutes: float,
        loss: str,
        products: int,
        begin: Callable[[str], Report],
    ) -> None:
        from encoders.runtime import Runtime

        self._workshop, self._stored, self._minutes, self._loss, self._begin = workshop, stored, minutes, loss, begin
        self._limit = products
        self._runtime: Runtime = Runtime.from_settings(workshop.settings)
        self._stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"

    def teach(self, roles: tuple[str, ...]) -> tuple[list[Tuned], list[str]]:
        """What was learned, and why an encoder could not; raises that when none could. Raises VitrineError."""
        from encoders.encoder import EncoderError

        learnable = [role for role in roles if len(roles) == 1 or self._choice(role) is not None]
        clicks, products = self._read()
        tuned: list[Tuned] = []
        refused: list[EncoderError] = []
        for role in learnable:
            try:
                tuned.append((self._text if role == "text" else self._picture)(products, clicks))
            except EncoderError as error:
                refused.append(error)
        if refused and not tuned:
            raise refused[0] if len(refused) == 1 else EncoderError("; ".join(map(str, refused)))
        return tuned, [str(error) for error in refused]

    def _read(self) -> tuple[Clicks, list[TuningProduct]]:
        from encoders.encoder import EncoderError
        from indexer.behaviour.composition import open_log
        from indexer.tuning_material import read_clicks, read_products

        name = self._stored.catalogue.name
        with closing(open_log(self._workshop.settings)) as log:
            clicks = read_clicks(log, name)
        products = read_products(self._workshop.client, self._stored, clicks, limit=self._limit)
        if not products:
            raise EncoderError(f"catalogue {name!r} has no products to learn from; `vitrine index` brings them in")
        return clicks, products

    def _text(self, products: list[TuningProduct], clicks: Clicks) -> Tuned:
        choice = self._required("text", "torch")
        from encoders.registry import describe
        from encoders.text.contrast import Course
        from encoders.text.finetuning import ShopWords, fine_tune_text

        words = ShopWords([one.words for one in products], clicks.queries, clicks.together)
        report = self._begin("learning words")
        folder = self._folder("text")
        tuned = fine_tune_text(
            words, choice, folder, Course(self._minutes, loss=self._loss), runtime=self._runtime,
            on_progress=lambda share: report(round(share * 100), 100),
        )  # fmt: skip
        catalogue = self._stored.catalogue
        mine = choice.model_copy(update={"model": str(tuned.folder or choice.model)})
        mark = describe(mine, role="text", template=catalogue.template, runtime=self._runtime).fingerprint
        return Tuned.of_text(tuned, mine, mark)

    def _picture(self, products: list[TuningProduct], clicks: Clicks) -> Tuned:
        choice = self._required("picture", "cv2")
        from encoders.encoder import EncoderError
        from encoders.fetching import FetchLimits, PictureFetcher
        from encoders.picture.finetuning import fine_tune as fine_tune_pictures
        from encoders.picture.vitrine_picture import find_vitrine_picture
        from encoders.registry import describe, text_encoder
        from indexer.tuning_material import PICTURE_SIDE, read_pictures
        from plugin_config.catalogue import EncoderChoice

        if find_vitrine_picture(choice.model) is None:
            raise EncoderError(
                f"fine-tuning pictures: {choice.model!r} does not learn here; name vitrine-picture as the catalogue's "
                "picture encoder"
            )
        limits = FetchLimits.of(self._workshop.settings, roots=self._stored.picture_roots)
        limits = _smaller(limits, PICTURE_SIDE)
        with closing(PictureFetcher()) as fetcher:
            report = self._begin("reading pictures")
            shown = read_pictures(products, clicks, (fetcher, limits), on_progress=report)
        if not shown:
            name = self._stored.catalogue.name
            raise EncoderError(
                "fine-tuning pictures: none of the products has a picture that can be read; "
                f"`vitrine pictures --catalogue {name}` says why"
            )
        words = text_encoder(EncoderChoice(model="minilm"), runtime=self._runtime)
        with redirect_stdout(sys.stderr):  # the training tells its losses; standard output is for the outcome
            tuned = fine_tune_pictures(shown, self._folder("picture"), words, minutes=self._minutes, tell=_say)
        mine = choice.model_copy(update={"model": str(tuned.folder or choice.model)})
        mark = describe(mine, role="picture", runtime=self._runtime).fingerprint
        return Tuned.of_pictures(tuned, mine, mark, learned_from=len(shown))

    def _choice(self, role: str) -> EncoderChoice | None:
        found: EncoderChoice | None = getattr(self._stored.catalogue.encoders, role)
        return found

    def _required(self, role: str, package: str) -> EncoderChoice:
        from encoders.encoder import EncoderError

        choice = self._choice(role)
        if choice is None:
            raise EncoderError(f"catalogue {self._stored.catalogue.name!r} has no {role} encoder; give it one to tune")
        if importlib.util.find_spec(package) is None:
            raise EncoderError(f"fine-tuning {role}s needs {package}; install it with: pip install 'vitrine[training]'")
        return choice

    def _folder(self, role: str) -> Path:
        parent = self._workshop.settings.state_dir.resolve() / "encoders" / self._stored.catalogue.name
        parent.mkdir(parents=True, exist_ok=True)
        return parent / f"{role}-{self._stamp}"


def _smaller(limits: FetchLimits, side: int) -> FetchLimits:
    from dataclasses import replace

    return replace(limits, longest_side=side)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _let_serve(workshop: Workshop, stored: StoredCatalogue, tuned: list[Tuned]) -> None:
    """The live catalogue names the new models; fields for them join the index, and products queue for their vectors."""
    from indexer.cataloguing import open_catalogue

    changed = with_encoders(stored.catalogue, tuned)
    open_catalogue(workshop.catalogues, changed, settings=workshop.settings)
    workshop.reconciler().reconcile([changed.name], waiting_seconds=0.0)


def with_encoders(catalogue: Catalogue, tuned: list[Tuned]) -> Catalogue:
    """The catalogue with what passed the gate in its encoders' places."""
    update = {one.role: one.choice for one in tuned if one.folder}
    return catalogue.model_copy(update={"encoders": catalogue.encoders.model_copy(update=update)})
