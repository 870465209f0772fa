"""The command line: one verb a file in vitrine/commands, and one place where errors become lines and exit codes."""

import errno
import importlib
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

import typer
from typer.exceptions import TyperException

import vitrine.commands
from plugin_config.errors import VitrineError
from plugin_config.settings import load_settings
from vitrine.entry import main

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def build_app() -> typer.Typer:
    """The whole command line. Command modules import what they need only when their verb runs."""
    app = typer.Typer(
        name="vitrine",
        help="Search, ranking and merchandising for the OpenSearch a shop already runs.",
        invoke_without_command=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_global_options)
    for module in sorted(pkgutil.iter_modules(vitrine.commands.__path__), key=lambda found: found.name):
        if not module.name.startswith("_"):
            importlib.import_module(f"vitrine.commands.{module.name}").register(app)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; every failure becomes one line on stderr."""
    try:
        code = build_app()(args=list(arguments), prog_name="vitrine", standalone_mode=False)
    except TyperException as error:
        _complain(error.format_message() or "see --help")
        return error.exit_code
    except VitrineError as error:
        _complain(str(error))
        return FAILED
    except BrokenPipeError:
        sys.stdout = None  # the reader has gone; what is left in the buffer has nowhere to go
        return DONE
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001  the last line of defence: nobody is to read a traceback
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _complain(f"{error.filename or 'a file'}: {error.strerror}; make room and run the same command again")
            return FAILED
        _complain(f"unexpected {type(error).__name__}: {error}. The details are in {_write_traceback(arguments)}")
        return FAILED
    if code == INTERRUPTED:
        _complain("interrupted")
    return code if isinstance(code, int) else DONE


def _global_options(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    if version:
        from importlib.metadata import version as installed_version

        typer.echo(f"vitrine {installed_version('vitrine')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(WRONG_USAGE)


def _complain(message: str) -> None:
    typer.echo(f"vitrine: {' '.join(message.split())}", err=True)


def _write_traceback(arguments: Sequence[str]) -> Path:
    text = f"{datetime.now(UTC).isoformat()} vitrine {' '.join(arguments)}\n{traceback.format_exc()}\n"
    for folder in _log_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "vitrine-errors.log"
            with path.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError:
            continue
        return path
    return Path("nowhere: no folder can be written")


def _log_folders() -> list[Path]:
    try:
        return [load_settings().state_dir.absolute() / "logs", Path(gettempdir())]
    except VitrineError:
        return [Path(gettempdir())]


if __name__ == "__main__":
    sys.exit(main())
