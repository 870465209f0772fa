"""The network that is trained and the graph that serves are one."""

import numpy as np
import onnx
import onnxruntime
import torch

from encoders.picture.framing import with_spare_channel
from encoders.picture.network_graph import write_network
from encoders.picture.training.finishing import find_finish, look_inside
from encoders.picture.training.losses import caption_loss, same_thing_loss
from encoders.picture.training.middles import find_middles
from encoders.picture.training.network import PictureNet
from encoders.picture.training.quantizing import quantize
from encoders.picture.training.refitting import refit_meaning


def test_the_onnx_graph_computes_what_torch_computes() -> None:
    torch.manual_seed(3)
    network = PictureNet().train()
    pictures = torch.randint(0, 256, (8, 64, 64, 3), dtype=torch.uint8)
    with torch.inference_mode():
        network(pictures.permute(0, 3, 1, 2).float())  # gives batch norm something to remember
        look, meaning = network.eval()(pictures.permute(0, 3, 1, 2).float())
    tensors = {n: t.numpy() for n, t in network.state_dict().items() if t.dtype.is_floating_point}
    session = onnxruntime.InferenceSession(write_network(tensors), providers=["CPUExecutionProvider"])
    served = session.run(None, {"pictures": with_spare_channel(pictures.numpy())})
    for mine, theirs in zip((look, meaning), served, strict=True):
        unit = theirs / np.linalg.norm(theirs, axis=1, keepdims=True)
        assert float((mine.numpy() * unit).sum(axis=1).min()) > 0.9999


def test_the_int8_graph_begins_at_bytes_and_agrees_with_the_exact_one() -> None:
    torch.manual_seed(4)
    tensors = {n: t.numpy() for n, t in PictureNet().state_dict().items() if t.dtype.is_floating_point}
    pictures = np.random.default_rng(3).integers(0, 256, (24, 64, 64, 3), dtype=np.uint8)
    exact = write_network(tensors)
    small = quantize(exact, pictures)
    kinds = [node.op_type for node in onnx.load_from_string(small).graph.node]
    assert "Sub" not in kinds
    sessions = (onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"]) for graph in (exact, small))
    one, other = (session.run(None, {"pictures": with_spare_channel(pictures)})[0] for session in sessions)
    assert float((one * other).sum(axis=1).min()) > 0.99


def test_middles_stand_for_what_the_training_pictures_mean() -> None:
    randomness = np.random.default_rng(9)
    kinds = np.eye(4, 16, dtype=np.float32)
    meanings = np.repeat(kinds, 40, axis=0) + randomness.normal(0, 0.05, (160, 16)).astype(np.float32)
    meanings /= np.linalg.norm(meanings, axis=1, keepdims=True)
    middles = find_middles(meanings).astype(np.float32) / 127
    assert middles.shape == (16, 16)
    assert float((kinds @ middles.T).max(axis=1).min()) > 0.95


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


def test_a_finished_look_has_its_share_of_texture_and_evens_out_the_training_pictures() -> None:
    torch.manual_seed(5)
    tensors = {n: t.numpy() for n, t in PictureNet().state_dict().items() if t.dtype.is_floating_point}
    pictures = np.random.default_rng(2).integers(0, 256, (24, 64, 64, 3), dtype=np.uint8)
    seen = look_inside(tensors, pictures, side=64)
    finish = find_finish(seen, np.zeros((0, 384), np.float32))
    graph = write_network({**tensors, **finish.tensors})
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    look, _ = session.run(None, {"pictures": with_spare_channel(pictures)})
    parts = [
        (inside - finish.tensors[f"finish.{name}.centre"]) @ finish.tensors[f"finish.{name}.spread"]
        for name, inside in (("look", seen.look), ("texture", seen.texture))
    ]
    joined = parts[0] + parts[1]
    np.testing.assert_allclose(look, joined / np.linalg.norm(joined, axis=1, keepdims=True), atol=2e-3)
    lengths = [float(np.linalg.norm(part, axis=1).mean()) for part in parts]
    assert lengths[1] < lengths[0]


def test_the_refitted_head_says_what_was_said_of_pictures_and_of_others_between_them() -> None:
    randomness = np.random.default_rng(6)
    way = randomness.normal(size=(512, 384)).astype(np.float32)
    trunk = np.abs(randomness.normal(size=(2000, 512))).astype(np.float32)
    said = (trunk - trunk.mean(axis=0)) @ way
    network = PictureNet()
    tensors = {n: t.numpy() for n, t in network.state_dict().items() if t.dtype.is_floating_point}
    refitted = refit_meaning(tensors, trunk[:1500], said[:1500], np.ones(1500, np.float32))
    network.load_state_dict({n: torch.from_numpy(values) for n, values in refitted.items()}, strict=False)
    with torch.inference_mode():
        guess = network.meaning(torch.from_numpy(trunk[1500:])).numpy()
    unit = guess / np.linalg.norm(guess, axis=1, keepdims=True)
    cosines = (unit * said[1500:]).sum(axis=1) / np.linalg.norm(said[1500:], axis=1)
    assert float(cosines.min()) > 0.9
