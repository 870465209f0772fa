import re
from pathlib import Path

import pytest

from plugin_config.catalogue import Language, parse_catalogue, read_catalogue
from plugin_config.errors import ConfigurationError

MINIMAL = "name: tea\ntext: {title: 3, note: 1}\n"


def parse(extra: str = ""):
    return parse_catalogue(MINIMAL + extra, origin="tea.yaml")


def test_a_bare_number_is_a_fields_weight():
    assert parse().text["title"].weight == 3


def test_the_title_is_the_heaviest_text_field_unless_a_role_names_it():
    assert parse().title_field == "title"
    assert parse("roles: {title: note}\n").title_field == "note"


def test_a_field_may_have_a_language_of_its_own():
    catalogue = parse_catalogue(
        "name: tea\ntext: {title: 3, title_zh: {weight: 3, language: chinese}}\n", origin="tea.yaml"
    )
    assert catalogue.language_of("title_zh") is Language.CHINESE
    assert catalogue.language_of("title") is Language.ENGLISH


def test_wildcard_fields_are_searched_but_not_counted_as_facets():
    assert parse("keyword: [brand, attr_*]\n").facet_fields == ("brand",)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (MINIMAL + "colour: [x]\n", "tea.yaml: colour"),
        (MINIMAL + "roles: {price: cost}\n", "roles.price"),
        (MINIMAL + "keyword: [a]\nnumber: [a]\n", "two types: a"),
        (MINIMAL + "facets: [ghost]\n", "'ghost' is not a keyword"),
        ("name: Tea Shop\ntext: {title: 1}\n", "tea.yaml: name"),
        ("name: tea\ntext: {}\n", "at least one searched field"),
        ("name: tea\ntext: {title: -1}\n", "text.title"),
        ("- a\n- b\n", "a catalogue is a mapping"),
        ("name: [\n", "not readable as YAML"),
        (MINIMAL + "policies: {mine: {weights: {keyword: 2}}}\n", "between 0 and 1"),
        (MINIMAL + "policies: {mine: {weights: {keyword: 1}, normalizer: loud}}\n", "unknown normalizer 'loud'"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_its_file_and_key(text: str, complaint: str):
    with pytest.raises(ConfigurationError, match=re.escape("tea.yaml")) as caught:
        parse_catalogue(text, origin="tea.yaml")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: a\ntext: {title: high}", "text.title: a field to search wants its weight, such as 2"),
        ("name: a\ntext: [title]", "text: keys with values belong here"),
        ("name: a\ntext: {title: 1}\nkeyword: brand", "keyword: a list belongs here"),
        ("name: a\ntext: {title: 1}\nencoders: minilm", "encoders: keys with values belong here"),
        ("name: [a]\ntext: {title: 1}", "name: a text belongs here"),
    ],
)
def test_a_value_of_a_wrong_kind_is_told_in_plain_words(text: str, complaint: str):
    with pytest.raises(ConfigurationError) as caught:
        parse_catalogue(text, origin="shop.yaml")
    assert f"shop.yaml: {complaint}" in str(caught.value)
    assert "instance" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=re.escape("ghost.yaml")):
        read_catalogue(tmp_path / "ghost.yaml")


def test_a_catalogue_survives_the_way_through_json():
    catalogue = parse("keyword: [brand]\npolicies: {mine: {weights: {keyword: 1}, normalizer: rrf(k=10)}}\n")
    assert type(catalogue).model_validate_json(catalogue.model_dump_json()) == catalogue
