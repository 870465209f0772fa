"""How fast pictures become vectors: one JPEG's bytes on one core, and many files on several.

python -m benchmarks.pictures.speed ../shared/data/magento-luma/images --encoder vitrine-picture
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from encoders.encoder import Vectors
from encoders.pictures_decoding import decode_picture
from encoders.registry import picture_encoder
from encoders.runtime import Runtime
from plugin_config.catalogue import EncoderChoice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--encoder", default="vitrine-picture")
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    files = sorted(path for path in asked.folder.rglob("*") if path.suffix in {".jpg", ".png", ".webp"})[
        : asked.pictures
    ]
    encoder = picture_encoder(EncoderChoice(model=asked.encoder), runtime=Runtime(threads=1))
    encoder.load()

    def encode(path: Path) -> Vectors:
        return encoder.encode_pictures([decode_picture(path.read_bytes(), max_pixels=50_000_000, name=path.name)])

    encode(files[0])
    walls, cores = [], []
    for path in files:
        wall, core = time.perf_counter(), time.thread_time()
        encode(path)
        walls.append((time.perf_counter() - wall) * 1000)
        cores.append((time.thread_time() - core) * 1000)
    walls.sort()
    cores.sort()
    middle = len(files) // 2
    print(f"bytes to vector, one core: {walls[middle]:.2f} ms p50, {walls[len(files) // 10]:.2f} ms p10 wall")
    print(f"                           {cores[middle]:.2f} ms p50 of the core's own time")
    start = time.perf_counter()
    with ThreadPoolExecutor(asked.threads) as pool:
        for _ in pool.map(encode, files):
            pass
    print(f"from files, {asked.threads} threads: {len(files) / (time.perf_counter() - start):.0f} pictures/s wall")


if __name__ == "__main__":
    main()
