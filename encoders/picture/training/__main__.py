"""Train the built-in picture encoder: prepare the pictures once, then train, or go on from the last checkpoint."""

import argparse
from pathlib import Path

import torch

from encoders.picture.training.loop import Recipe, resume, start, train
from encoders.picture.training.material import gather
from encoders.picture.training.preparation import prepare
from encoders.picture.training.shelves import find_shelves
from encoders.picture.training.teacher import write_opinions
from encoders.registry import text_encoder
from encoders.torch_loading import pick_device
from plugin_config.catalogue import EncoderChoice

_DATA = Path("../shared/data")


def main() -> None:
    asked = _parse()
    torch.set_num_threads(asked.threads)
    device = pick_device(asked.device)
    recipe = Recipe(minutes=asked.minutes, seed=asked.seed)
    prepare(asked.pack, asked.grocery, asked.work, seed=recipe.seed)
    write_opinions(asked.teacher, asked.work, asked.threads)
    find_shelves(asked.teacher, asked.grocery, asked.work, asked.threads)
    encoder = text_encoder(EncoderChoice(model="minilm"))
    material = gather(asked.work, asked.grocery, encoder, seed=recipe.seed)
    print(f"{len(material.trained)} photographs and {len(material.drawn)} drawn things on {device}", flush=True)
    state = start(material, recipe, device)
    checkpoint = asked.work / "checkpoint.pt"
    if checkpoint.is_file():
        resume(state, checkpoint)
        print(f"going on after {state.seconds / 60:.1f} minutes", flush=True)
    train(state, material, recipe, checkpoint, device)
    print(f"trained {state.steps} steps; export with: python -m encoders.picture.training.export", flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, default=_DATA / "image-training-pack", help="the training photographs")
    parser.add_argument("--grocery", type=Path, default=_DATA / "grocery-store", help="names of the grocery classes")
    teacher = _DATA.parent / "models/mobilenet-v2-imagenet/mobilenet_v2_dequantised.npz"
    parser.add_argument("--teacher", type=Path, default=teacher, help="the teacher's weights")
    parser.add_argument("--work", type=Path, default=Path("scratch/picture"), help="for views and checkpoints")
    parser.add_argument("--minutes", type=float, default=55.0, help="training time, resumed runs together")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
