"""Fine-tuning on a small shop of drawn things."""

from pathlib import Path

import numpy as np
import pytest

from encoders.encoder import EncoderError
from encoders.picture.finetuning import ShopPicture, fine_tune
from encoders.picture.training.drawing import draw, imagine
from encoders.registry import picture_encoder, text_encoder
from plugin_config.catalogue import EncoderChoice

pytest.importorskip("cv2", reason="fine-tuning needs the extra `training` (OpenCV)")
WORDS = text_encoder(EncoderChoice(model="minilm"))


def shop(products: int, views: int) -> list[ShopPicture]:
    randomness = np.random.default_rng(8)
    things = [imagine(randomness) for _ in range(products)]
    return [
        ShopPicture(str(number), draw(thing, randomness, side=80), thing.caption)
        for _ in range(views)
        for number, thing in enumerate(things)
    ]


def test_too_few_pictures_to_measure_on_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="12 products, 0 of them with three pictures"):
        fine_tune(shop(12, 2), tmp_path, WORDS)
    with pytest.raises(EncoderError, match="4 products"):
        fine_tune(shop(4, 3), tmp_path, WORDS)


def test_the_tuned_network_is_only_written_when_it_finds_more(tmp_path: Path) -> None:
    told: list[str] = []
    tuned = fine_tune(shop(12, 3), tmp_path / "mine", WORDS, minutes=0.03, tell=told.append)
    assert tuned.questions == 12
    assert len(told) == 2
    assert (tuned.folder is not None) == (tuned.after > tuned.before)
    assert (tmp_path / "mine").exists() == (tuned.folder is not None)
    assert not (tmp_path / "mine/checkpoint.pt").exists()
    if tuned.folder is not None:
        mine = picture_encoder(EncoderChoice(model=str(tuned.folder)))
        assert (
            mine.description.fingerprint
            != picture_encoder(EncoderChoice(model="vitrine-picture")).description.fingerprint
        )
