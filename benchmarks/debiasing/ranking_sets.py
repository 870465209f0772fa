"""Two small learning-to-rank sets as arrays, from their training parts: judged movies and LightGBM's own example."""

import gzip
import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ranking.evaluation.judgments import read_judgments
from ranking.lambdamart.training_set import query_family

DATA = Path(__file__).parents[3] / "shared/data"
K1, B = 1.2, 0.75  # of BM25, as Lucene has them


@dataclass(frozen=True, slots=True)
class RankedQuery:
    """A query with its candidates. `values`: float32, shape (candidates, features); `grades`: float64, shape (candidates,)."""

    name: str
    family: str
    values: NDArray[np.float32]
    grades: NDArray[np.float64]


def example_queries() -> list[RankedQuery]:
    """LightGBM's example: 201 queries for training and 50 for testing, grades 0 to 4, all taken as one set."""
    folder, found = DATA / "lightgbm-lambdarank", []
    for part in ("train", "test"):
        with gzip.open(folder / f"rank.{part}.gz", "rt") as file:
            rows = [line.split() for line in file]
        values = np.zeros((len(rows), 301), dtype=np.float32)
        for i, row in enumerate(rows):
            for cell in row[1:]:
                column, value = cell.split(":")
                values[i, int(column)] = float(value)
        grades = np.array([float(row[0]) for row in rows])
        sizes = [int(line) for line in (folder / f"rank.{part}.query").read_text().split()]
        for n, end in enumerate(np.cumsum(sizes)):
            at = slice(end - sizes[n], end)
            found.append(RankedQuery(f"{part}-{n}", f"{part}-{n}", values[at], grades[at]))
    return found


class FieldIndex:
    """BM25 of one field of every movie."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._counts = {id: Counter(_words(text)) for id, text in texts.items()}
        self._length = {id: sum(counts.values()) for id, counts in self._counts.items()}
        self._mean = sum(self._length.values()) / max(len(texts), 1)
        seen = Counter(word for counts in self._counts.values() for word in counts)
        self._idf = {word: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for word, n in seen.items()}

    def score(self, words: list[str], id: str) -> tuple[float, float]:
        """BM25, and the share of the words that the field has."""
        counts, norm = self._counts[id], K1 * (1 - B + B * self._length[id] / self._mean)
        hits = [word for word in words if word in counts]
        return sum(self._idf[w] * counts[w] / (counts[w] + norm) for w in hits), len(hits) / max(len(words), 1)


def movie_queries() -> list[RankedQuery]:
    """MSRD: judged movies of 11,463 queries, grades 0 and 1, with BM25 and word shares of six fields and five numbers."""
    with gzip.open(DATA / "msrd-movies/movies-corpus.jsonl.gz", "rt") as file:
        movies = {movie["id"]: movie for movie in map(json.loads, file)}
    fields = [
        FieldIndex({id: " ".join(_texts(movie[name])) for id, movie in movies.items()})
        for name in ("title", "overview", "tags", "actors", "characters", "director")
    ]
    numbers = {
        id: [float(movie[n] or 0) for n in ("popularity", "votes", "rating", "year", "budget")]
        for id, movie in movies.items()
    }
    found = []
    for query in read_judgments(DATA / "msrd-movies/judgments_dev.tsv.gz").queries:
        words, ids = _words(query.text), [id for id in query.grades if id in movies]
        rows = [[x for field in fields for x in field.score(words, id)] + numbers[id] for id in ids]
        if len(ids) > 1:
            values, grades = np.array(rows, dtype=np.float32), np.array([query.grades[id] for id in ids])
            found.append(RankedQuery(query.text, query_family(query.text), values, grades))
    return found


def _texts(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list) else [str(value or "")]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
