"""What was measured so far, kept in a file, and as a table."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.table import Table

from ranking.evaluation.intervals import bootstrap_mean

TRUE, SHOWN_TRUE, NAIVE = "true labels", "true labels of what was shown", "naive"
Key = Mapping[str, str | int]


class Results:
    """Figures by kind, seed and setting. `path`: a file with one JSON object a line that outlives a run; None: memory only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rows = [json.loads(line) for line in path.read_text().splitlines()] if path and path.exists() else []

    def has(self, key: Key) -> bool:
        return any(key.items() <= row.items() for row in self._rows)

    def add(self, key: Key, figures: Mapping[str, float], more: Mapping[str, object]) -> None:
        row = {**key, "ndcg": dict(figures), **more}
        self._rows.append(row)
        if self._path is not None:
            with self._path.open("a") as file:
                file.write(json.dumps(row) + "\n")

    def of(self, kind: str, **setting: int) -> dict[str, list[float]]:
        """nDCG@10 by what was learned from, one of each seed, in the order of the seeds."""
        wanted, found = {"kind": kind, **setting}, defaultdict(list)
        for row in sorted(self._rows, key=lambda row: int(row["seed"])):
            if wanted.items() <= row.items():
                for name, value in row["ndcg"].items():
                    found[name].append(value)
        return dict(found)


def share_of_gap(found: Mapping[str, Sequence[float]], approach: str) -> float:
    """How much of the way from naive clicks to true labels the approach goes, in the means over seeds."""
    naive = np.mean(found[NAIVE])
    return float((np.mean(found[approach]) - naive) / (np.mean(found[TRUE]) - naive))


def table_of(title: str, found: Mapping[str, Sequence[float]]) -> tuple[Table, float]:
    """The table, and the share of the gap that the last approach recovers."""
    table = Table(title=title)
    for heading in ("learned from", "nDCG@10", "above naive, paired", "of the gap", "seeds below naive"):
        table.add_column(heading)
    naive = np.array(found[NAIVE])
    for name, values in found.items():
        gain = np.array(values) - naive
        interval = bootstrap_mean(gain)
        table.add_row(
            name,
            f"{np.mean(values):.4f}",
            f"{interval.mean:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]",
            f"{100 * share_of_gap(found, name):.0f} %",
            f"{int((gain < 0).sum())} of {len(gain)}",
        )
    return table, share_of_gap(found, list(found)[-1])
