"""Compile the kernels for this machine and keep them, so that nobody's first search waits for it:

python -m encoders.text.compiled
"""

import sys
import time

import numpy as np

from encoders.text.compiled.engine import has_wide_vectors
from encoders.text.compiled.instructions import PANEL
from encoders.text.compiled.kernels import Bert, forward


def main() -> None:
    if not has_wide_vectors():
        sys.stdout.write("this CPU has no AVX-512: ONNX Runtime serves, nothing is compiled\n")
        return
    began = time.monotonic()
    panels, rows = np.zeros((1, 1, 1, PANEL), dtype=np.uint32), np.zeros((1, PANEL), dtype=np.float32)
    smallest = Bert(
        words=rows[:, :2].copy(), places=rows[:, :2].copy(), norms=np.ones((3, 2, 2), dtype=np.float32),
        joined=panels, joined_bias=rows, mixed=panels, mixed_bias=rows, up=panels, up_bias=rows, down=panels,
        down_bias=rows, heads=1, epsilon=1e-12,
    )  # fmt: skip
    one = np.zeros(1, dtype=np.int64)
    forward(one, one, np.array([0, 1], dtype=np.int64), smallest, np.zeros((1, PANEL), dtype=np.float32))
    sys.stdout.write(f"the text encoder's kernels are ready ({time.monotonic() - began:.1f} s)\n")


if __name__ == "__main__":
    main()
