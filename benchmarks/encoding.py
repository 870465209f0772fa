"""Text encoding: sorted batches against one-by-one eager encoding, side by side in one run, and one short query.

    python -m benchmarks.encoding ../shared/data/chorus-icecat --texts 2000 --threads 2

Eager is what a plain script does: transformers' model in fp32, one text at a time. Both encode the texts in turns of a
chunk; the top 10 of both are compared over every encoded text.
"""

import argparse
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from encoders.model_folder import open_model_folder
from encoders.registry import text_encoder
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice

Vectors = NDArray[np.float32]
CHUNK = 64  # texts of a turn: what an enrichment task gets


class Turn(NamedTuple):
    vectors: Vectors
    seconds: float
    processor: float  # seconds of all its threads


def main() -> None:
    asked = _parse()
    texts = read_texts(asked.data, asked.texts)
    choice = EncoderChoice(model="minilm")
    ours = text_encoder(choice, runtime=Runtime(threads=asked.threads))
    ours.load()
    ours.encode_documents(texts[:8])
    eager = make_eager(asked.threads)
    fast, slow = _in_turns((ours.encode_documents, eager), texts)
    for name, take, of in (
        ("median", np.median, "seconds"),
        ("best", np.min, "seconds"),
        ("median", np.median, "processor"),
    ):
        rates = [CHUNK / float(take([getattr(turn, of) for turn in way])) for way in (fast, slow)]
        unit = "texts/s" if of == "seconds" else "texts a second of processor time"
        print(
            f"{asked.threads} threads, {name} turn: {rates[0]:.0f} {unit}, eager {rates[1]:.0f}, {rates[0] / rates[1]:.1f} ×"
        )
    mine, plain = (np.concatenate([turn.vectors for turn in way]) for way in (fast, slow))
    print(f"least cosine {float((mine * plain).sum(axis=1).min()):.6f}, top 10 shared {overlap(mine, plain):.4f}")
    _one_query([" ".join(text.split()[:3]) for text in texts[:300]], choice)


def _in_turns(ways: tuple[Callable[[list[str]], Vectors], ...], texts: list[str]) -> list[list[Turn]]:
    """Chunk by chunk one way and then the other, so that whatever else the machine does meets both alike."""
    chunks = [texts[begin : begin + CHUNK] for begin in range(0, len(texts) - CHUNK + 1, CHUNK)]
    turns = [[_time(encode, chunk) for encode in ways] for chunk in chunks]
    return [list(way) for way in zip(*turns, strict=True)]


def _one_query(queries: list[str], choice: EncoderChoice) -> None:
    """One short query at a time on one core: ours, ONNX Runtime in fp32 and eager, in turns query by query."""
    ways = {"eager": make_eager(1)}
    for name, runtime in (("ours", Runtime()), ("ONNX Runtime, fp32", Runtime(precision="fp32"))):
        encoder = text_encoder(choice, runtime=runtime)
        encoder.load()
        ways[name] = encoder.encode_queries
    times: dict[str, list[float]] = {name: [] for name in ways}
    for query in queries:
        for name, encode in ways.items():
            times[name].append(_time(encode, [query]).seconds * 1000)
    for name, taken in times.items():
        low, middle = np.percentile(taken, [10, 50])
        print(f"one query, one core, {name}: {low:.2f} ms p10, {middle:.2f} ms p50")


def read_texts(folder: Path, count: int) -> list[str]:
    """Title and short description of products spread evenly over the catalogue."""
    with gzip.open(next(iter(sorted(folder.glob("*.jsonl.gz")))), "rt", encoding="utf-8") as stream:
        products = [json.loads(line) for line in stream]
    step = max(1, len(products) // count)
    chosen = products[::step][:count]
    return [" ".join(str(p.get(f) or "") for f in ("title", "short_description", "supplier")) for p in chosen]


def make_eager(threads: int) -> Callable[[list[str]], Vectors]:
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(threads)
    folder = open_model_folder("minilm").path
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()

    def encode(texts: list[str]) -> Vectors:
        torch.set_num_threads(threads)
        rows = []
        with torch.inference_mode():
            for text in texts:
                given = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
                mean = model(**given).last_hidden_state.mean(dim=1)
                rows.append(torch.nn.functional.normalize(mean, dim=1)[0].numpy())
        return np.stack(rows)

    return encode


def overlap(one: Vectors, other: Vectors) -> float:
    tops = [np.argsort(-(v @ v.T), axis=1)[:, :10] for v in (one, other)]
    return float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*tops, strict=True)]))


def _time(encode: Callable[[list[str]], Vectors], texts: list[str]) -> Turn:
    start, worked = time.perf_counter(), time.process_time()
    vectors = encode(texts)
    return Turn(vectors, time.perf_counter() - start, time.process_time() - worked)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with a .jsonl.gz catalogue")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
