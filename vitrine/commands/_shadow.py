"""`vitrine models shadow`: a model that scores unseen, and how its order differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from indexer.behaviour.shadow_reports import ShadowResponse

_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue.")
_MODEL = typer.Argument(None, help="Id of the model to put in the shadow; without one, the report of the model there.")
_OFF = typer.Option(False, "--off", help="No model in the shadow from now on.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")


def shadow(model: str | None = _MODEL, catalogue: str = _CATALOGUE, off: bool = _OFF, as_json: bool = _JSON) -> None:
    from indexer.behaviour.schooling import open_school
    from indexer.behaviour.shadow_reports import shadow_response
    from plugin_config.settings import load_settings
    from ranking.errors import ModelError
    from vitrine.stack.discovery import running_settings

    with open_school(running_settings(load_settings()), catalogue) as school:
        if off or model is not None:
            school.store.put_in_shadow(None if off else model)
        found = shadow_response(school)
    if found.shadow is None and not off:
        raise ModelError("no model is in the shadow; put one there with `vitrine models shadow ID`")
    typer.echo(found.model_dump_json() if as_json else _words(found))


def _words(found: ShadowResponse) -> str:
    if found.shadow is None:
        return "no model is in the shadow"
    if found.searches == 0:
        return f"{found.shadow} is in the shadow and has scored no search yet"
    told = (
        f"{found.shadow} scored {found.searches} searches in the shadow: another product first in "
        f"{100 * (found.first_differs or 0):.0f} %, {100 * (found.kept_in_top or 0):.0f} % of the first ten kept, "
        f"Kendall's tau {_told(found.agreement, '.2f')}"
    )
    if found.deeds == 0 or found.gain is None:
        return told
    mean, low, high = (_told(value, "+.4f") for value in (found.gain.mean, found.gain.low, found.gain.high))
    return f"{told}\nreciprocal rank of what {found.deeds} searches led to: {mean} [{low}, {high}]"


def _told(value: float | None, form: str) -> str:
    return "unknown" if value is None else f"{value:{form}}"
