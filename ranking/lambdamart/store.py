"""Where models are kept: nothing is handed out before its hash, its features and its form are verified."""

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from pydantic import BaseModel, ValidationError

from ranking.errors import ModelError, NoModelServes
from ranking.lambdamart.manifest import MANIFEST_FORMAT, Manifest, StoredTrees, hash_schema

POINTER = "current.json"
SHADOW = "shadow.json"
MANIFEST = "manifest.json"
MAXIMUM_MODEL_BYTES = 500_000_000
_REFERENCE = re.compile(r"^(?P<id>m[0-9a-z-]{6,60})(?::(?P<fold>\d{1,3}))?$")

PointerState: TypeAlias = tuple[int, int, int]


class Pointer(BaseModel):
    """Which model serves, and which served before it, latest last."""

    current: str | None = None
    previous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifiedTrees:
    """Trees whose bytes are those that training wrote, with the manifest that says so."""

    manifest: Manifest
    stored: StoredTrees
    text: str
    reference: str


class ModelStore(Protocol):
    """Models of one catalogue. A reference is `current`, a model id, or `ID:FOLD` for the trees of one fold."""

    def save(self, manifest: Manifest, trees: dict[str, str]) -> None:
        """Keep a model, all of it or nothing. `trees`: file name → text. Raises ModelError for an id that exists."""

    def ids(self) -> tuple[str, ...]:
        """Ids of the kept models, oldest first."""

    def manifest(self, model_id: str) -> Manifest:
        """Raises ModelError when there is no such model or its manifest is damaged."""

    def verified(self, reference: str) -> VerifiedTrees:
        """The trees behind a reference. Raises ModelError when they are missing, damaged or of other features."""

    def pointer(self) -> Pointer:
        """Which model serves."""

    def use(self, model_id: str) -> None:
        """Let this model serve from now on, in one step. Raises ModelError when it does not verify."""

    def rollback(self) -> str:
        """Let the model before serve again; its id. Raises ModelError when there is none."""

    def shadow(self) -> str | None:
        """The model that scores in the shadow of the serving one. Raises ModelError when the note of it is damaged."""

    def put_in_shadow(self, model_id: str | None) -> None:
        """Let this model, or none, score in the shadow. Raises ModelError when it does not verify."""

    def pointer_state(self) -> PointerState | None:
        """Changes whenever the pointer does; cheap enough to ask at every search."""


