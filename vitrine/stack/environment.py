"""The variables with which the stack's processes are started: the settings of the one who starts it, made complete."""

import json
import os
from pathlib import Path

from pydantic import SecretStr

from plugin_config.settings import Settings
from vitrine.processes.process import MARK

# Options slipped in here would change or break the node's own flags.
FOREIGN_JAVA_OPTIONS = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS")

# glibc keeps blocks of a size that was freed once for its heaps, and these give little back: after one picture of 49 million
# pixels the API stayed 200 MiB larger. With a fixed limit the large blocks of a shopper's picture go back when it is decoded.
RETURNS_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(8 * 2**20)}


def settings_variables(settings: Settings) -> dict[str, str]:
    """Every setting that differs from its default, as the VITRINE_ variable that gives it; paths absolute."""
    variables = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if value != field.default:
            variables[f"VITRINE_{name.upper()}"] = _text(value)
    return variables


def child_environment(settings: Settings) -> dict[str, str]:
    """The environment of a Python part of the stack. `settings` must carry all addresses."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VITRINE_")}
    folder = settings.state_dir.absolute()
    return inherited | settings_variables(settings) | {"VITRINE_STATE_DIR": str(folder), MARK: str(folder)}


def serving_environment(settings: Settings) -> dict[str, str]:
    """The environment of the API: `child_environment`, and memory that goes back to the system; what is set already stays."""
    return RETURNS_MEMORY | child_environment(settings)


def store_environment(folder: Path) -> dict[str, str]:
    """The environment of OpenSearch and Redis: none of our settings, no foreign Java options."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("VITRINE_") and name not in FOREIGN_JAVA_OPTIONS
    } | {MARK: str(folder)}


def _text(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value.absolute())
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return json.dumps([_text(part) for part in value])
    return str(value)
