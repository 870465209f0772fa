"""Vectors kept as floats, bytes, seven bits and single bits in the running OpenSearch: memory, speed and recall in one run.

    python -m benchmarks.codes ../shared/data/chorus-icecat --rounds 3

Texts of products are encoded once (kept with --vectors FILE.npy). Questions are the queries of the folder's judgments and
parts of titles; the truth is the exact ten nearest in float32. Memory: the bytes that a search walks through, without the
exact vectors that lie on the disk to score what bits find.
"""

import argparse
import csv
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.encoding import read_texts
from encoders.registry import text_encoder
from encoders.runtime import Runtime
from mappings import bulk
from mappings.client import Client, connect
from mappings.codes.coder import Coder, seeded_rotation
from mappings.codes.learning import learn_rotation
from mappings.fields import Modality, VectorField
from mappings.hybrid import Nearest, SearchPlan, search_body, vector_part
from mappings.index_body import vector_properties
from mappings.ledger import add_codes
from plugin_config.catalogue import EncoderChoice, VectorStorage
from plugin_config.policy import Normalizer, SubQueryKind
from plugin_config.settings import load_settings
from vitrine.stack.discovery import running_settings

Vectors = NDArray[np.float32]
Body = dict[str, Any]

NEAREST = 200
TOP = 10
BATCH = 500


@dataclass(frozen=True, slots=True)
class Way:
    """One way to keep vectors: its mapping, a document of one vector, the body of one search, and bytes a vector."""

    name: str
    properties: Body
    document: Callable[[Vectors], Body]
    search: Callable[[Vectors], Body]
    vector_bytes: float


def main() -> None:
    asked = _parse()
    vectors, questions = _material(asked.data, asked.products, asked.vectors, asked.threads)
    closeness = questions @ vectors.T
    client = connect(running_settings(load_settings()))
    print(f"{len(vectors):,} vectors of {vectors.shape[1]} numbers, {len(questions)} questions, k = {NEAREST}")
    print(
        f"{'kept as':16} {'bytes a vector':>15} {'less':>7} {'graph, bytes':>13} {'recall@10':>10} {'took p50 ms':>12}"
    )
    ways = _ways(vectors)
    indices = {way.name: f"vitrine-benchmark-codes-{place}" for place, way in enumerate(ways)}
    try:
        for way in ways:
            _write(client, indices[way.name], way, vectors)
        measured = {way.name: _ask(client, indices[way.name], way, questions, closeness, asked.rounds) for way in ways}
        for way in ways:
            recall, took = measured[way.name]
            graph = _graph_bytes(client, indices[way.name]) / len(vectors)
            less = 4 * vectors.shape[1] / way.vector_bytes
            print(f"{way.name:16} {way.vector_bytes:15.0f} {less:6.1f}× {graph:13.0f} {recall:10.4f} {took:12.1f}")
    finally:
        for index in indices.values():
            client.request("DELETE", f"/{index}", params={"ignore_unavailable": "true"})
        client.close()


