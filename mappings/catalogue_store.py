"""Where catalogues are kept: in the mapping of the index that holds their products, so that the two cannot part.

A changed catalogue is applied to the live index as far as OpenSearch allows: new fields and new vector fields are
added; weights, roles, facets, templates and policies take effect as they are. What documents already written cannot
follow (another language, other synonyms) is refused, and the message says the way out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from mappings.aliases import alias_of, generation_of, index_name
from mappings.client import Client
from mappings.errors import Conflict, EngineRejected, IncompatibleChange, NotFound
from mappings.fields import Modality, VectorField
from mappings.index_body import index_body
from plugin_config.catalogue import Catalogue, VectorStorage
from plugin_config.errors import ConfigurationError
from plugin_config.settings import Settings

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class StoredCatalogue:
    """A catalogue and where its products are. `alias` is what searches and writes go to, `index` stands behind it.

    `picture_roots`: folders of the feeds that were indexed, from which picture files may be read.
    """

    catalogue: Catalogue
    alias: str
    index: str
    vectors: tuple[VectorField, ...]
    picture_roots: tuple[Path, ...]
    created_at: datetime

    def vector(self, modality: Modality) -> VectorField | None:
        """The field that the catalogue's present encoder of this modality fills."""
        return next((v for v in reversed(self.vectors) if v.modality is modality), None)


class CatalogueStore(Protocol):
    """Catalogues by name. All methods raise the errors of mappings.errors."""

    def get(self, name: str) -> StoredCatalogue:
        """Raises NotFound, naming the catalogues that are there."""

    def list(self) -> list[StoredCatalogue]:
        """All catalogues, by name."""

    def put(
        self, catalogue: Catalogue, *, vectors: Sequence[VectorField], picture_roots: Sequence[Path] = ()
    ) -> StoredCatalogue:
        """Create the catalogue's index, or change the one there; roots are added to those known.

        Raises IncompatibleChange when the live index cannot take the change.
        """

    def delete(self, name: str) -> None:
        """Remove the catalogue and all its products. Raises NotFound."""


