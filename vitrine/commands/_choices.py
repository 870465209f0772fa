"""Options that take one of a few words, which are known only when the command runs."""

from collections.abc import Iterable

import typer


def require_choice(value: str, choices: Iterable[str], option: str) -> None:
    """Raises typer.BadParameter naming the choices when `value` is none of them."""
    known = list(choices)
    if value not in known:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(known)}", param_hint=option)
