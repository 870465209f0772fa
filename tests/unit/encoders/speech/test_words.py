"""The words of a shop: how they are said, and which follow each other."""

import math

import pytest

from encoders.speech.language_model import arpa_text
from encoders.speech.letters import sound_out
from encoders.speech.numbers import spoken_number
from encoders.speech.pronouncing import Pronouncer, english
from encoders.speech.sphinx import could_be_meant
from encoders.speech.vocabulary import SpokenPhrases, words_of

SMALL = {
    "crew": ("K R UW",),
    "neck": ("N EH K",),
    "dress": ("D R EH S",),
    "fifty": ("F IH F T IY",),
    "five": ("F AY V",),
    "x": ("EH K S",),
    "l": ("EH L",),
    "a": ("AH",),
    "a.": ("EY",),
}


@pytest.mark.parametrize(
    ("word", "way"),
    [
        ("crew", "K R UW"),
        ("crewneck", "K R UW N EH K"),
        ("dress's", "D R EH S IH Z"),
        ("necks", "N EH K S"),
        ("crews", "K R UW Z"),
        ("55", "F IH F T IY F AY V"),
        ("xl", "EH K S EH L"),
        ("5xl", "F AY V EH K S EH L"),
    ],
)
def test_words_are_said_by_dictionary_parts_letters_and_numbers(word: str, way: str) -> None:
    assert Pronouncer(SMALL).ways(word)[0] == way


@pytest.mark.parametrize(
    ("text", "is_offered"),
    [
        ("wool sweaters", True),
        ("wool sweater", False),
        ("wool sweater in", False),
        ("wool sweater in in", False),
        ("wool wool sweater", False),
        ("sweater of wool", True),
    ],
)
def test_breath_behind_the_words_is_no_other_reading(text: str, is_offered: bool) -> None:
    assert could_be_meant(text, "wool sweater") is is_offered


def test_what_no_english_mouth_can_say_has_no_way() -> None:
    assert Pronouncer(SMALL).ways("靠垫") == ()
    assert Pronouncer(SMALL).ways("ⅷ") == ()


@pytest.mark.parametrize(
    ("word", "way"), [("bikram", "B IH K R AE M"), ("hoodie", "HH UW D IY"), ("zumba", "Z AH M B AH")]
)
def test_unknown_words_are_sounded_out_letter_by_letter(word: str, way: str) -> None:
    said = (sound_out(word) or "").split()
    assert len(said) == len(way.split())
    assert sum(a == b for a, b in zip(said, way.split(), strict=True)) >= len(said) - 1


def test_the_english_dictionary_is_there() -> None:
    assert english()["bag"] == ("B AE G",)
    assert len(english()) > 100_000


@pytest.mark.parametrize(
    ("digits", "words"),
    [("0", "zero"), ("17", "seventeen"), ("55", "fifty five"), ("500", "five hundred"), ("2024", "twenty twenty four"),
     ("1050", "one thousand fifty"), ("128000", "one hundred twenty eight thousand"), ("007", "zero zero seven")],
)  # fmt: skip
def test_numbers_are_said_as_people_say_them(digits: str, words: str) -> None:
    assert " ".join(spoken_number(digits)) == words


def test_words_lose_case_accents_marks_and_hyphens() -> None:
    assert words_of("Café-Set, Full‐Zip LumaTech™ Get’r") == ("cafe", "set", "full", "zip", "lumatech", "get'r")


def test_phrases_add_up_and_are_the_same_in_any_order() -> None:
    one = SpokenPhrases.counted([("Red Mug", 1), ("red mug", 2), ("vase", 0.5)])
    other = SpokenPhrases.counted([("vase", 0.5), ("red mug", 3)])
    assert one.phrases == (("red mug", 3.0), ("vase", 0.5))
    assert one.fingerprint == other.fingerprint
    assert one.words == ("mug", "red", "vase")


def test_the_model_gives_every_history_a_whole_distribution() -> None:
    probabilities, backoffs = read_arpa(arpa_text([(("red", "mug"), 3.0), (("red", "vase"), 1.0), (("lamp",), 1.0)]))
    words = [gram[0] for gram in probabilities if len(gram) == 1 and gram != ("<s>",)]

    def probability(word: str, history: tuple[str, ...]) -> float:
        if (*history, word) in probabilities:
            return float(probabilities[(*history, word)])
        return float(backoffs.get(history, 1.0)) * probability(word, history[1:])

    for history in [(), ("<s>",), ("red",), ("<s>", "red"), ("red", "mug")]:
        assert math.fsum(probability(word, history) for word in words) == pytest.approx(1.0, abs=0.01)
    assert probability("mug", ("<s>", "red")) > probability("vase", ("<s>", "red"))


def read_arpa(text: str) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    probabilities: dict[tuple[str, ...], float] = {}
    backoffs: dict[tuple[str, ...], float] = {}
    for line in text.splitlines():
        cells = line.split("\t")
        if len(cells) > 1:
            gram = tuple(cells[1].split())
            probabilities[gram] = 10 ** float(cells[0])
            if len(cells) > 2:
                backoffs[gram] = 10 ** float(cells[2])
    return probabilities, backoffs


def test_nothing_to_say_makes_no_model() -> None:
    assert arpa_text([]) == ""
