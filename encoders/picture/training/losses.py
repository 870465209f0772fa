"""What the network is asked for: views of one thing together, words near, classes apart, a teacher's opinion."""

import torch
import torch.nn.functional as F
from torch import Tensor

LOOK_TEMPERATURE = 0.1
MEANING_TEMPERATURE = 0.06


def same_thing_loss(look: Tensor, groups: Tensor) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020, L_out) of rows that share a group; InfoNCE where none do."""
    likeness = look @ look.T / LOOK_TEMPERATURE
    itself = torch.eye(len(look), dtype=torch.bool, device=look.device)
    likeness = likeness.masked_fill(itself, -1e9)
    positive = (groups[:, None] == groups[None, :]) & ~itself
    log_share = likeness - likeness.logsumexp(dim=1, keepdim=True)
    counts = positive.sum(dim=1)
    kept = counts > 0
    total = (log_share * positive).sum(dim=1)[kept] / counts[kept]
    return -total.mean()


def caption_loss(meaning: Tensor, captions: Tensor, wanted: Tensor) -> Tensor:
    """Softmax over all captions' vectors; `wanted` (n, captions) holds each picture's share of its own captions.

    Rows of `wanted` that are all zero (nothing is known of the picture) do not count.
    """
    known = wanted.sum(dim=1) > 0
    if not bool(known.any()):
        return meaning.sum() * 0
    scores = meaning[known] @ captions.T / MEANING_TEMPERATURE
    return -(F.log_softmax(scores, dim=1) * wanted[known]).sum(dim=1).mean()


def class_loss(scores: Tensor, classes: Tensor) -> Tensor:
    """Cross-entropy with smoothing .1; class -1 is unknown and does not count."""
    if not bool((classes >= 0).any()):
        return scores.sum() * 0
    return F.cross_entropy(scores, classes, ignore_index=-1, label_smoothing=0.1)


def opinion_loss(guess: Tensor, opinion: Tensor) -> Tensor:
    """One minus the cosine to the teacher's centred features; rows of zeros (no opinion) do not count."""
    known = opinion.abs().sum(dim=1) > 0
    if not bool(known.any()):
        return guess.sum() * 0
    return (1 - F.cosine_similarity(guess[known], opinion[known], dim=1)).mean()
