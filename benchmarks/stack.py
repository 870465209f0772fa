"""How long the local stack takes from `vitrine up` to the first answer, and how much memory it holds.

    python -m benchmarks.stack [--json]

Targets: 30 seconds after the first download, 3.5 GB resident. Run it on a machine that does nothing else.
Memory is counted twice: resident (RSS, pages that processes share count for each) and proportional (PSS, they count once).
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from plugin_config.settings import load_settings
from vitrine.processes.process import marked_processes, with_descendants
from vitrine.stack.lifecycle import down, up
from vitrine.stack.opensearch.home import install_home
from vitrine.stack.watching import Silent

TARGET_SECONDS = 30.0
TARGET_MB = 3500


class Times(Silent):
    """Notes when each part was ready."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def ready(self, name: str, seconds: float) -> None:
        self.seconds[name] = round(seconds, 1)


@dataclass(frozen=True, slots=True)
class Result:
    first_answer_seconds: float
    ready_seconds: dict[str, float]
    second_up_seconds: float
    down_seconds: float
    resident_mb: int
    proportional_mb: int
    resident_mb_by_part: dict[str, int]


def measure(folder: Path) -> Result:
    settings = load_settings(state_dir=folder)
    install_home(settings)
    times = Times()
    try:
        began = time.monotonic()
        state = up(settings, times)
        wait_until_ready(state.services["api"].url)
        first = time.monotonic() - began
        began = time.monotonic()
        up(settings)
        second = time.monotonic() - began
        parts = {}
        for name, service in state.services.items():
            process = service.process.find() if service.process else None
            if process is not None:
                parts[name] = sum(p.memory_info().rss for p in with_descendants([process])) // 2**20
        everyone = with_descendants(marked_processes(folder.absolute()))
        resident = sum(process.memory_info().rss for process in everyone) // 2**20
        proportional = sum(process.memory_full_info().pss for process in everyone) // 2**20
    finally:
        began = time.monotonic()
        down(settings)
        end = time.monotonic() - began
    return Result(round(first, 1), times.seconds, round(second, 1), round(end, 1), resident, proportional, parts)


def wait_until_ready(url: str) -> None:
    """Until the API can answer searches: OpenSearch is there and the encoders are loaded."""
    while True:
        try:
            with urlopen(f"{url}/ready", timeout=10):
                return
        except HTTPError:
            time.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-", ignore_cleanup_errors=True) as name:
        result = measure(Path(name))
    if wanted.json:
        print(json.dumps(asdict(result)))
    else:
        print(f"up to first answer  {result.first_answer_seconds:6.1f} s  (target {TARGET_SECONDS:.0f})")
        for part, seconds in sorted(result.ready_seconds.items(), key=lambda item: item[1]):
            print(f"  {part:<18}{seconds:6.1f} s  {result.resident_mb_by_part.get(part, 0):6d} MiB")
        print(f"second up           {result.second_up_seconds:6.1f} s")
        print(f"down                {result.down_seconds:6.1f} s")
        print(
            f"resident            {result.resident_mb:6d} MiB (proportional {result.proportional_mb} MiB; target {TARGET_MB})"
        )
    return 0 if result.first_answer_seconds <= TARGET_SECONDS and result.resident_mb <= TARGET_MB else 1


if __name__ == "__main__":
    sys.exit(main())
