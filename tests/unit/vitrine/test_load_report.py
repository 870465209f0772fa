"""What loading a feed and waiting for its vectors says."""

import pytest

from indexer.loading import LoadReport
from indexer.progress import EnrichmentProgress
from mappings.fields import EnrichmentStatus
from plugin_config.catalogue import Catalogue
from vitrine.commands._load_report import load_report
from vitrine.commands.index import what_is_awaited


@pytest.mark.parametrize(
    ("encoders", "said"),
    [
        ({}, "3 products get their vectors in the background; they are searchable now"),
        (
            {"text": None, "picture": None},
            "3 products are searchable by their words; the catalogue has no encoders, so there are no vectors",
        ),
    ],
)
def test_vectors_are_promised_only_where_an_encoder_makes_them(encoders: dict[str, None], said: str) -> None:
    catalogue = Catalogue(name="shop", text={"title": 1}, encoders=encoders)
    assert load_report(catalogue, LoadReport(queued=3), None, rejects=None, as_json=False)[-1] == said


def test_waiting_for_what_is_tried_again_says_what_it_waits_for_and_how_to_go_on_without() -> None:
    resting = EnrichmentProgress("shop", {EnrichmentStatus.PARTIAL: 1_200, EnrichmentStatus.DONE: 5}, retrying=1_200)
    assert "1,200 products are tried again" in what_is_awaited(resting)
    assert "vitrine pictures --catalogue shop" in what_is_awaited(resting)
    assert "Ctrl-C" in what_is_awaited(resting)
