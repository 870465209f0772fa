"""What a worker does every minute with what shoppers did: rows, lists of recommendations and profiles are brought up to date."""

import logging
from contextlib import closing
from functools import cached_property

from indexer.behaviour.profiles.composition import keep_profiles
from indexer.behaviour.rows.composition import RowWorkshop, open_rows
from indexer.broker import Broker
from indexer.queueing import behaviour_queue
from mappings.catalogue_store import IndexCatalogueStore
from plugin_config.errors import VitrineError
from plugin_config.settings import Settings

_log = logging.getLogger(__name__)
_LONGEST_SECONDS = 600.0


class Upkeep:
    """Follows the log for all catalogues; remembers between passes what it has read. One of several does the work."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def follow(self) -> None:
        """One pass. What fails for one catalogue is logged and waits for the next pass; the others are kept."""
        with (
            closing(Broker(self._settings, queue=behaviour_queue(self._settings))) as broker,
            broker.only_one("follow", seconds=_LONGEST_SECONDS) as mine,
        ):
            if mine:
                self._follow()

    def _follow(self) -> None:
        for stored in IndexCatalogueStore(self._rows.client, self._settings).list():
            name = stored.catalogue.name
            try:
                kept = self._rows.keeper.keep(stored)
                if kept.is_written:
                    _log.info("%s", kept)
                keep_profiles(self._settings, [name])
            except VitrineError as error:
                _log.error("%s: what shoppers did is not followed: %s", name, error)

    @cached_property
    def _rows(self) -> RowWorkshop:
        return open_rows(self._settings)
