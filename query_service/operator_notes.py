"""What those who run the service have to know of a search, apart from what concerns the shopper who asked.

What is said in an answer names no file and no address of this machine; the reason does, and goes to the log, to traces and
to reports of the command line.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from plugin_config.policy import SubQueryKind


@dataclass(frozen=True, slots=True)
class OperatorNote:
    """`said`: in the answer, for anybody's eyes. `reason`: all that is known, with files and addresses."""

    said: str
    reason: str


def plain_note(text: str) -> OperatorNote:
    """A note whose reason is what is said."""
    return OperatorNote(text, text)


def notes_of_failures(failed: Mapping[SubQueryKind, str], told: tuple[str, ...]) -> tuple[OperatorNote, ...]:
    """A note for each part that failed, but for those whose reason the shopper is `told`: these are theirs to mend."""
    return tuple(
        OperatorNote(f"{kind} could not run; the log says why", f"{kind} could not run: {reason}")
        for kind, reason in failed.items()
        if not any(reason in note for note in told)
    )
