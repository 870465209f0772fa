"""What goes in and out of recognizing pictures and of comparing two of them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from query_service.messages import PictureInput


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Images = Annotated[
    list[PictureInput], Field(min_length=1, max_length=8, description="Pictures, as a search takes them.")
]


class RecognizeRequest(Message):
    """Pictures to be named in the words of a catalogue."""

    images: Images
    fields: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        None,
        max_length=20,
        description="Keyword fields to name values of; default: the category first, then every other but brand and group.",
    )
    values: int = Field(3, ge=1, le=20, description="At most so many values of a field.")


class RecognizedValue(Message):
    value: str
    confidence: float = Field(description="Probability that a product that looks so has this value.")
    count: int = Field(description="Products of the catalogue that have it.")
    lift: float = Field(description="How many times as probable as for any product of the catalogue.")


class RecognizedField(Message):
    field: str
    is_category: bool = Field(description="Whether it has the role `category`.")
    values: list[RecognizedValue] = Field(description="The most probable first.")


class RecognizeResponse(Message):
    """What is seen, in the catalogue's own values. Fields without any value in the catalogue are left out."""

    fields: list[RecognizedField]
    neighbours: int = Field(description="Products that were asked: those that look most alike.")
    took_ms: float


class MatchRequest(Message):
    """The pictures that were searched with."""

    images: Images


class MatchResponse(Message):
    """How like a product's picture is to the pictures of a search, and where in both.

    A map has rows from top to bottom, each from left to right; 1 where hiding that part costs most of the likeness, 0 where it
    costs none. It lies over what was searched with: the first wanted picture, or its crop.
    """

    number: int = Field(description="Which of the product's pictures was compared, counted from 0.")
    score: float = Field(description="Cosine of the two vectors.")
    query: list[list[float]] = Field(description="Over the first wanted picture of the search.")
    product: list[list[float]] = Field(description="Over the product's picture.")
    took_ms: float
