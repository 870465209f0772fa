"""The built-in picture encoder that this project trained from nothing: `vitrine-picture`.

A vector has three parts, each of length 1 before it gets its weight from the manifest:

    look      256   things that look alike lie together, whatever the angle, the light and the crop
    meaning   384   lies near the MiniLM vectors of words that say what is shown
    colour    128   the HSV histogram of `colour-edge`, which no network of this size sees as exactly

So an inner product of two pictures is a weighted mean of three likenesses. Words have no look: they bring their MiniLM
vector and, when they name a colour, that colour's mean histogram. docs/model-card-picture.md tells how it was trained.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.encoder import EncoderDescription, EncoderError, Picture, TextEncoder, Vectors
from encoders.fingerprint import fingerprint
from encoders.picture.colour_edge import COLOUR_VERSION, colour_histogram
from encoders.picture.framing import frame_image, peek_at
from encoders.picture.hiding import Ground, Part, frames_without
from encoders.runtime import Runtime
from encoders.text.pooling import unit_rows

NAME = "vitrine-picture"
FOLDER = Path(__file__).parent / "weights"
_BATCH = 8
_ONCE_ALL = ((1.0, False), (1.0, True))  # of networks that were fine-tuned before their manifest told


@dataclass(frozen=True)
class Manifest:
    """What vitrine-picture.json says. `weights` of look, meaning and colour in a picture's vector, `words` in a text's.
    `words_centre`: the mean of the training captions' vectors, taken away from a text's.

    `learnt`: names the file with what the network learnt from, as int8 (n, 384), where there is one; `head_start`: how much of
    a word's nearness to it is taken off when words are compared.

    `glances`: how often the network looks at a picture, and at what: the share of the framed picture's side that it
    sees around the middle, and whether mirrored. Its answers are added up.
    """

    folder: Path
    files: dict[str, str]
    side: int
    glances: tuple[tuple[float, bool], ...]
    widths: tuple[int, int, int]
    weights: tuple[float, float, float]
    words: tuple[float, float]
    words_centre: list[float]
    colours: dict[str, list[float]]
    learnt: str | None
    head_start: float

    @property
    def mark(self) -> str:
        return fingerprint(
            {
                "role": "picture",
                "kind": NAME,
                "files": json.dumps(self.files, sort_keys=True),
                "side": self.side,
                "glances": json.dumps(self.glances),
                "weights": json.dumps(self.weights),
                "words": json.dumps([self.words, self.words_centre, self.colours], sort_keys=True),
                "colour": COLOUR_VERSION,
            }
        )


def read_manifest(folder: Path) -> Manifest:
    """Raises EncoderError when it is missing or damaged."""
    path = folder / f"{NAME}.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Manifest(
            folder=folder,
            files=dict(said["files"]),
            side=int(said["side"]),
            glances=tuple((float(share), bool(mirrored)) for share, mirrored in said.get("glances", _ONCE_ALL)),
            widths=tuple(said["widths"]),
            weights=tuple(said["weights"]),
            words=tuple(said["words"]),
            words_centre=list(said["words_centre"]),
            colours=dict(said["colours"]),
            learnt=said.get("learnt"),
            head_start=float(said.get("head_start", 0.0)),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(
            f"encoder {NAME!r}: {path} cannot be used ({error}); install vitrine again or choose colour-edge"
        ) from error


def find_vitrine_picture(model: str) -> Path | None:
    """The folder of the built-in network for its name, and a folder that holds a fine-tuned one for its path."""
    if model == NAME:
        return FOLDER
    folder = Path(model).expanduser()
    return folder.resolve() if (folder / f"{NAME}.json").is_file() else None


class VitrinePicture:
    """A PictureEncoder with WordsInPictureSpace under ONNX Runtime; torch is never imported.

    Construction reads the manifest; `load` verifies the network's hash and starts it, once. `words` is the text
    encoder whose space `meaning` was trained into.
    """

    def __init__(self, runtime: Runtime, words: TextEncoder, *, folder: Path = FOLDER) -> None:
        self._manifest = read_manifest(folder)
        self._runtime = runtime
        self._words = words
        self._description = EncoderDescription(NAME, self._manifest.mark, sum(self._manifest.widths), shares_words=True)
        self._lock = Lock()
        self._session: Any = None

    @property
    def description(self) -> EncoderDescription:
        return self._description

    def load(self) -> None:
        self._start()

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        session = self._start()
        chunks = [pictures[start : start + _BATCH] for start in range(0, len(pictures), _BATCH)]
        if not chunks:
            return np.zeros((0, self._description.dimension), dtype=np.float32)
        if len(chunks) == 1 or self._runtime.threads == 1:
            return np.concatenate([self._encode(session, chunk) for chunk in chunks])
        with ThreadPoolExecutor(min(self._runtime.threads, len(chunks))) as pool:
            return np.concatenate(list(pool.map(lambda chunk: self._encode(session, chunk), chunks)))

    def encode_without(self, picture: Picture, parts: Sequence[Part], ground: Ground) -> Vectors:
        """Shape (1 + parts, dimension): the picture's vector and those with each part under `ground`, at one glance each, so
        comparable with each other and nearly what `encode_pictures` says.
        """
        shown, colours = frames_without(picture, parts, ground, self._manifest.side)
        session = self._start()
        runs = [session.run(None, {"pictures": shown[at : at + _BATCH]}) for at in range(0, len(shown), _BATCH)]
        look, meaning = (np.concatenate(part) for part in zip(*runs, strict=True))
        return self._joined(look, meaning, colours)

    def encode_words(self, texts: Sequence[str]) -> Vectors:
        look, _, colour = self._manifest.widths
        meaning_weight, colour_weight = self._manifest.words
        vectors = np.zeros((len(texts), self._description.dimension), dtype=np.float32)
        meaning = self._words.encode_queries(texts) - np.array(self._manifest.words_centre, dtype=np.float32)
        vectors[:, look:-colour] = unit_rows(meaning) * meaning_weight
        for row, text in enumerate(texts):
            vectors[row, -colour:] = self._colour_of(text) * colour_weight
        return unit_rows(vectors)

    def head_start(self, words: Vectors) -> Vectors:
        """Shape (n,): what pictures' cosines to these words are too high by, because the network learnt from the like.

        A share of each word's cosine to the nearest middle of the training pictures' meanings.
        """
        learnt = self._learnt()
        if learnt is None:
            return np.zeros(len(words), dtype=np.float32)
        look, _, colour = self._manifest.widths
        share = self._manifest.weights[1] / float(np.linalg.norm(self._manifest.weights))
        nearest = (words[:, look:-colour] @ learnt.T).max(axis=1)
        return np.asarray(self._manifest.head_start * share * np.maximum(nearest, 0.0), dtype=np.float32)

    def _learnt(self) -> Vectors | None:
        name = self._manifest.learnt
        if name is None:
            return None
        return unit_rows(np.load(_read_verified(self._manifest, name), allow_pickle=False).astype(np.float32))

    def _encode(self, session: Any, pictures: Sequence[Picture]) -> Vectors:
        images = [Image.fromarray(np.ascontiguousarray(picture)) for picture in pictures]
        peeks = [peek_at(image) for image in images]
        glances = np.concatenate([self._glance_at(image, peek) for image, peek in zip(images, peeks, strict=True)])
        seen = session.run(None, {"pictures": glances})
        look, meaning = (part.reshape(len(pictures), -1, part.shape[1]).sum(axis=1) for part in seen)
        colour = np.stack([colour_histogram(peek) for peek in peeks])
        return self._joined(look, meaning, colour)

    def _joined(self, *parts: NDArray[np.float32]) -> Vectors:
        """`look`, `meaning` and `colour` of pictures as their vectors."""
        weighed = zip(parts, self._manifest.weights, strict=True)
        return unit_rows(np.concatenate([unit_rows(part) * weight for part, weight in weighed], axis=1))

    def _glance_at(self, image: Image.Image, peek: Picture) -> NDArray[np.uint8]:
        """(glances, side, side, 4), all from one framed picture."""
        side = self._manifest.side
        whole = round(side / min(share for share, _ in self._manifest.glances))
        framed = frame_image(image, peek, whole)
        shown = np.empty((len(self._manifest.glances), side, side, 4), dtype=np.uint8)
        for place, (share, mirrored) in enumerate(self._manifest.glances):
            away = round(whole * (1 - share) / 2)
            box = (away, away, whole - away, whole - away)
            middle = np.asarray(framed.resize((side, side), Image.Resampling.BILINEAR, box=box).convert("RGBX"))
            shown[place] = middle[:, ::-1] if mirrored else middle
        return shown

    def _colour_of(self, text: str) -> NDArray[np.float32]:
        named = [
            self._manifest.colours[word]
            for word in re.findall(r"[a-z]+", text.lower())
            if word in self._manifest.colours
        ]
        total = np.array(named, dtype=np.float32).reshape(-1, self._manifest.widths[2]).sum(axis=0)
        return np.asarray(unit_rows(total[None])[0], dtype=np.float32)

    def _start(self) -> Any:
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._session = _open_network(self._manifest)
        return self._session


def _read_verified(manifest: Manifest, name: str) -> BytesIO:
    try:
        data = (manifest.folder / name).read_bytes()
    except OSError as error:
        raise EncoderError(f"encoder {NAME!r}: {name} cannot be read ({error}); install vitrine again") from error
    if hashlib.sha256(data).hexdigest() != manifest.files.get(name):
        raise EncoderError(f"encoder {NAME!r}: {name} is not the file its manifest names; install vitrine again")
    return BytesIO(data)


def _open_network(manifest: Manifest) -> Any:
    import onnxruntime

    graph = _read_verified(manifest, f"{NAME}.onnx").getvalue()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
