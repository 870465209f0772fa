"""What pictures made to be expensive cost: measured in a process of its own, as a server would feel it."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

MOST_MEGABYTES = 250
MOST_SECONDS = 3.0

DECODE = """
import pathlib, sys, time
from encoders.pictures_decoding import PictureError, decode_picture
from PIL import Image
Image.preinit(); Image.init()
def most_megabytes():  # of this program alone: the usual figure begins with what its parent held
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024
data = pathlib.Path(sys.argv[1]).read_bytes()
before, began = most_megabytes(), time.process_time()
try:
    said = "x".join(map(str, decode_picture(data, max_pixels=50_000_000).shape))
except PictureError as error:
    said = f"{error.kind}: {error}"
took = time.process_time() - began
print(most_megabytes() - before, took, said, sep="|")
"""


def cost_of(file: Path) -> tuple[float, float, str]:
    """Megabytes above idle, seconds of the processor, and what came of it."""
    done = subprocess.run(
        [sys.executable, "-c", DECODE, str(file)], capture_output=True, text=True, check=True, timeout=60
    )
    megabytes, seconds, said = done.stdout.strip().split("|")
    return float(megabytes), float(seconds), said


def write(file: Path, mode: str, size: tuple[int, int], form: str) -> None:
    options = {"compress_level": 1} if form == "PNG" else {"quality": 20, "method": 0} if form == "WEBP" else {}
    Image.new(mode, size).save(file, form, **options)


@pytest.mark.parametrize(
    ("mode", "form", "size", "outcome"),
    [
        ("RGB", "PNG", (8_000, 6_000), "546x728x3"),
        ("RGBA", "PNG", (8_000, 6_000), "546x728x3"),
        ("I;16", "PNG", (8_000, 6_000), "546x728x3"),
        ("P", "GIF", (8_000, 6_000), "546x728x3"),
        ("CMYK", "JPEG", (8_000, 6_000), "375x500x3"),
        ("RGBA", "WEBP", (4_000, 3_000), "500x667x3"),
        ("RGB", "WEBP", (5_000, 4_000), "too_large"),
        ("L", "PNG", (10_000, 10_000), "too_large"),
        ("L", "JPEG", (10_000, 10_000), "too_large"),
    ],
)
def test_a_huge_picture_costs_little_memory_and_time(
    tmp_path: Path, mode: str, form: str, size: tuple[int, int], outcome: str
) -> None:
    write(tmp_path / "huge", mode, size, form)
    megabytes, seconds, said = cost_of(tmp_path / "huge")
    assert said.startswith(outcome)
    assert megabytes < MOST_MEGABYTES
    assert seconds < MOST_SECONDS


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_ten_thousand_frames_cost_one(tmp_path: Path, form: str) -> None:
    frames = [Image.new("P", (8, 8), number % 2) for number in range(500 if form == "WEBP" else 10_000)]
    frames[0].save(tmp_path / "long", form, save_all=True, append_images=frames[1:], duration=20, optimize=False)
    megabytes, seconds, said = cost_of(tmp_path / "long")
    assert said == "8x8x3"
    assert megabytes < 50
    assert seconds < 1
