from hypothesis import given
from hypothesis import strategies as st

from encoders.text.batching import batches_by_length, pad


@given(st.lists(st.integers(1, 300), max_size=80), st.integers(16, 600))
def test_every_text_is_in_one_batch_and_padding_stays_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(batches_by_length(lengths, budget=budget))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[p] for p in batch) <= budget


def test_rows_are_padded_to_the_longest_and_masked() -> None:
    ids, mask = pad([[5, 6, 7], [8]], filler=9)
    assert ids.tolist() == [[5, 6, 7], [8, 9, 9]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
