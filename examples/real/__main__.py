"""Index, enrich, train and evaluate one real catalogue with the commands that a shop would use.

python -m examples.real chorus [--data FOLDER]
python -m examples.real retail [--data FOLDER] [--split 2011-10-01]     shoppers of a real shop, before and after a day
"""

import argparse
import subprocess
import sys
from pathlib import Path

from examples.real.retail import running as retail
from examples.real.sources import SOURCES, Source

RETAIL = "retail"
_HERE = Path(__file__).parent
_DATA = _HERE.parents[2] / "shared" / "data"


def main() -> int:
    arguments, rest = _arguments()
    if not arguments.data.is_dir():
        print(f"there is no folder {arguments.data} with the data sets; name it with --data", file=sys.stderr)
        return 1
    made: Path = arguments.made / arguments.name
    made.mkdir(parents=True, exist_ok=True)
    if arguments.name == RETAIL:
        return retail.run(arguments.data, made, rest)
    try:
        source = SOURCES[arguments.name](arguments.data, made)
    except OSError as error:
        print(f"{arguments.name}: the data cannot be read: {error}", file=sys.stderr)
        return 1
    return _run_all(_commands(arguments.name, source))


def _commands(name: str, source: Source) -> list[list[str]]:
    catalogue = str(_HERE / "catalogues" / f"{name}.yaml")
    commands = [["up"]]
    for number, feed in enumerate(source.feeds, start=1):
        is_last = number == len(source.feeds)
        options = [*(["--partial"] if feed.is_partial else []), *(["--wait"] if is_last else [])]
        commands.append(["index", catalogue, str(feed.path), *options])
    judged = ["--catalogue", name, "--judgments", str(source.judgments)]
    policies = list(source.policies)
    if source.is_trained:
        commands.append(["train", *judged])
        policies.append("reranked")
    options = [option for policy in policies for option in ("--policy", policy)]
    options += [option for measure in source.measures for option in ("--measures", measure)]
    commands.append(["evaluate", *judged, *options])
    return commands


def _run_all(commands: list[list[str]]) -> int:
    for command in commands:
        print("$ vitrine", " ".join(command), flush=True)
        code = subprocess.run([sys.executable, "-m", "vitrine.main", *command], check=False).returncode  # noqa: S603
        if code:
            return code
    return 0


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    """Ours, and those of the retail protocol, which has some of its own."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.real", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=sorted([*SOURCES, RETAIL]), help="which catalogue")
    parser.add_argument("--data", type=Path, default=_DATA, help="folder of the data sets (default: %(default)s)")
    parser.add_argument("--made", type=Path, default=Path(".vitrine/real"), help="folder for what is converted")
    arguments, rest = parser.parse_known_args()
    if rest and arguments.name != RETAIL:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return arguments, rest


if __name__ == "__main__":
    sys.exit(main())
