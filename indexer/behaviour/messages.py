"""What POST /events answers."""

from pydantic import Field

from indexer.behaviour.received import Received
from indexer.http_messages import Message

_LISTED = 100


class RejectedEvent(Message):
    """An event that was not taken."""

    line: int = Field(description="Its number in the body, from 1.")
    field: str = Field(description="What is wrong; `line` when it cannot be read at all.")
    reason: str = Field(description="What is wrong with it.")
    excerpt: str = Field(description="How it begins.")


class EventsResponse(Message):
    """What became of a batch. What is accepted is on the disk."""

    records: int = Field(description="Records in the body.")
    accepted: int = Field(description="Events that are new in the log.")
    repeated: int = Field(description="Events that were in the log already; they count once.")
    forgotten: int = Field(description="Events of people who asked to be forgotten; they were thrown away.")
    searches: int = Field(description="Queries and rankings that were read.")
    signed: int = Field(description="Events with a valid result token. The others are kept and do not teach.")
    unverified: int = Field(description="Events taken without a look at the products, for the index did not answer.")
    rejected: dict[str, int] = Field(description="Events that were not taken, by reason.")
    suspect: dict[str, int] = Field(description="Events that are kept and do not count: bot, outlier.")
    tokens_refused: dict[str, int] = Field(description="Result tokens that proved nothing, by reason.")
    dropped: dict[str, int] = Field(description="Attributes that have no place in the log, by name.")
    rejects: list[RejectedEvent] = Field(description=f"The first {_LISTED} rejected events.")


def events_response(received: Received) -> EventsResponse:
    return EventsResponse(
        records=received.records,
        accepted=received.accepted,
        repeated=received.repeated,
        forgotten=received.forgotten,
        searches=received.searches,
        signed=received.signed,
        unverified=received.unverified,
        rejected=dict(received.rejected),
        suspect=dict(received.suspect),
        tokens_refused=dict(received.tokens_refused),
        dropped=dict(received.dropped),
        rejects=[
            RejectedEvent(line=one.line, field=one.field, reason=one.reason, excerpt=one.excerpt)
            for one in received.rejections[:_LISTED]
        ],
    )
