"""A sentence model as a TextEncoder."""

from collections.abc import Sequence
from threading import Lock

import numpy as np

from encoders.encoder import EncoderDescription, Vectors
from encoders.runtime import Runtime
from encoders.text.batching import batches_by_length, pad
from encoders.text.engines import Engine, make_engine
from encoders.text.pooling import pool, unit_rows
from encoders.text.recipe import TextRecipe
from encoders.text.tokenizing import Tokens, load_tokenizer


class SentenceEncoder:
    """Encodes documents in batches of similar length, and queries at once. See TextEncoder for the promises.

    Construction reads no weights; `load` does, once, whichever thread comes first, and the encode methods call it.
    """

    def __init__(self, recipe: TextRecipe, runtime: Runtime, *, template: str | None, engine: str) -> None:
        self._recipe = recipe
        self._runtime = runtime
        self._asked = engine
        self._description = recipe.describe(template=template, runtime=runtime)
        self._lock = Lock()
        self._parts: tuple[Tokens, Engine] | None = None

    @property
    def description(self) -> EncoderDescription:
        return self._description

    def load(self) -> None:
        self._load()
        self.encode_queries(["warm up"])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._recipe.document_prefix + text for text in texts])

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._recipe.query_prefix + text for text in texts])

    def _load(self) -> tuple[Tokens, Engine]:
        if self._parts is None:
            with self._lock:
                if self._parts is None:
                    recipe = self._recipe
                    tokens = load_tokenizer(recipe.folder, max_length=recipe.max_length)
                    self._parts = tokens, make_engine(recipe, self._runtime, asked=self._asked)
        return self._parts

    def _encode(self, texts: list[str]) -> Vectors:
        tokens, engine = self._load()
        vectors = np.zeros((len(texts), self._recipe.dimension), dtype=np.float32)
        if not texts:
            return vectors
        rows = tokens(texts)
        for batch in batches_by_length([len(row) for row in rows]):
            ids, mask = pad([rows[position] for position in batch], filler=tokens.filler)
            pooled = pool(engine.hidden(ids, mask), mask, how=self._recipe.pooling)
            vectors[batch] = pooled[:, : self._recipe.dimension]
        return unit_rows(vectors) if self._recipe.normalize else vectors