class DirectoryModelStore:
    """One folder per model below `folder`; `current.json` names the one that serves and is swapped by rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, manifest: Manifest, trees: dict[str, str]) -> None:
        target = self._folder / manifest.id
        if target.exists():
            raise ModelError(f"{target}: a model of this id exists already; models are never overwritten")
        draft = self._folder / f".draft-{manifest.id}-{os.getpid()}"
        try:
            draft.mkdir(parents=True)
            for name, text in trees.items():
                _write(draft / name, text)
            _write(draft / MANIFEST, manifest.model_dump_json(indent=1))
            draft.rename(target)
        except OSError as error:
            raise ModelError(f"{target}: the model cannot be written: {error}; free space or mend rights") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def ids(self) -> tuple[str, ...]:
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(p.name for p in self._folder.iterdir() if _REFERENCE.match(p.name) and p.is_dir()))

    def manifest(self, model_id: str) -> Manifest:
        return self._manifest(self._parse(model_id)[0])

    def verified(self, reference: str) -> VerifiedTrees:
        if reference == "current":
            current = self.pointer().current
            if current is None:
                raise NoModelServes
            reference = current
        model_id, fold = self._parse(reference)
        manifest = self._manifest(model_id)
        if fold is not None and fold >= len(manifest.folds):
            raise ModelError(f"model {model_id} has {len(manifest.folds)} folds, none with the number {fold}")
        stored = manifest.whole if fold is None else manifest.folds[fold]
        text = self._trees(model_id, stored)
        _check_header(text, manifest, f"{self._folder / model_id / stored.file}")
        return VerifiedTrees(manifest, stored, text, reference)

    def pointer(self) -> Pointer:
        path = self._folder / POINTER
        try:
            return Pointer.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Pointer()
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise ModelError(
                f"{path}: cannot be read; name a model with `vitrine models use ID --catalogue {self._folder.name}`"
            ) from error

    def use(self, model_id: str) -> None:
        self.verified(model_id)
        try:
            pointer = self.pointer()
        except ModelError:
            pointer = Pointer()  # naming a model is how a damaged pointer is mended
        if pointer.current == model_id:
            return
        served = (*pointer.previous, pointer.current) if pointer.current else pointer.previous
        self._point(Pointer(current=model_id, previous=served[-50:]))

    def rollback(self) -> str:
        pointer = self.pointer()
        if not pointer.previous:
            raise ModelError(f"there is no earlier model to go back to; {self._shows_those_kept}")
        earlier = pointer.previous[-1]
        self.verified(earlier)
        self._point(Pointer(current=earlier, previous=pointer.previous[:-1]))
        return earlier

    def pointer_state(self) -> PointerState | None:
        try:
            found = (self._folder / POINTER).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def shadow(self) -> str | None:
        try:
            return Pointer.model_validate_json((self._folder / SHADOW).read_text(encoding="utf-8")).current
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise ModelError(
                f"{self._folder / SHADOW}: cannot be read; name a model with "
                f"`vitrine models shadow ID --catalogue {self._folder.name}`"
            ) from error

    def put_in_shadow(self, model_id: str | None) -> None:
        if model_id is not None:
            self.verified(model_id)
        self._point(Pointer(current=model_id), SHADOW)

    def _point(self, pointer: Pointer, name: str = POINTER) -> None:
        draft = self._folder / f".{name}-{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(draft, pointer.model_dump_json())
            draft.replace(self._folder / name)
        except OSError as error:
            raise ModelError(f"{self._folder / name}: cannot be written: {error}") from error

    def _manifest(self, model_id: str) -> Manifest:
        path = self._folder / model_id / MANIFEST
        try:
            found = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ModelError(f"there is no model {model_id}; {self._shows_those_kept}") from error
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise ModelError(f"{path}: the manifest is damaged; use another model or train again") from error
        if found.format != MANIFEST_FORMAT or found.id != model_id:
            raise ModelError(f"{path}: the manifest is of another model or version; train again")
        if hash_schema(found.features) != found.schema_hash:
            raise ModelError(f"{path}: the feature list was changed after training; train again")
        return found

    def _trees(self, model_id: str, stored: StoredTrees) -> str:
        path = self._folder / model_id / stored.file
        try:
            if path.stat().st_size > MAXIMUM_MODEL_BYTES:
                raise ModelError(f"{path}: larger than any model written here; train again")
            raw = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: the model file cannot be read: {error}; use another model") from error
        if hashlib.sha256(raw).hexdigest() != stored.sha256:
            raise ModelError(
                f"{path}: the file is not the one that training wrote (its hash differs); use another model or train again"
            )
        return raw.decode("utf-8")

    def _parse(self, reference: str) -> tuple[str, int | None]:
        match = _REFERENCE.match(reference)
        if match is None:
            raise ModelError(f"{reference[:80]!r} is not the id of a model; {self._shows_those_kept}")
        return match["id"], int(match["fold"]) if match["fold"] else None

    @property
    def _shows_those_kept(self) -> str:
        return f"`vitrine models list --catalogue {self._folder.name}` shows those kept"


def _check_header(text: str, manifest: Manifest, origin: str) -> None:
    """LightGBM trusts what a file says and crashes the process when it lies, so look before handing it over."""
    names = re.search(r"^feature_names=(.*)$", text[:1_000_000], re.MULTILINE)
    if not text.startswith("tree\n") or names is None or "\nend of trees" not in text:
        raise ModelError(f"{origin}: not a complete LightGBM model; use another model or train again")
    if tuple(names[1].split()) != manifest.features:
        raise ModelError(f"{origin}: made for other features than its manifest lists; use another model or train again")


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
