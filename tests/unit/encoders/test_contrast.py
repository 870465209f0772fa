"""The losses that sentence models are fine-tuned with."""

import torch

from encoders.text.contrast import contrastive, triplet


def rows(*angles: float) -> torch.Tensor:
    return torch.stack([torch.tensor([a, 1.0]) / (a * a + 1) ** 0.5 for a in angles])


def nobody(questions: int, answers: int) -> torch.Tensor:
    return torch.zeros(questions, answers, dtype=torch.bool)


def test_the_right_answer_nearest_costs_less_than_a_wrong_one_nearest() -> None:
    questions = rows(0.0, 2.0)
    for loss in (contrastive, triplet):
        good, bad = (loss(questions, rows(*a), nobody(2, 2)) for a in ((0.1, 2.1), (2.1, 0.1)))
        assert float(good) < float(bad)


def test_a_hard_wrong_answer_costs() -> None:
    questions = rows(0.0, 5.0)
    for loss in (contrastive, triplet):
        alone = loss(questions, rows(0.3, 5.0), nobody(2, 2))
        beside = loss(questions, rows(0.3, 5.0, 0.0), nobody(2, 3))
        assert float(beside) > float(alone)


def test_another_answer_to_the_same_question_is_no_wrong_one() -> None:
    questions = rows(0.0, 5.0)
    spared = nobody(2, 3)
    spared[:, 2] = True
    for loss in (contrastive, triplet):
        assert float(loss(questions, rows(0.3, 5.0, 0.0), spared)) == float(
            loss(questions, rows(0.3, 5.0), nobody(2, 2))
        )
