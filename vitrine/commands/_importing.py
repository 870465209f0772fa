"""`vitrine models import`: a model of XGBoost or RankLib becomes one of the catalogue's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vitrine.commands._choices import require_choice

if TYPE_CHECKING:
    from ranking.foreign.importing import Imported

_FILE = typer.Argument(..., help="XGBoost's JSON or UBJSON, or RankLib's text.", exists=False)
_CATALOGUE = typer.Option(..., "--catalogue", help="Name of the catalogue.")
_FORMAT = typer.Option(..., "--format", help="xgboost or ranklib.")
_FEATURES = typer.Option(
    None,
    "--features",
    help="The feature of the catalogue behind each of the model's columns, in order: names with commas between, or a file "
    "with one a line. Default: the names in the file.",
)
_BLEND = typer.Option(1.0, "--blend", min=0.0, max=1.0, help="The model's share of the final score; the rest is fused.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")
_LARGEST_LIST = 1_000_000


def import_model(
    file: Path = _FILE,
    catalogue: str = _CATALOGUE,
    format: str = _FORMAT,
    features: str | None = _FEATURES,
    blend: float = _BLEND,
    as_json: bool = _JSON,
) -> None:
    from datetime import UTC, datetime

    from indexer.behaviour.schooling import open_school
    from plugin_config.settings import load_settings
    from ranking.foreign.importing import Destination, ForeignFormat, bring_over, read_foreign
    from vitrine.stack.discovery import running_settings

    require_choice(format, ForeignFormat, "--format")
    if not file.is_file():
        raise typer.BadParameter(f"there is no file {file}", param_hint="FILE")
    names = [] if features is None else _names(features)
    model, digest = read_foreign(file, ForeignFormat(format))
    with open_school(running_settings(load_settings()), catalogue) as school:
        destination = Destination(catalogue, school.features, datetime.now(UTC), blend)
        imported = bring_over(model, digest, names, destination)
        school.store.save(imported.manifest, dict(imported.trees))
    typer.echo(json.dumps(_as_object(imported)) if as_json else _words(imported))


def _names(text: str) -> list[str]:
    """Names with commas between, or the lines of a file; empty lines are left out. Raises typer.BadParameter."""
    path = Path(text)
    try:
        if "," not in text and path.is_file():
            if path.stat().st_size > _LARGEST_LIST:
                raise typer.BadParameter(f"{text} is too large for a list of names", param_hint="--features")
            text = path.read_text(encoding="utf-8").replace("\n", ",")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{text[:80]}: cannot be read as a list of names", param_hint="--features") from error
    return [name.strip() for name in text.split(",") if name.strip()]


def _as_object(imported: Imported) -> dict[str, object]:
    manifest = imported.manifest
    return {
        "catalogue": manifest.catalogue,
        "model": manifest.id,
        "format": manifest.options["format"],
        "trees": manifest.whole.trees,
        "features": list(manifest.features),
        "blend": manifest.whole.blend,
        "serves": False,
        "notes": list(imported.notes),
    }


def _words(imported: Imported) -> str:
    manifest = imported.manifest
    rows = len(manifest.golden_rows)
    lines = [
        f"model {manifest.id}: {manifest.whole.trees} trees over {len(manifest.features)} features, {manifest.data.origin}; "
        f"{rows} of {rows} golden rows score as there",
        *(f"note: {note}" for note in imported.notes),
        f"it is kept and does not serve; `vitrine models gate {manifest.id} --catalogue {manifest.catalogue}` examines it",
    ]
    return "\n".join(lines)
