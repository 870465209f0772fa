"""The house keeps its floors, and light parts stay light."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "torchvision", "transformers", "onnxruntime")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=240, check=False)


def test_no_room_imports_from_a_floor_above_or_beside_it() -> None:
    done = _run(str(Path(sys.executable).with_name("lint-imports")))
    assert done.returncode == 0, done.stdout


def test_importing_the_services_and_the_command_line_loads_no_neural_network_library() -> None:
    code = (
        "import sys, pkgutil, importlib\n"
        "import query_service, indexer, vitrine.main, indexer.app\n"
        "for package in (query_service, indexer):\n"
        "    for found in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(found.name)\n"
        "vitrine.main.build_app()\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    done = _run(sys.executable, "-c", code)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_help_needs_neither_the_engine_nor_numbers() -> None:
    code = "import sys, vitrine.main as m\nm.build_app()\nprint(sorted({'opensearchpy', 'numpy', 'celery'} & set(sys.modules)))"
    done = _run(sys.executable, "-c", code)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
