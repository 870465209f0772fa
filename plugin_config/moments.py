"""Moments as people and feeds write them: those that name no time zone are in UTC."""

from datetime import UTC, datetime


def zoned(moment: datetime) -> datetime:
    """The same moment with a time zone: its own, or UTC."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
