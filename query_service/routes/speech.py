"""Listening without searching: for pages that let the shopper correct what was heard before it is searched for."""

import base64
from typing import Annotated

from fastapi import APIRouter, File, UploadFile

from query_service.media_messages import AudioInput, HeardSpeech
from query_service.problems import PROBLEMS
from query_service.routes.service_of import CatalogueName, Service

router = APIRouter(tags=["speech"], responses=PROBLEMS)


@router.post("/catalogues/{name}/transcribe", response_model=HeardSpeech, summary="What is said in a recording")
async def transcribe(name: CatalogueName, body: AudioInput, service: Service) -> HeardSpeech:
    """The words of a recording, other readings of them, and how sure each is. `weight` counts for nothing here."""
    return await service.hear(name, body)


@router.post(
    "/catalogues/{name}/transcribe/recording",
    response_model=HeardSpeech,
    summary="What is said in an uploaded recording",
)
async def transcribe_upload(
    name: CatalogueName,
    service: Service,
    recording: Annotated[UploadFile, File(description="WAV, FLAC, OGG, MP3, WebM or MP4.")],
) -> HeardSpeech:
    """For `curl -F recording=@query.webm`."""
    data = base64.b64encode(await recording.read()).decode()
    return await service.hear(name, AudioInput(uri=f"data:application/octet-stream;base64,{data}", weight=1.0))
