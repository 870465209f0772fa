import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from plugin_config.errors import ConfigurationError
from plugin_config.policy import BUILT_IN, Normalizer, RankingPolicy, SubQueryKind, read_policy


@pytest.mark.parametrize("text", ["min_max", "l2", "z_score", "rrf(k=60)", "rrf(k=7)"])
def test_a_normalizer_is_parsed_from_the_text_it_prints(text: str):
    assert str(Normalizer.model_validate(text)) == text


def test_policies_are_values():
    policy = BUILT_IN["hybrid"]
    assert policy == RankingPolicy.model_validate_json(policy.model_dump_json())
    with pytest.raises(ValidationError):
        policy.candidates = 5  # type: ignore[misc]


def test_weights_of_a_request_win_over_the_policys():
    policy = BUILT_IN["hybrid"].with_weights({SubQueryKind.KEYWORD: 0.1})
    assert policy.weights[SubQueryKind.KEYWORD] == 0.1
    assert policy.weights[SubQueryKind.TEXT_VECTOR] == BUILT_IN["hybrid"].weights[SubQueryKind.TEXT_VECTOR]


def test_a_policy_file_takes_its_name_from_the_file(tmp_path: Path):
    path = tmp_path / "bold.yaml"
    path.write_text("weights: {keyword: 1}\nnormalizer: rrf(k=20)\n")
    assert read_policy(path).name == "bold"


@pytest.mark.parametrize(
    "text", ["weights: {keyword: 0}\n", "weights: {smell: 1}\n", "[]\n", "weights: {keyword: 1}\nspeed: 3\n"]
)
def test_a_wrong_policy_file_is_refused_by_name(tmp_path: Path, text: str):
    path = tmp_path / "bold.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=re.escape("bold.yaml")):
        read_policy(path)
