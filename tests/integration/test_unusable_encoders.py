"""An encoder that cannot be used: who waits for vectors is told why, and searching by words goes on."""

from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from encoders.runtime import Runtime
from indexer.composition import Workshop
from indexer.progress import EncoderUnavailable, enrichment_progress, require_encoder
from indexer.vector_fields import vector_fields
from indexer.writing import ProductWriter
from mappings.products import ProductReader
from plugin_config.catalogue import Catalogue
from plugin_config.settings import Settings
from tests.tiny_models import write_bert

pytestmark = pytest.mark.opensearch


def test_who_waits_for_vectors_is_told_why_none_will_come(settings: Settings, tmp_path: Path) -> None:
    write_bert(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["encoder.layer.0.output.dense.weight"]
    save_file(weights, tmp_path / "model.safetensors")
    encoders = {"text": {"model": str(tmp_path), "runtime": "torch"}, "picture": None}
    catalogue = Catalogue(name="shop", text={"title": 1}, encoders=encoders)
    workshop = Workshop(settings)
    stored = workshop.catalogues.put(catalogue, vectors=vector_fields(catalogue, Runtime()))
    writer = ProductWriter(workshop.client, stored, ProductReader(catalogue))
    writer.write([writer.read_change({"id": id, "title": "Blue jacket"}, is_partial=False) for id in ("1", "2")])
    require_encoder(workshop.client, stored, enrichment_progress(workshop.client, stored, refresh=True))

    workshop.enrich("shop", ["1", "2"])

    progress = enrichment_progress(workshop.client, stored, refresh=True)
    assert (progress.waiting, progress.unavailable) == (2, 2)
    with pytest.raises(
        EncoderUnavailable, match=r"2 products of 'shop' .* lack encoder\.layer\.0\.output\.dense\.weight"
    ):
        require_encoder(workshop.client, stored, progress)
    workshop.close()
