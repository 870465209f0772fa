"""Models and the log of events for those who run the shop, over HTTP: look, examine, swap, go back, watch, forget."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Path

from indexer.behaviour.composition import open_log
from indexer.behaviour.forgetting import forget_shopper
from indexer.behaviour.learning import MoreChecks, School, examine_stored
from indexer.behaviour.model_messages import (
    EventsStatus,
    ForgottenResponse,
    GateResponse,
    ModelChoice,
    ModelsResponse,
    events_status,
    forgotten_response,
    gate_response,
    manifest_facts,
    models_response,
)
from indexer.behaviour.schooling import open_school
from indexer.behaviour.shadow_reports import ShadowResponse, shadow_response
from indexer.http import CatalogueName
from mappings.errors import NotFound
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings

ModelId = Annotated[str, Path(description="Id of a model, or `current`.", max_length=80)]
ShopperId = Annotated[str, Path(description="The shopper's anonymous id.", min_length=1, max_length=512)]
CURRENT = "current"


class NoEarlierModel(VitrineError):
    """Nothing served before the model that serves now."""

    code = "no_earlier_model"
    status = 409


def build_models_router(
    settings: Settings, *, parity: Callable[[School], MoreChecks] = lambda _school: lambda _reading: ()
) -> APIRouter:
    """The routes; nothing is connected before the first request. `parity` makes the gate's check of the read path."""
    router = APIRouter(tags=["learning"])
    _add_shadow(router, settings)  # before the models: `shadow` is no id
    _add_models(router, settings, parity)
    _add_people(router, settings)
    return router


def _add_models(router: APIRouter, settings: Settings, parity: Callable[[School], MoreChecks]) -> None:
    @router.get("/catalogues/{name}/models", summary="The ranking models of a catalogue")
    def models(name: CatalogueName) -> ModelsResponse:
        """Those that are kept, oldest first, and which one serves."""
        with open_school(settings, name) as school:
            return models_response(name, school.store)

    @router.put("/catalogues/{name}/models/current", summary="Let a model serve")
    def use(name: CatalogueName, choice: ModelChoice) -> ModelsResponse:
        """Running services notice by themselves. The gate is not asked; look at it first."""
        with _model(settings, name, choice.model) as (school, model):
            school.store.use(model)
            return models_response(name, school.store)

    @router.delete("/catalogues/{name}/models/current", summary="Go back to the model before")
    def rollback(name: CatalogueName) -> ModelsResponse:
        """The model that served before serves again; the other one is kept."""
        with open_school(settings, name) as school:
            if not school.store.pointer().previous:
                raise NoEarlierModel("there is no earlier model to go back to; GET the models for those kept")
            school.store.rollback()
            return models_response(name, school.store)

    @router.get("/catalogues/{name}/models/{id}", summary="What is known of a model")
    def show(name: CatalogueName, id: ModelId) -> dict[str, Any]:
        """Its manifest: features, data, measures, parent, and the files with their hashes."""
        with _model(settings, name, id) as (school, model):
            return manifest_facts(school.store.verified(model).manifest)

    @router.get("/catalogues/{name}/models/{id}/gate", summary="Whether a model may serve")
    def gate(name: CatalogueName, id: ModelId) -> GateResponse:
        """Every check with its number. Reads the log, which takes a while where it is long."""
        with _model(settings, name, id) as (school, model):
            return gate_response(examine_stored(school, model, more=parity(school)))


def _add_shadow(router: APIRouter, settings: Settings) -> None:
    @router.get("/catalogues/{name}/models/shadow", summary="How the model in the shadow does")
    def report(name: CatalogueName) -> ShadowResponse:
        """How its order differs from what was shown. Reads the log, which takes a while where it is long."""
        with open_school(settings, name) as school:
            return shadow_response(school)

    @router.put("/catalogues/{name}/models/shadow", summary="Put a model in the shadow")
    def put(name: CatalogueName, choice: ModelChoice) -> ShadowResponse:
        """It scores every logged search from now on, and nothing of it is shown."""
        with _model(settings, name, choice.model) as (school, model):
            school.store.put_in_shadow(model)
            return shadow_response(school)

    @router.delete("/catalogues/{name}/models/shadow", summary="Take the model out of the shadow")
    def leave(name: CatalogueName) -> ShadowResponse:
        """No model scores unseen from now on. Without one there, nothing happens."""
        with open_school(settings, name) as school:
            school.store.put_in_shadow(None)
            return shadow_response(school)


def _add_people(router: APIRouter, settings: Settings) -> None:
    @router.get("/events", summary="What the log of events holds")
    def status() -> EventsStatus:
        """Counts by catalogue."""
        with closing(open_log(settings)) as log:
            return events_status(log.totals())

    @router.delete("/shoppers/{id}", summary="Forget a person")
    def forget(id: ShopperId) -> ForgottenResponse:
        """Removes events, searches and profiles, refuses later events, and names the models that learned from them."""
        with closing(open_log(settings)) as log:
            return forgotten_response(forget_shopper(log, settings, id))


@contextmanager
def _model(settings: Settings, name: str, id: str) -> Iterator[tuple[School, str]]:
    """The catalogue's models and the id of one. Raises NotFound."""
    with open_school(settings, name) as school:
        model = school.store.pointer().current if id == CURRENT else id
        if model is None or model not in school.store.ids():
            raise NotFound(f"the catalogue {name!r} has no model {id[:80]!r}; GET the models for those kept")
        yield school, model
