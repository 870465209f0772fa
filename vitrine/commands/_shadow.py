"""`vitrine models shadow`: a model that scores unseen, and how its order differs."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from indexer.behaviour.learning import School
    from ranking.learning.shadowing import ShadowReport

_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue.")
_MODEL = typer.Argument(None, help="Id of the model to put in the shadow; without one, the report of the model there.")
_OFF = typer.Option(False, "--off", help="No model in the shadow from now on.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def shadow(model: str | None = _MODEL, catalogue: str = _CATALOGUE, off: bool = _OFF, as_json: bool = _JSON) -> None:
    from indexer.behaviour.schooling import open_school
    from plugin_config.settings import load_settings
    from ranking.errors import ModelError
    from vitrine.stack.discovery import running_settings

    with open_school(running_settings(load_settings()), catalogue) as school:
        if off or model is not None:
            school.store.put_in_shadow(None if off else model)
        current = school.store.shadow()
        if current is None:
            if not off:
                raise ModelError("no model is in the shadow; put one there with `vitrine models shadow ID`")
            typer.echo(json.dumps({"catalogue": catalogue, "shadow": None}) if as_json else "no model is in the shadow")
            return
        report = report_of(school, current)
    typer.echo(json.dumps({"catalogue": catalogue, **report_object(report)}) if as_json else _words(report))


def report_of(school: School, model: str) -> ShadowReport:
    """The report over every search that this model scored in the shadow. Raises LogError."""
    from ranking.learning.joining import GRADES, event_pages
    from ranking.learning.shadowing import compare_shadow

    acted: dict[str, set[str]] = defaultdict(set)
    for logged in event_pages(school.log, school.catalogue):
        event = logged.event
        if event.counts and event.teaches and event.query_id and event.product and event.action in GRADES:
            acted[event.query_id].add(event.product)
    by_search = {query: frozenset(products) for query, products in acted.items()}
    return compare_shadow(school.log.searches(school.catalogue), by_search, model)


def report_object(report: ShadowReport) -> dict[str, object]:
    """The report as JSON holds it."""
    from vitrine.commands.evaluate import interval_object

    return {
        "shadow": report.model,
        "searches": report.searches,
        "first_differs": _number(report.first_differs),
        "kept_in_top": _number(report.kept_in_top),
        "agreement": _number(report.agreement),
        "deeds": report.deeds,
        "gain": interval_object(report.gain),
    }


def _number(value: float) -> float | None:
    return None if value != value else round(value, 6)


def _words(report: ShadowReport) -> str:
    if report.searches == 0:
        return f"{report.model} is in the shadow and has scored no search yet"
    told = (
        f"{report.model} scored {report.searches} searches in the shadow: another product first in "
        f"{100 * report.first_differs:.0f} %, {100 * report.kept_in_top:.0f} % of the first ten kept, "
        f"Kendall's tau {report.agreement:.2f}"
    )
    if report.deeds == 0:
        return told
    gain = report.gain
    return f"{told}\nreciprocal rank of what {report.deeds} searches led to: {gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
