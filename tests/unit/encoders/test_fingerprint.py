from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from encoders.fingerprint import fingerprint, hash_files

PARTS = st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.none()))


@given(PARTS)
def test_a_fingerprint_is_twelve_hexadecimal_digits_whatever_the_order_of_its_parts(parts: dict[str, str]) -> None:
    backwards = dict(reversed(list(parts.items())))
    assert fingerprint(parts) == fingerprint(backwards)
    assert len(fingerprint(parts)) == 12
    int(fingerprint(parts), 16)


def test_any_changed_part_changes_the_fingerprint() -> None:
    first = {"weights": "a", "template": "{title}", "max_length": 256}
    marks = {fingerprint(first), fingerprint({**first, "max_length": 128}), fingerprint({**first, "template": "{id}"})}
    assert len(marks) == 3


def test_files_hash_alike_in_another_folder_and_differently_after_a_change(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.safetensors").write_bytes(b"weights")
    one, two = tmp_path / "one/model.safetensors", tmp_path / "two/model.safetensors"
    assert hash_files([one]) == hash_files([two])
    two.write_bytes(b"other weights")
    assert hash_files([one]) != hash_files([two])
