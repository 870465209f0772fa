"""The simulated time of the shop: what features, rows and profiles are told by while days pass in seconds."""

import time
from datetime import UTC, datetime


class ShopClock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.at = time.time()

    def seconds(self) -> float:
        """Seconds since 1970."""
        return self.at

    def now(self) -> datetime:
        """The same as a date in UTC."""
        return datetime.fromtimestamp(self.at, UTC)
