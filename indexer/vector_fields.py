"""Which vector fields a catalogue's encoders fill: what the index is made with, and what enrichment must fill."""

from encoders.encoder import EncoderDescription
from encoders.registry import describe
from encoders.runtime import Runtime
from mappings.codes.coder import require_codable
from mappings.fields import Modality, VectorField
from plugin_config.catalogue import Catalogue, VectorStorage


def vector_fields(catalogue: Catalogue, runtime: Runtime) -> tuple[VectorField, ...]:
    """One field per encoder of the catalogue, text first, without loading weights. Raises EncoderError."""
    found = []
    if catalogue.encoders.text is not None:
        description = describe(catalogue.encoders.text, role="text", template=catalogue.template, runtime=runtime)
        found.append(field_of(Modality.TEXT, description, catalogue.encoders.text.storage))
    if catalogue.encoders.picture is not None:
        description = describe(catalogue.encoders.picture, role="picture", runtime=runtime)
        found.append(field_of(Modality.PICTURE, description, catalogue.encoders.picture.storage))
    return tuple(found)


def field_of(
    modality: Modality, description: EncoderDescription, storage: VectorStorage = VectorStorage.FLOAT
) -> VectorField:
    """The field of one encoder. Raises ConfigurationError when its vectors cannot be kept as `storage` says."""
    if storage is VectorStorage.BITS:
        require_codable(description.dimension, f"encoders.{modality}")
    return VectorField(modality, description.fingerprint, description.dimension, description.space, storage=storage)