class IndexCatalogueStore:
    """The CatalogueStore inside the indices' own mappings."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def get(self, name: str) -> StoredCatalogue:
        alias = alias_of(self._settings.index_prefix, name)
        try:
            answer = self._client.request("GET", f"/{alias}/_mapping", params={"filter_path": "*.mappings._meta"})
        except NotFound as error:
            raise self._unknown(name) from error
        found = [stored for index, body in answer.items() if (stored := parse_meta(index, alias, body)) is not None]
        if not found:
            raise self._unknown(name)
        return max(found, key=lambda stored: generation_of(stored.index))

    def list(self) -> list[StoredCatalogue]:
        prefix = self._settings.index_prefix
        answer = self._client.request("GET", f"/{prefix}-*/_alias")
        aliases = {index: sorted(body["aliases"]) for index, body in answer.items()}
        metas = self._client.request("GET", f"/{prefix}-*/_mapping", params={"filter_path": "*.mappings._meta"})
        found = [
            stored
            for index, body in metas.items()
            for alias in aliases.get(index, ())
            if index.startswith(f"{alias}.v") and (stored := parse_meta(index, alias, body)) is not None
        ]
        return sorted(found, key=lambda stored: stored.catalogue.name)

    def put(
        self, catalogue: Catalogue, *, vectors: Sequence[VectorField], picture_roots: Sequence[Path] = ()
    ) -> StoredCatalogue:
        try:
            present = self.get(catalogue.name)
        except NotFound:
            return self._create(catalogue, vectors, picture_roots)
        return self._change(present, catalogue, vectors, picture_roots)

    def delete(self, name: str) -> None:
        self._client.request("DELETE", f"/{self.get(name).index}")

    def create_index(self, stored: StoredCatalogue) -> None:
        """Create the index that `stored` names, without an alias: the first half of a rebuild."""
        self._client.request("PUT", f"/{stored.index}", body=self._body(stored), timeout_seconds=60)

    def _create(self, catalogue: Catalogue, vectors: Sequence[VectorField], roots: Sequence[Path]) -> StoredCatalogue:
        alias = alias_of(self._settings.index_prefix, catalogue.name)
        stored = StoredCatalogue(
            catalogue, alias, index_name(alias, 1), tuple(vectors), tuple(roots), created_at=datetime.now(UTC)
        )
        body = self._body(stored) | {"aliases": {alias: {"is_write_index": True}}}
        try:
            self._client.request("PUT", f"/{stored.index}", body=body, timeout_seconds=60)
        except EngineRejected as error:
            if "already exists" in error.reason:
                raise Conflict(
                    f"catalogue {catalogue.name!r} was created by someone else meanwhile; try again"
                ) from error
            raise ConfigurationError(
                f"catalogue {catalogue.name!r}: OpenSearch refuses its index: {error.reason}"
            ) from error
        return self.get(catalogue.name)

    def _change(
        self, present: StoredCatalogue, catalogue: Catalogue, vectors: Sequence[VectorField], roots: Sequence[Path]
    ) -> StoredCatalogue:
        changed = StoredCatalogue(
            catalogue,
            present.alias,
            present.index,
            _in_order(present.vectors, vectors),
            tuple(dict.fromkeys((*present.picture_roots, *roots))),
            present.created_at,
        )
        if changed == present:
            return present
        moved = {v.name: v.storage for v in present.vectors}
        if any(moved.get(v.name, v.storage) is not v.storage for v in changed.vectors):
            raise _incompatible(catalogue.name, "the storage of its vectors changed, which is fixed for a field")
        before, after = self._body(present), self._body(changed)
        if before["settings"]["analysis"] != after["settings"]["analysis"]:
            raise _incompatible(
                catalogue.name, "its languages or synonyms changed, which are fixed when an index is made"
            )
        try:
            self._client.request("PUT", f"/{present.index}/_mapping", body=after["mappings"])
        except EngineRejected as error:
            raise _incompatible(catalogue.name, error.reason) from error
        return changed

    def _body(self, stored: StoredCatalogue) -> dict[str, Any]:
        return index_body(stored.catalogue, stored.vectors, settings=self._settings, meta=meta_of(stored))

    def _unknown(self, name: str) -> NotFound:
        names = ", ".join(stored.catalogue.name for stored in self.list())
        return NotFound(f"there is no catalogue {name!r}; " + (f"there are: {names}" if names else "index one first"))


def meta_of(stored: StoredCatalogue) -> dict[str, Any]:
    """What the mapping's `_meta.vitrine` holds."""
    return {
        "schema_version": SCHEMA_VERSION,
        "catalogue": stored.catalogue.model_dump(mode="json", exclude_defaults=True),
        "vectors": [
            {
                "modality": v.modality.value,
                "fingerprint": v.fingerprint,
                "dimension": v.dimension,
                "space": v.space,
                "storage": v.storage.value,
                "rotation": v.rotation,
            }
            for v in stored.vectors
        ],
        "picture_roots": [str(root) for root in stored.picture_roots],
        "created_at": stored.created_at.isoformat(),
    }


def parse_meta(index: str, alias: str, body: Any) -> StoredCatalogue | None:
    """The catalogue in an index's mapping; None when it is no index of ours. Raises ConfigurationError when damaged."""
    meta = body.get("mappings", {}).get("_meta", {}).get("vitrine")
    if not meta or "catalogue" not in meta:
        return None
    try:
        return StoredCatalogue(
            catalogue=Catalogue.model_validate(meta["catalogue"]),
            alias=alias,
            index=index,
            vectors=tuple(_vector_field(vector) for vector in meta["vectors"]),
            picture_roots=tuple(Path(root) for root in meta["picture_roots"]),
            created_at=datetime.fromisoformat(meta["created_at"]),
        )
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"index {index}: the catalogue in its mapping cannot be read by this version ({error}); index it again"
        ) from error


def _vector_field(kept: dict[str, Any]) -> VectorField:
    storage = VectorStorage(kept.get("storage", VectorStorage.FLOAT))
    return VectorField(**{**kept, "modality": Modality(kept["modality"]), "storage": storage})


def _in_order(known: Sequence[VectorField], wanted: Sequence[VectorField]) -> tuple[VectorField, ...]:
    # The fields of the present encoders stand last; older ones are kept, for their vectors are still in the index.
    there = {vector.name: vector for vector in known}
    kept = [_as_kept(vector, there.get(vector.name)) for vector in wanted]
    names = {vector.name for vector in kept}
    return (*(vector for vector in known if vector.name not in names), *kept)


def _as_kept(wanted: VectorField, known: VectorField | None) -> VectorField:
    """The field with the rotation that its codes in the index were made by."""
    if known is None or known.storage is not wanted.storage:
        return wanted
    return replace(wanted, rotation=known.rotation)


def _incompatible(name: str, why: str) -> IncompatibleChange:
    return IncompatibleChange(
        f"catalogue {name!r} cannot change in place: {why}. `vitrine rebuild` writes a new index from what is stored"
    )
