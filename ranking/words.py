"""Words in a text of any script."""

import unicodedata


def words_apart(text: str, *, signs: str = "") -> str:
    """The words with one space between them: letters, digits, `_`, the given signs, and the marks that belong to letters.

    In Hindi, Thai and others vowels are marks: without them different words would be one.
    """
    return " ".join("".join(c if _is_of_word(c, signs) else " " for c in text).split())


def _is_of_word(character: str, signs: str) -> bool:
    return (
        character.isalnum()
        or character == "_"
        or character in signs
        or (not character.isascii() and unicodedata.category(character).startswith("M"))
    )
