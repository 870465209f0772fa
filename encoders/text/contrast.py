"""Two towers with shared weights, and the losses that pull a question to its answer and away from others.

contrastive: cross entropy of the right answer among all answers of the batch and the hard ones, both ways (InfoNCE,
van den Oord et al., 2018); what answers the same question or shows the same product is no wrong answer.
triplet: the right answer must be nearer than the hardest wrong one by a margin (Schroff et al., 2015).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from encoders.text.batching import pad
from encoders.text.recipe import TextRecipe
from encoders.text.tokenizing import load_tokenizer
from encoders.torch_loading import load_model

_LONGEST: Final = 96  # tokens while learning: what comes later in a text costs most and teaches least
_TEMPERATURE: Final = 0.05
_MARGIN: Final = 0.2
_WARM_UP: Final = 0.1


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, the product that answers it, and the words of that product. Both sides may be products."""

    question: str
    product: str
    answer: str


@dataclass(frozen=True, slots=True)
class Course:
    """How to learn. `loss`: contrastive or triplet; `passes`: over all pairs at most.

    `blend`: share of the learned weights in what is kept, the rest is the model as it was; below 1 it forgets less of
    what the shop's words do not show (Wortsman et al., 2022).
    """

    minutes: float
    loss: str = "contrastive"
    batch: int = 24
    passes: int = 6
    learning_rate: float = 3e-5
    blend: float = 0.5
    seed: int = 5


class Tower:
    """A sentence model that learns. Word embeddings stay as they are: a shop has too few words to move them well."""

    def __init__(self, recipe: TextRecipe, device: str) -> None:
        self.recipe = recipe
        self.model: Any = load_model(recipe.folder, device, torch.float32, idle=recipe.idle_weights)
        self._device = device
        self._tokens = load_tokenizer(recipe.folder, max_length=min(recipe.max_length, _LONGEST))
        for parameter in self.model.get_input_embeddings().parameters():
            parameter.requires_grad_(False)

    def questions(self, texts: Sequence[str]) -> Tensor:
        return self._embed([self.recipe.query_prefix + text for text in texts])

    def answers(self, texts: Sequence[str]) -> Tensor:
        return self._embed([self.recipe.document_prefix + text for text in texts])

    def _embed(self, texts: Sequence[str]) -> Tensor:
        """Unit rows, shape (len(texts), dimension), as the encoder that serves makes them."""
        ids, mask = (torch.from_numpy(part).to(self._device) for part in pad(self._tokens(texts), filler=self._filler))
        out = self.model(input_ids=ids, attention_mask=mask)
        pooled = self._pool(out, mask)[:, : self.recipe.dimension]
        return functional.normalize(pooled.float(), dim=1)

    def _pool(self, out: Any, mask: Tensor) -> Tensor:
        hidden: Tensor = out.last_hidden_state
        match self.recipe.pooling:
            case "pooler":
                pooled: Tensor = out.pooler_output
                return pooled
            case "last":
                return hidden[torch.arange(len(hidden)), mask.sum(dim=1) - 1]
            case "cls":
                return hidden[:, 0]
        weights = mask[:, :, None].to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)

    @property
    def _filler(self) -> int:
        return self._tokens.filler


def learn(
    tower: Tower,
    pairs: Sequence[Pair],
    hard: Sequence[Sequence[Pair]],
    course: Course,
    *,
    on_progress: Callable[[float], None],
) -> int:
    """Teach the tower in place; `hard[k]` are pairs whose answers look right to pair k and are not.

    Ends after the course's minutes or passes, or with what it has on KeyboardInterrupt. `on_progress` gets the share
    done. Returns the number of steps.
    """
    torch.manual_seed(course.seed)
    learning = [p for p in tower.model.parameters() if p.requires_grad]
    before = [p.detach().clone() for p in learning]
    optimizer = torch.optim.AdamW(learning, lr=course.learning_rate, weight_decay=0.01)
    size = min(course.batch, len(pairs))
    last = max(1, course.passes * (len(pairs) // size))
    began, steps = time.monotonic(), 0
    tower.model.train()
    try:
        for batch, wrong in _batches(pairs, hard, size, np.random.default_rng(course.seed)):
            done = max(steps / last, (time.monotonic() - began) / (course.minutes * 60))
            on_progress(min(done, 1.0))
            if done >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = course.learning_rate * _schedule(done)
            loss = _loss(tower, batch, wrong, course.loss)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learning, 1.0)
            optimizer.step()
            steps += 1
    except KeyboardInterrupt:
        pass  # the promise: what is learned so far goes to the gate
    tower.model.eval()
    with torch.no_grad():
        for now, then in zip(learning, before, strict=True):
            now.lerp_(then, 1 - course.blend)
    return steps


def _batches(
    pairs: Sequence[Pair], hard: Sequence[Sequence[Pair]], size: int, dice: np.random.Generator
) -> Iterator[tuple[list[Pair], list[Pair]]]:
    """Without end: `size` pairs and a hard wrong answer for each that has one; all pairs before one comes again."""
    order = np.zeros(0, dtype=np.int64)
    while True:
        if len(order) < size:
            order = dice.permutation(len(pairs))
        chosen, order = order[:size], order[size:]
        yield [pairs[k] for k in chosen], [hard[k][int(dice.integers(len(hard[k])))] for k in chosen if hard[k]]


def _schedule(done: float) -> float:
    return max(0.05, done / _WARM_UP) if done < _WARM_UP else (1 - done) / (1 - _WARM_UP)


def _loss(tower: Tower, pairs: Sequence[Pair], wrong: Sequence[Pair], kind: str) -> Tensor:
    questions = tower.questions([pair.question for pair in pairs])
    answers = tower.answers([pair.answer for pair in (*pairs, *wrong)])
    alike = _alike(pairs, wrong).to(answers.device)
    return triplet(questions, answers, alike) if kind == "triplet" else contrastive(questions, answers, alike)


def contrastive(questions: Tensor, answers: Tensor, alike: Tensor) -> Tensor:
    """Row k of `answers` answers row k of `questions`; further rows are wrong for all that `alike` does not name.

    `questions` (n, d) and `answers` (m ≥ n, d): unit rows; `alike` (n, m): true where neither right nor wrong.
    """
    scores = (questions @ answers.T / _TEMPERATURE).masked_fill(alike, float("-inf"))
    right = torch.arange(len(questions), device=scores.device)
    back = scores[:, : len(questions)].T
    return (functional.cross_entropy(scores, right) + functional.cross_entropy(back, right)) / 2


def triplet(questions: Tensor, answers: Tensor, alike: Tensor) -> Tensor:
    """As contrastive, with the hardest wrong answer of each question and a margin of cosine."""
    scores = questions @ answers.T
    right = scores.diagonal()
    itself = torch.eye(*scores.shape, dtype=torch.bool, device=scores.device)
    hardest = scores.masked_fill(alike | itself, -1.0).max(dim=1).values
    return functional.relu(_MARGIN - right + hardest).mean()


def _alike(pairs: Sequence[Pair], wrong: Sequence[Pair]) -> Tensor:
    answers = [*pairs, *wrong]
    rows = [
        [k != n and (a.product == q.product or a.question == q.question) for n, a in enumerate(answers)]
        for k, q in enumerate(pairs)
    ]
    return torch.tensor(rows, dtype=torch.bool).reshape(len(pairs), len(answers))