def _ways(vectors: Vectors) -> list[Way]:
    dimension = vectors.shape[1]
    field = VectorField(Modality.TEXT, "benchmark000", dimension)
    arbitrary = Coder(seeded_rotation(field.fingerprint, dimension))
    learned = Coder(learn_rotation(vectors[:: max(1, len(vectors) // 10_000)]))
    return [
        _native("float", field, None, 4 * dimension),
        _bytes(field),
        _native("seven bits", replace(field, storage=VectorStorage.SQ7), None, dimension + 4),
        _native("bits, arbitrary", replace(field, storage=VectorStorage.BITS), arbitrary, dimension / 8),
        _native("bits, learned", replace(field, storage=VectorStorage.BITS), learned, dimension / 8),
    ]


def _native(name: str, field: VectorField, coder: Coder | None, vector_bytes: float) -> Way:
    """As the product keeps and asks them."""

    def document(vector: Vectors) -> Body:
        body: Body = {field.name: vector}
        add_codes(body, {} if coder is None else {field.name: coder})
        return body

    def search(vector: Vectors) -> Body:
        codes = None if coder is None else coder.codes(vector[None, :])[0]
        nearest = Nearest(field, vector, k=NEAREST, codes=codes)
        part = vector_part(SubQueryKind.TEXT_VECTOR, nearest, [], 1.0)
        normalizer = Normalizer(technique="min_max", rank_constant=60)
        return search_body(SearchPlan((part,), normalizer, depth=NEAREST, size=TOP, with_source=False))

    return Way(name, vector_properties(field), document, search, vector_bytes)


def _bytes(field: VectorField) -> Way:
    """Numbers rounded to bytes by hand: for comparison only."""
    method = {"name": "hnsw", "engine": "lucene", "space_type": "innerproduct"}
    method |= {"parameters": {"m": 16, "ef_construction": 100}}  # type: ignore[dict-item]
    mapping = {"type": "knn_vector", "dimension": field.dimension, "data_type": "byte", "method": method}

    def rounded(vector: Vectors) -> list[int]:
        # A unit vector of many dimensions has small numbers: three standard deviations fill the byte.
        scale = 127 * np.sqrt(field.dimension) / 3
        return [int(number) for number in np.clip(np.round(vector * scale), -128, 127)]

    def search(vector: Vectors) -> Body:
        query = {"knn": {field.name: {"vector": rounded(vector), "k": NEAREST}}}
        return {"size": TOP, "_source": False, "query": query}

    return Way(
        "bytes", {field.name: mapping}, lambda vector: {field.name: rounded(vector)}, search, float(field.dimension)
    )


def _write(client: Client, index: str, way: Way, vectors: Vectors) -> None:
    settings = {"knn": True, "number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": -1}
    body = {"settings": {"index": settings}, "mappings": {"_source": {"enabled": False}, "properties": way.properties}}
    client.request("DELETE", f"/{index}", params={"ignore_unavailable": "true"})
    client.request("PUT", f"/{index}", body=body)
    for start in range(0, len(vectors), BATCH):
        documents = (way.document(vector) for vector in vectors[start : start + BATCH])
        written = [orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY) for document in documents]
        bulk.send(client, index, [bulk.index(str(start + place), text) for place, text in enumerate(written)])
    client.request("POST", f"/{index}/_forcemerge", params={"max_num_segments": 1}, timeout_seconds=600)
    client.refresh(index)


def _ask(
    client: Client, index: str, way: Way, questions: Vectors, closeness: Vectors, rounds: int
) -> tuple[float, float]:
    """Recall of the ten nearest, and the median of what OpenSearch says a search took, in ms, over the rounds.

    Products with equal texts have equal vectors: whatever is as near as the tenth counts as found.
    """
    times: list[float] = []
    shares: list[float] = []
    for _ in range(rounds):
        for question, near in zip(questions, closeness, strict=True):
            answer = client.search(index, way.search(question))
            times.append(answer["took"])
            found = [int(hit["_id"]) for hit in answer["hits"]["hits"]]
            shares.append(float((near[found] >= np.sort(near)[-TOP] - 1e-6).sum()) / TOP)
    return statistics.fmean(shares), statistics.median(times)


def _graph_bytes(client: Client, index: str) -> int:
    answer = client.request("GET", f"/{index}/_stats/segments", params={"include_segment_file_sizes": "true"})
    sizes = answer["_all"]["primaries"]["segments"]["file_sizes"]
    return int(sizes.get("vex", {}).get("size_in_bytes", 0))


def _material(folder: Path, count: int, kept: Path | None, threads: int) -> tuple[Vectors, Vectors]:
    texts = read_texts(folder, count)
    encoder = text_encoder(EncoderChoice(model="minilm"), runtime=Runtime(threads=threads))
    if kept is not None and kept.is_file():
        vectors = np.load(kept, allow_pickle=False)
    else:
        vectors = np.concatenate(
            [encoder.encode_documents(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        )
        if kept is not None:
            np.save(kept, vectors)
    with (folder / "judgments_dev.csv").open(encoding="utf-8") as stream:
        asked = sorted({row["query"] for row in csv.DictReader(stream)})
    asked += [" ".join(text.split()[1:4]) for text in texts[:: max(1, len(texts) // 130)]]
    return vectors, encoder.encode_queries(asked)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder with products.jsonl.gz and judgments_dev.csv")
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--vectors", type=Path, help="where the encoded texts are kept, or come from")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
