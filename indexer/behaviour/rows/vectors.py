"""The vectors of a catalogue's products for counting: read once, kept small, asked again when they are a day old."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mappings.catalogue_store import StoredCatalogue
from mappings.client import Client
from mappings.fields import Modality
from ranking.personalization.products.reduction import reduced

DIMENSIONS: Final = 32
MOST_A_PASS: Final = 20_000  # in a larger shop the rest comes with the next passes
KEPT_SECONDS: Final = 86_400.0
_WIDTH: Final = 96  # numbers kept of each vector, by a random projection
_PAGE: Final = 500
Vectors = NDArray[np.float32]


class ProductVectors:
    """The text vectors of one catalogue, or the picture vectors where it has no others. Not thread-safe."""

    def __init__(self) -> None:
        self._known: dict[str, NDArray[np.float16]] = {}
        self._made_at = -np.inf
        self._fingerprint = ""

    def of(self, client: Client, stored: StoredCatalogue, ids: Sequence[str], *, now: float) -> Vectors:
        """Unit rows with what all products share taken out, shape (ids, 32), NaN for products without a vector; no columns
        where the catalogue has no vectors. Raises the errors of mappings.errors.
        """
        target = stored.vector(Modality.TEXT) or stored.vector(Modality.PICTURE)
        if target is None:
            return np.empty((0, 0), dtype=np.float32)
        if target.fingerprint != self._fingerprint or now - self._made_at > KEPT_SECONDS:
            self._known, self._made_at, self._fingerprint = {}, now, target.fingerprint
        missing = [id for id in ids if id not in self._known][:MOST_A_PASS]
        for start in range(0, len(missing), _PAGE):
            self._read(client, stored, target.name, missing[start : start + _PAGE])
        absent = np.full(_WIDTH, np.nan, dtype=np.float16)
        found = np.stack([self._known.get(id, absent) for id in ids]) if ids else np.empty((0, _WIDTH), np.float16)
        return reduced(found.astype(np.float32), DIMENSIONS)

    def _read(self, client: Client, stored: StoredCatalogue, name: str, ids: Sequence[str]) -> None:
        params = {"_source_includes": name}
        answer = client.request("POST", f"/{stored.alias}/_mget", body={"ids": list(ids)}, params=params)
        there: dict[str, Any] = {
            doc["_id"]: doc["_source"][name] for doc in answer["docs"] if doc.get("found") and doc["_source"].get(name)
        }
        if there:
            vectors = np.array(list(there.values()), dtype=np.float32)
            self._known.update(zip(there, narrowed(vectors).astype(np.float16), strict=True))


def narrowed(vectors: Vectors) -> Vectors:
    """Fewer numbers whose cosines are nearly those of the vectors (Johnson and Lindenstrauss, 1984); the same every time.

    Shape (n, any) becomes (n, 96); vectors of fewer numbers get zeros behind them.
    """
    wide = vectors.shape[1]
    if wide <= _WIDTH:
        return np.pad(vectors, ((0, 0), (0, _WIDTH - wide)))
    directions = np.random.default_rng(wide).standard_normal((wide, _WIDTH)).astype(np.float32)
    return np.asarray(vectors @ directions / np.sqrt(np.float32(_WIDTH)), dtype=np.float32)
