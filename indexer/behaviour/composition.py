"""Where the parts of receiving meet, for the API and for the command line."""

import time

from indexer.behaviour.products import IndexProducts
from indexer.behaviour.receiving import Receiving
from indexer.behaviour.screening import Limits, Screening
from mappings.catalogue_store import IndexCatalogueStore
from mappings.client import connect
from plugin_config.settings import Settings
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from ranking.behaviour.seen import SeenBy, Sighting
from ranking.behaviour.tokens import TokenSigner, token_key


def open_log(settings: Settings) -> SqliteEventLog:
    """The event log of these settings; its file is made on first use."""
    return SqliteEventLog(settings.event_log_path)


def open_signer(settings: Settings) -> TokenSigner:
    """The signer of result tokens; makes the key of this state folder where none is set. Raises TokenError."""
    configured = settings.token_key
    return TokenSigner(token_key(configured.get_secret_value() if configured else None, settings.state_dir))


def sighting_of(settings: Settings) -> Sighting:
    """How these settings say that it is known what shoppers saw."""
    return Sighting(SeenBy(settings.seen_by), settings.assumed_places)


def open_receiving(settings: Settings, *, limits: Limits | None = None) -> Receiving:
    """Receiving for these settings. Nothing is connected before the first event."""
    client = connect(settings)
    return Receiving(
        open_log(settings),
        products=IndexProducts(client, IndexCatalogueStore(client, settings)),
        screening=Screening(limits, now=time.time),
        signer=open_signer(settings),
        now=time.time,
    )
