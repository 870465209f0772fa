"""Training on a schedule: every catalogue learns from its shoppers, and only what passes the gate serves."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from indexer.behaviour.composition import open_log, sighting_of
from indexer.behaviour.learning import School, learn_from_behaviour
from indexer.broker import Broker
from indexer.queueing import behaviour_queue
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings
from ranking.errors import TrainingError
from ranking.features.declared import declared_features
from ranking.lambdamart.store import DirectoryModelStore
from ranking.learning.studying import Wishes

_log = logging.getLogger(__name__)
LONGEST_SECONDS: Final = 3600
LEARNED_FROM: Final = "learned-from.txt"


@contextmanager
def open_school(settings: Settings, catalogue: str) -> Iterator[School]:
    """The log, the models and the declared features of a catalogue. Raises NotFound for an unknown one."""
    client, log = connect(settings), open_log(settings)
    try:
        stored = IndexCatalogueStore(client, settings).get(catalogue)
        store = DirectoryModelStore(settings.models_folder / catalogue)
        yield School(catalogue, log, store, declared_features(stored.catalogue), sighting_of(settings))
    finally:
        log.close()
        client.close()


def learn_all(settings: Settings) -> None:
    """One training of each catalogue, by one worker at a time. What fails for one is logged; the others learn."""
    with (
        closing(Broker(settings, queue=behaviour_queue(settings))) as broker,
        broker.only_one("learn", seconds=LONGEST_SECONDS) as mine,
    ):
        if not mine:
            return
        with closing(connect(settings)) as client:
            names = [stored.catalogue.name for stored in IndexCatalogueStore(client, settings).list()]
        for name in names:
            _learn(settings, name)


def _what_is_known(school: School) -> str:
    """Changes with whatever a training would read: events, searches, people who left, features, how it is known what was seen."""
    totals = [total for total in school.log.totals() if total.catalogue == school.catalogue]
    told = (totals, school.log.people_forgotten(), school.names, school.sighting)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _read(note: Path) -> str:
    try:
        return note.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""  # without the note, the worst is a training too many


def _keep(note: Path, known: str) -> None:
    try:
        note.write_text(known, encoding="ascii")
    except OSError as error:
        _log.warning("%s: cannot be written: %s; the next training takes place in any case", note, error)


def _learn(settings: Settings, catalogue: str) -> None:
    note = settings.models_folder / catalogue / LEARNED_FROM
    try:
        with open_school(settings, catalogue) as school:
            known = _what_is_known(school)
            if school.store.ids() and _read(note) == known:
                _log.info("%s: nothing happened since the last training; no model is made of the same again", catalogue)
                return
            learned = learn_from_behaviour(school, Wishes(threads=1))
            _keep(note, known)
    except TrainingError as error:
        _log.info("%s: nothing to learn from shoppers: %s", catalogue, error)
        return
    except VitrineError as error:
        _log.error("%s: learning from shoppers failed: %s", catalogue, error)
        return
    model = learned.studied.model.manifest.id
    if learned.is_used:
        _log.info("%s: model %s learned from shoppers and serves", catalogue, model)
    else:
        _log.warning("%s: model %s stays behind the gate: %s", catalogue, model, "; ".join(learned.gate.failures))
