"""The past of the demo's shop: made once, and gone on with where it was interrupted."""

from pathlib import Path

import pytest

from plugin_config.settings import Settings
from ranking.behaviour.event import Event
from ranking.behaviour.log.sqlite_log import SqliteEventLog
from vitrine.commands._demo_past import Stage, has_past, stage_of

SHOP = "shop"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path)


def note(settings: Settings, text: str) -> None:
    path = settings.state_dir / "simulations" / f"past-of-{SHOP}.txt"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")


def test_a_visitor_before_the_shop_is_open_is_no_past(settings: Settings) -> None:
    log = SqliteEventLog(settings.event_log_path)
    log.append(SHOP, [Event(event_id="e1", action="click", at=1.0, product="p1", shopper="ann")])
    log.close()
    assert not has_past(settings, SHOP)


@pytest.mark.parametrize(
    ("text", "stage"), [("simulated", Stage.SIMULATED), ("learned", Stage.LEARNED), ("something else", Stage.NONE)]
)
def test_the_noted_stage_says_where_to_go_on(settings: Settings, text: str, stage: Stage) -> None:
    note(settings, text)
    assert stage_of(settings, SHOP) is stage
    assert has_past(settings, SHOP) == (stage is Stage.LEARNED)
