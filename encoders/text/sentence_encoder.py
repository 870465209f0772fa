"""A sentence model as a TextEncoder."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np

from encoders.encoder import EncoderDescription, Vectors
from encoders.runtime import Runtime
from encoders.text.batching import batches_by_length, pad
from encoders.text.engines import Engine, make_document_engine, make_engine
from encoders.text.pooling import pool, unit_rows
from encoders.text.recipe import TextRecipe
from encoders.text.tokenizing import Tokens, load_tokenizer


class SentenceEncoder:
    """Encodes documents in batches of similar length, and queries at once. See TextEncoder for the promises.

    On a CPU with AMX the first `encode_documents` brings in torch; queries never do for a BERT layout.
    Construction reads no weights; `load` does, once, whichever thread comes first, and the encode methods call it.
    """

    def __init__(self, recipe: TextRecipe, runtime: Runtime, *, template: str | None, engine: str) -> None:
        self._recipe = recipe
        self._runtime = runtime
        self._asked = engine
        self._description = recipe.describe(template=template, runtime=runtime)
        self._lock = Lock()
        self._parts: tuple[Tokens, Engine] | None = None
        self._document_engine: Engine | None = None

    @property
    def description(self) -> EncoderDescription:
        return self._description

    def load(self) -> None:
        self._load()
        self.encode_queries(["warm up"])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        tokens, query_engine = self._load()
        if self._document_engine is None:
            with self._lock:
                if self._document_engine is None:
                    self._document_engine = make_document_engine(self._recipe, self._runtime, query_engine)
        return self._encode([self._recipe.document_prefix + text for text in texts], tokens, self._document_engine)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        tokens, engine = self._load()
        return self._encode([self._recipe.query_prefix + text for text in texts], tokens, engine)

    def _load(self) -> tuple[Tokens, Engine]:
        if self._parts is None:
            with self._lock:
                if self._parts is None:
                    recipe = self._recipe
                    tokens = load_tokenizer(recipe.folder, max_length=recipe.max_length)
                    self._parts = tokens, make_engine(recipe, self._runtime, asked=self._asked)
        return self._parts

    def _encode(self, texts: list[str], tokens: Tokens, engine: Engine) -> Vectors:
        vectors = np.zeros((len(texts), self._recipe.dimension), dtype=np.float32)
        if not texts:
            return vectors
        rows = tokens(texts)

        def fill(batch: list[int]) -> None:
            ids, mask = pad([rows[position] for position in batch], filler=tokens.filler)
            pooled = pool(engine.hidden(ids, mask), mask, how=self._recipe.pooling)
            vectors[batch] = pooled[:, : self._recipe.dimension]

        self._run(fill, [*batches_by_length([len(row) for row in rows], budget=engine.token_budget)], engine)
        return unit_rows(vectors) if self._recipe.normalize else vectors

    def _run(self, fill: Callable[[list[int]], None], batches: Sequence[list[int]], engine: Engine) -> None:
        # A query is one batch: a thread would take longer to start than the query to encode.
        if len(batches) == 1 or self._runtime.threads == 1 or not engine.works_alone:
            for batch in batches:
                fill(batch)
            return
        with ThreadPoolExecutor(self._runtime.threads) as workers:
            for _ in workers.map(fill, batches):
                pass
