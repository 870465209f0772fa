"""What one record says, whichever format said it, and why a record is refused."""

from dataclasses import dataclass, field

from ranking.behaviour.event import Event
from ranking.behaviour.log.event_log import ServedSearch


class EventRefused(Exception):
    """A record is not taken. `code` names the kind of mistake in counters, `place` the attribute that is wrong."""

    def __init__(self, code: str, place: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.place = place
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reported:
    """One record as it was read: the events and the search that it tells of.

    `application`: the catalogue it names, empty for none. `tokens`: result tokens by event id. `dropped`: attributes that
    have no place in the log.
    """

    application: str = ""
    events: tuple[Event, ...] = ()
    search: ServedSearch | None = None
    tokens: dict[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
