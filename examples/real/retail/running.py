"""Does knowing the shopper help? Learn up to a day, examine the month after it.

    python -m examples.real retail [--split 2011-10-01] [--searches 800] [--share 1.0]

The shop stands in indices of its own prefix, so that no worker of a running stack brings its past up to date.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from examples.real.retail.conversion import write_events, write_feed
from examples.real.retail.examining import Compared, Examination, examine
from examples.real.retail.learning import NAME, Lessons, learn, stand_at
from examples.real.retail.purchases import moment, month_after, read_purchases
from examples.real.retail.questions import asked_between, frequent_nouns
from plugin_config.settings import Settings, load_settings
from vitrine.stack.discovery import running_settings

_CATALOGUE = Path(__file__).parents[1] / "catalogues" / "retail.yaml"


def run(data: Path, made: Path, arguments: list[str]) -> int:
    """The whole protocol. `data`: the folder of the data sets, `made`: where files of its own go."""
    options = _options(arguments)
    try:
        purchases = read_purchases(data / "online-retail")
    except (OSError, ImportError) as error:
        print(
            f"retail: the purchases cannot be read: {error}; pyarrow comes with pip install -e '.[examples]'",
            file=sys.stderr,
        )
        return 1
    split, started = moment(options.split), time.monotonic()
    if not _vitrine("up"):
        return 1
    settings = _own_settings(made)
    shutil.rmtree(
        settings.events_folder, ignore_errors=True
    )  # the log of another split may know what comes after this one
    feed = write_feed(purchases, split, made / "items.jsonl")
    events = write_events(purchases, split, made / "purchases.jsonl")
    own = {"VITRINE_INDEX_PREFIX": settings.index_prefix, "VITRINE_EVENTS_DIR": str(settings.events_folder)}
    if not _vitrine("index", str(_CATALOGUE), str(feed), **own):
        return 1
    if not _vitrine("events", "import", str(events), "--catalogue", NAME, **own):
        return 1
    print(f"nouns: {', '.join(frequent_nouns(purchases.names)).lower()}", flush=True)
    lessons = Lessons(searches_a_month=options.searches)
    model = learn(settings, purchases, split, lessons, threads=options.threads)
    print(
        f"model {model.manifest.id}: nDCG@10 {model.figures.reranked.mean:.4f} in the last month before {options.split}"
    )
    print(f"searching as in the month from {options.split} on", flush=True)
    stand_at(settings, split)
    asked = list(asked_between(purchases, split, month_after(split)))
    if options.share < 1:
        asked = random.Random(1).sample(asked, round(options.share * len(asked)))  # noqa: S311
    _print(examine(settings, purchases, split, asked), seconds=time.monotonic() - started)
    return 0


def _own_settings(made: Path) -> Settings:
    """The running stack with a prefix, a log and models of this run's own."""
    settings = running_settings(load_settings())
    folder = made.absolute()
    update = {
        "index_prefix": f"{settings.index_prefix[:24]}_retail",
        "events_dir": folder / "events",
        "models_dir": folder / "models",
        "log_searches": 0.0,
    }
    return load_settings(**{**settings.model_dump(exclude_unset=True), **update})


def _vitrine(*command: str, **environment: str) -> bool:
    print("$ vitrine", " ".join(command), flush=True)
    called = [sys.executable, "-m", "vitrine.main", *command]
    return subprocess.run(called, check=False, env={**os.environ, **environment}).returncode == 0  # noqa: S603


def _print(found: Examination, *, seconds: float) -> None:
    print(f"{'':28s}{'queries':>8s}{'strength 1':>12s}{'strength 0':>12s}{'gain':>26s}{'relative':>28s}")
    for title, compared in (("nDCG@10", found.every), ("nDCG@10, not bought before", found.unbought)):
        print(_row(title, compared))
    print(f"{found.degraded} searches degraded; {seconds:.0f} seconds in all")


def _row(title: str, found: Compared) -> str:
    gain, relative = found.gain, found.relative
    return (
        f"{title:28s}{found.queries:8,d}{found.personal.mean:12.4f}{found.anybody.mean:12.4f}"
        f"   {gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
        f"   {relative.mean:+.1%} [{relative.low:+.1%}, {relative.high:+.1%}]"
    )


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.real retail", description=__doc__)
    parser.add_argument("--split", default="2011-10-01", help="first day that is examined (default: %(default)s)")
    parser.add_argument(
        "--searches", type=int, default=800, help="searches to learn from, a month (default: %(default)s)"
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of the month's searches that is examined")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of the training")
    return parser.parse_args(arguments)
