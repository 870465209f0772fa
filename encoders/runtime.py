"""How encoders run in this process: threads, device and number type, from the settings."""

import os
from dataclasses import dataclass
from typing import Self

from plugin_config.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """`threads` per encoder, at least 1. `device`: auto, cpu, cuda or cuda:N. `precision`: auto, fp32, bf16, fp16, int8."""

    threads: int = 1
    device: str = "auto"
    precision: str = "auto"

    @classmethod
    def from_settings(cls, settings: Settings, *, threads: int | None = None) -> Self:
        wanted = settings.threads if threads is None else threads
        return cls(threads=wanted or os.cpu_count() or 1, device=settings.device, precision=settings.precision)

    @property
    def precision_mark(self) -> str:
        """What of the precision belongs into a fingerprint.

        fp32 and the `auto` choice between fp32 and bf16 agree to a cosine of .9999, so machines with and without
        fast bf16 can share one field; an asked-for precision is a mark of its own.
        """
        return "full" if self.precision in {"auto", "fp32"} else self.precision
