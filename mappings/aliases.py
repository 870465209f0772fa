"""Names of a catalogue's indices, and moving its alias from one to the next in one step.

The alias PREFIX-NAME is what everything reads and writes; behind it stands one index PREFIX-NAME.vN. A catalogue's
name has no dot, so no alias can be taken for another catalogue's index.
"""

import re

from mappings.client import Client


def alias_of(prefix: str, catalogue: str) -> str:
    """The name that searches and writes of a catalogue go to."""
    return f"{prefix}-{catalogue}"


def index_name(alias: str, generation: int) -> str:
    """The index behind an alias; generations count from 1."""
    return f"{alias}.v{generation}"


def generation_of(index: str) -> int:
    match = re.search(r"\.v(\d+)$", index)
    return int(match[1]) if match else 0


def move_alias(client: Client, alias: str, *, old: str, new: str) -> None:
    """Point the alias from `old` to `new` in one step and drop `old`: no search falls between the two."""
    actions = [{"add": {"index": new, "alias": alias}}, {"remove_index": {"index": old}}]
    client.request("POST", "/_aliases", body={"actions": actions})
