"""Learns the table of `letters` from the pronouncing dictionary of the PocketSphinx wheel.

    python -m encoders.speech.letters_training

First each word's letters are lined up with its phones (a letter is 0, 1 or 2 phones; the most likely alignment under
counts that are made anew each round: Viterbi training); then each context that is met often enough and says something
else than the shorter one becomes a line of the table. Deterministic; about two minutes on one core. Every tenth word is
held out and the share of them that is pronounced exactly right is printed.
"""

import gzip
import math
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from encoders.speech.letters import TABLE, context, sound_out

Pair: TypeAlias = tuple[str, tuple[str, ...]]

ROUNDS: Final = 4
LEAST_SEEN: Final = 2
_WORD: Final = re.compile(r"^[a-z]+$")
_UNLIKELY: Final = math.log(1e-4)


def read_words(path: Path) -> list[Pair]:
    """Words of the letters a to z with their first pronunciation."""
    pairs: list[Pair] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        if _WORD.match(word) and len(word) > 2 and 0 < len(phones) <= 2 * len(word):
            pairs.append((word, tuple(phones)))
    return pairs


def align(pair: Pair, costs: Mapping[tuple[str, tuple[str, ...]], float]) -> list[tuple[str, ...]]:
    """The phones of each letter under the log probabilities of (letter, phones)."""
    word, phones = pair
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for letter in word:
        reached: dict[int, tuple[float, int]] = {}
        for at, (score, _) in best[-1].items():
            for taken in (1, 0, 2):
                end = at + taken
                if end > len(phones):
                    continue
                total = score + costs.get((letter, phones[at:end]), _UNLIKELY * (1 + taken))
                if end not in reached or total > reached[end][0]:
                    reached[end] = (total, at)
        best.append(reached)
    end, pieces = len(phones), []
    for row in reversed(best[1:]):
        begin = row[end][1]
        pieces.append(phones[begin:end])
        end = begin
    return pieces[::-1]


def align_all(pairs: list[Pair], rounds: int = ROUNDS) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Each word with the phones of its letters."""
    costs = first_costs(pairs)
    for number in range(rounds):
        counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
        for pair in pairs:
            counts.update(zip(pair[0], align(pair, costs), strict=True))
        totals: Counter[str] = Counter()
        for (letter, _), count in counts.items():
            totals[letter] += count
        costs = {key: math.log(count / totals[key[0]]) for key, count in counts.items() if count > 1}
        print(f"round {number + 1}: {len(costs):,} letter–phone pairs", file=sys.stderr)
    for pair in pairs:
        yield pair[0], align(pair, costs)


def first_costs(pairs: list[Pair]) -> dict[tuple[str, tuple[str, ...]], float]:
    """How often a letter and a phone stand at about the same place; a silent letter costs more than a heard one."""
    together: Counter[tuple[str, str]] = Counter()
    for word, phones in pairs:
        for place, letter in enumerate(word):
            at = min(len(phones) - 1, round(place * len(phones) / len(word)))
            together[letter, phones[at]] += 1
    totals: Counter[str] = Counter()
    for (letter, _), count in together.items():
        totals[letter] += count
    costs: dict[tuple[str, tuple[str, ...]], float] = {
        (letter, (phone,)): math.log(count / totals[letter]) for (letter, phone), count in together.items()
    }
    return costs | {(letter, ()): math.log(0.05) for letter in totals}


def learn(aligned: list[tuple[str, list[tuple[str, ...]]]], *, least: int = LEAST_SEEN) -> dict[str, str]:
    """Context → phones: every context that decides otherwise than its longest shorter one."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, pieces in aligned:
        for place, phones in enumerate(pieces):
            around = context(word, place)
            for end in range(1, len(around) + 1):
                seen[around[:end]][" ".join(phones)] += 1
    table: dict[str, str] = {}
    decided: dict[str, str] = {}
    for around in sorted(seen, key=lambda key: (len(key), key)):
        counts = seen[around]
        above = decided.get(around[:-1])
        if len(around) > 1 and (above is None or sum(counts.values()) < least):
            if above is not None:
                decided[around] = above
            continue
        choice = min(counts, key=lambda phones: (-counts[phones], phones))
        decided[around] = choice
        if choice != above:
            table[around] = choice
    return table


def main() -> None:
    import pocketsphinx

    pairs = read_words(Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")))
    aligned = list(align_all(pairs))
    held_out = {word for word, _ in pairs if zlib.crc32(word.encode()) % 10 == 0}
    table = learn([each for each in aligned if each[0] not in held_out])
    tested = [pair for pair in pairs if pair[0] in held_out]
    right = sum(sound_out(word, table) == " ".join(phones) for word, phones in tested)
    print(f"{right / len(tested):.1%} of {len(tested):,} words that it has not seen are exactly right")
    whole = learn(aligned)
    text = "".join(f"{key}\t{whole[key]}\n" for key in sorted(whole))
    path = Path(__file__).parent / "weights" / TABLE
    path.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    print(f"{len(whole):,} contexts, {path.stat().st_size:,} bytes in {path}")


if __name__ == "__main__":
    main()
