"""What goes in and out of searches by voice and video."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AudioInput(Message):
    """A recording of what is searched for: a data URI, or an http(s) address that the service fetches."""

    uri: str = Field(description="data:audio/…;base64,… or https://….", max_length=50_000_000)
    weight: float = Field(
        1.0, ge=0, le=1, description="How much what is said counts beside pictures; 1: as much as typed words."
    )


class VideoInput(Message):
    """A video of what is searched for: a data URI, or an http(s) address that the service fetches."""

    uri: str = Field(description="data:video/…;base64,… or https://….", max_length=100_000_000)
    weight: float = Field(1.0, gt=0, le=1, description="Share beside pictures.")
    frames: Literal["best", "pooled"] = Field(
        "best",
        description="best: a product counts by the frame it looks most like; pooled: by all frames together. Beside "
        "pictures, frames are always pooled.",
    )


class HeardAlternative(Message):
    text: str
    confidence: float = Field(description="Between 0 and 1, comparable within one recording.")


class HeardSpeech(Message):
    """What was understood of a recording. `text` was searched for; the alternatives may be what was meant."""

    text: str
    confidence: float = Field(description="Between 0 and 1: how sure the recognizer is of its words.")
    alternatives: list[HeardAlternative] = []
    seconds: float = Field(description="How long somebody speaks in the recording.")
    recognizer: str = Field(description="Who listened.")


class VideoFrame(Message):
    """A frame of the video that was searched with."""

    seconds: float = Field(description="Its place in the video.")


class MatchedFrame(Message):
    """The frame of the video that a hit looks most like."""

    index: int = Field(description="Place in `frames` of the response, from 0.")
    seconds: float = Field(description="Its place in the video.")
    closeness: float = Field(description="Cosine between frame and product picture.")
