"""What a part's log says about why it ended."""

import re
from pathlib import Path

TAIL_BYTES = 16_384
LONGEST = 240
_TELLING = re.compile(r"(exception|error|fatal|cannot|in use|denied|no space)", re.IGNORECASE)
_NOISE = re.compile(r"^(\s|at |\.\.\. |Traceback|WARNING|For complete error details)")


def last_words(log: Path) -> str:
    """The last telling line of a log as ` (…)`, or nothing."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    worded = [line.strip() for line in lines if line.strip() and not _NOISE.match(line)]
    telling = [line for line in worded if _TELLING.search(line)] or worded
    return f" ({telling[-1][:LONGEST]})" if telling else ""
