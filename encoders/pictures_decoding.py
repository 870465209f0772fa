"""Bytes from strangers to a picture that an encoder can read, without trusting a single one of them.

PictureError    a picture cannot be had; `kind` says which of the reasons in PictureProblem
"""

import math
from enum import StrEnum
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from encoders.encoder import Picture
from plugin_config.errors import VitrineError

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
LONGEST_SIDE: Final = 768

# The decoder of WebP keeps several copies of the whole picture at a time, which no other does.
WEBP_PIXELS: Final = 14_000_000
_STRIP: Final = 64  # rows of the reduced picture

_ORIENTATION_TAG: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PictureProblem(StrEnum):
    """Why a picture cannot be had. `is_transient`: trying later may help."""

    MISSING = "missing"
    REFUSED_PATH = "refused_path"
    REFUSED_ADDRESS = "refused_address"
    UNREADABLE_REFERENCE = "unreadable_reference"
    TOO_LARGE = "too_large"
    NOT_A_PICTURE = "not_a_picture"
    TRUNCATED = "truncated"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    PLACEHOLDER = "placeholder"

    @property
    def is_transient(self) -> bool:
        return self in (PictureProblem.TIMEOUT, PictureProblem.UNREACHABLE)


class PictureError(VitrineError):
    """A picture cannot be had; the message names the picture and the next step."""

    code = "picture"
    status = 422

    def __init__(self, kind: PictureProblem, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def too_many_bytes(name: str, max_bytes: int) -> PictureError:
    """The error for a picture whose file is larger than allowed."""
    return PictureError(
        PictureProblem.TOO_LARGE,
        f"{name}: more than the {max_bytes} bytes allowed; give a smaller picture or raise VITRINE_PICTURE_MAX_BYTES",
    )


def decode_picture(
    data: bytes, *, max_pixels: int, longest_side: int | None = None, name: str = "the picture"
) -> Picture:
    """The first frame, upright, on white, at most `longest_side` pixels long: height × width × 3, uint8, RGB.

    Without a `longest_side` a picture is divided by a whole number until it has at most LONGEST_SIDE pixels and more than
    half of them: enough for every encoder, and much less work. The size in the header is checked against `max_pixels`
    before a pixel is decoded, and large JPEGs are decoded at a fraction of their size. Raises PictureError; `name` is how
    its message calls the picture.
    """
    with _open(data, name=name) as image:
        is_webp = image.format == "WEBP"
        allowed = min(max_pixels, WEBP_PIXELS) if is_webp else max_pixels
        if image.width * image.height > allowed:
            way_out = "or send it as JPEG" if is_webp else "or raise VITRINE_PICTURE_MAX_PIXELS"
            raise PictureError(
                PictureProblem.TOO_LARGE,
                f"{name}: {image.width} × {image.height} pixels are more than the {allowed} allowed; "
                f"give a smaller picture {way_out}",
            )
        orientation = _orientation(image)
        pixels = _decoded(image, longest_side, name=name)
    upright = _UPRIGHT.get(orientation)
    return np.asarray(pixels if upright is None else pixels.transpose(upright), dtype=np.uint8)


def _open(data: bytes, *, name: str) -> Image.Image:
    if not data:
        raise PictureError(PictureProblem.NOT_A_PICTURE, f"{name}: it holds no bytes; choose another picture")
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise PictureError(
            PictureProblem.NOT_A_PICTURE, f"{name}: not a JPEG, PNG, WebP or GIF picture; convert it to one of these"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(
            PictureProblem.TOO_LARGE, f"{name}: a decompression bomb, refused unread: {error}; give a smaller picture"
        ) from error
    except Exception as error:  # a parser fed with hostile bytes may raise anything
        raise _damaged(name, error) from error


def _decoded(image: Image.Image, longest_side: int | None, *, name: str) -> Image.Image:
    """Pixels as RGB on white, reduced first and flattened after, so that the big copy exists only once."""
    try:
        enough = longest_side or LONGEST_SIDE // 2 + 1
        share = max(1.0, max(image.size) / enough)
        # JPEG only: decode at 1/2, 1/4 or 1/8 of the size
        image.draft("RGB", (math.ceil(image.width / share), math.ceil(image.height / share)))
        image.load()
        if longest_side is None:
            reduced = _coarse(image, math.ceil(max(image.size) / LONGEST_SIDE))
        else:
            reduced = _coarse(image, max(image.size) // (2 * longest_side))
            reduced.thumbnail((longest_side, longest_side), Image.Resampling.BICUBIC, reducing_gap=2.0)
        if reduced.mode != "RGBA":
            return reduced
        flat = Image.new("RGB", reduced.size, "white")
        flat.paste(reduced, mask=reduced.getchannel("A"))
    except Exception as error:  # a decoder fed with hostile bytes may raise anything
        raise _damaged(name, error) from error
    return flat


def _coarse(image: Image.Image, factor: int) -> Image.Image:
    """In true colour and `factor` times smaller, strip by strip: the large picture is never there twice."""
    if factor < 2:
        return _true_colour(image)
    width, height = image.size
    parts = [
        _true_colour(image.crop((0, top, width, min(height, top + _STRIP * factor)))).reduce(factor)
        for top in range(0, height, _STRIP * factor)
    ]
    whole = Image.new(parts[0].mode, (parts[0].width, sum(part.height for part in parts)))
    for number, part in enumerate(parts):
        whole.paste(part, (0, number * _STRIP))
    return whole


def _true_colour(image: Image.Image) -> Image.Image:
    """The frame as RGB, or as RGBA where something shines through; a copy in any case."""
    if image.mode.startswith("I"):  # 16 bits of grey: keep the upper 8, where Pillow would clip
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.copy() if image.mode == "RGB" else image.convert("RGB")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # noqa: BLE001  damaged EXIF says nothing about the pixels: the picture is taken as it lies
        return 1


def _damaged(name: str, error: Exception) -> PictureError:
    return PictureError(
        PictureProblem.TRUNCATED, f"{name}: cut off or damaged ({error or type(error).__name__}); send it again whole"
    )
