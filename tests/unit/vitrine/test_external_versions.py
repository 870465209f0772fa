"""Which OpenSearch of the user's own will do."""

import pytest

from vitrine.stack.errors import StackError
from vitrine.stack.external import require_version


@pytest.mark.parametrize("version", ["3.1.0", "3.6.0", "10.0.0"])
def test_an_opensearch_that_groups_variants_will_do(version: str) -> None:
    require_version("https://search.example.com:9200", version)


@pytest.mark.parametrize("version", ["1.3.20", "2.19.2", "3.0.0"])
def test_an_older_opensearch_is_refused_in_one_line_with_the_next_step(version: str) -> None:
    with pytest.raises(StackError) as refused:
        require_version("https://search.example.com:9200", version)
    told = str(refused.value)
    assert "\n" not in told
    assert told.startswith(f"OpenSearch at https://search.example.com:9200 is version {version}; ")
    assert "3.1 or newer. Update it" in told
