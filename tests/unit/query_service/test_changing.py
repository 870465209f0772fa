"""Words that change a picture, told from words to search for."""

import pytest

from query_service.changing import with_change
from query_service.messages import SearchRequest

PICTURE = {"uri": "data:image/png;base64,AA=="}


def asked(text: str, *pictures: dict) -> SearchRequest:
    return with_change(SearchRequest.model_validate({"text": text, "images": list(pictures)}))


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("but in blue", "in blue"),
        ("The same, but with long sleeves", "with long sleeves"),
        ("this but red", "red"),
        ("换成蓝色", "蓝色"),
    ],
)
def test_such_words_go_to_the_picture(text: str, change: str) -> None:
    request = asked(text, PICTURE)
    assert request.text is None
    assert [image.but for image in request.images] == [change]


@pytest.mark.parametrize("text", ["blue dress", "butter dish", "everything but the girl", "same"])
def test_other_words_are_searched_for(text: str) -> None:
    request = asked(text, PICTURE)
    assert request.text == text
    assert request.images[0].but is None


def test_without_a_picture_there_is_nothing_to_change() -> None:
    assert asked("but in blue").text == "but in blue"


def test_pictures_of_what_is_not_wanted_stay_as_they_are() -> None:
    request = asked("but in blue", PICTURE, PICTURE | {"weight": -1})
    assert [image.but for image in request.images] == ["in blue", None]
