"""The network that is trained and the graph that serves are one."""

import numpy as np
import onnxruntime
import torch

from encoders.picture.network_graph import write_network
from encoders.picture.training.losses import caption_loss, same_thing_loss
from encoders.picture.training.network import PictureNet


def test_the_onnx_graph_computes_what_torch_computes() -> None:
    torch.manual_seed(3)
    network = PictureNet().train()
    pictures = torch.randint(0, 256, (8, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        network(pictures.permute(0, 3, 1, 2).float())  # gives batch norm something to remember
        look, meaning = network.eval()(pictures.permute(0, 3, 1, 2).float())
    tensors = {n: t.numpy() for n, t in network.state_dict().items() if t.dtype.is_floating_point}
    session = onnxruntime.InferenceSession(write_network(tensors), providers=["CPUExecutionProvider"])
    served = session.run(None, {"pictures": pictures.numpy()})
    for mine, theirs in zip((look, meaning), served, strict=True):
        unit = theirs / np.linalg.norm(theirs, axis=1, keepdims=True)
        assert float((mine.numpy() * unit).sum(axis=1).min()) > 0.9999


def test_views_of_one_thing_together_cost_less_than_apart() -> None:
    together = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    apart = together[[0, 2, 1, 3]]
    groups = torch.tensor([5, 5, 9, 9])
    assert same_thing_loss(together, groups) < same_thing_loss(apart, groups)


def test_pictures_of_which_nothing_is_known_do_not_count_for_captions() -> None:
    captions = torch.eye(3)
    meaning = torch.tensor([[1.0, 0, 0], [0, 0, 1]])
    known = caption_loss(meaning[:1], captions, torch.tensor([[1.0, 0, 0]]))
    both = caption_loss(meaning, captions, torch.tensor([[1.0, 0, 0], [0, 0, 0]]))
    assert torch.isclose(known, both)
    assert float(caption_loss(meaning, captions, torch.zeros(2, 3))) == 0
