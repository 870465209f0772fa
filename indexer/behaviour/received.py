"""What became of a batch of records, as a value that adds up over batches."""

from collections import Counter
from dataclasses import dataclass, field

from indexer.rejects import Rejection


@dataclass(slots=True)
class Received:
    """Counts of one batch or of many.

    `records` were read; of the events in them `accepted` are new in the log, `repeated` were there already, `forgotten`
    belong to a person who asked to be forgotten, `rejected` are wrong (by reason). Of the events that were not rejected,
    `signed` carry a valid result token, `suspect` are marked (by why), `unverified` could not be checked against the
    products. `searches`: lists that were shown. `dropped`: attributes without a place in the log, by name.
    """

    records: int = 0
    accepted: int = 0
    repeated: int = 0
    forgotten: int = 0
    searches: int = 0
    signed: int = 0
    unverified: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    suspect: Counter[str] = field(default_factory=Counter)
    tokens_refused: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)

    def outcomes(self) -> dict[str, int]:
        """What became of events, as few names; suspect ones are accepted as well."""
        return {
            "accepted": self.accepted,
            "repeated": self.repeated,
            "forgotten": self.forgotten,
            "rejected": sum(self.rejected.values()),
            "suspect": sum(self.suspect.values()),
            "signed": self.signed,
            "token_refused": sum(self.tokens_refused.values()),
            "unverified": self.unverified,
        }

    def add(self, other: "Received") -> None:
        """Take in the counts of another batch; its rejections are not kept."""
        self.records += other.records
        self.accepted += other.accepted
        self.repeated += other.repeated
        self.forgotten += other.forgotten
        self.searches += other.searches
        self.signed += other.signed
        self.unverified += other.unverified
        for name in ("rejected", "suspect", "tokens_refused", "dropped"):
            getattr(self, name).update(getattr(other, name))
