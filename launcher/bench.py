"""``./vas bench``: benchmarks, each a ``benchmarks/<name>/run.py``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from . import process
from .cases import configuration, scratch
from .errors import LauncherError, UsageError
from .odoo_command import Odoo
from .settings import Settings
from .steps import file_digest, write_atomically


def available(settings: Settings) -> list[str]:
    """Return the names of the benchmarks."""
    folder = settings.root / "benchmarks"
    return sorted(path.parent.name for path in folder.glob("*/run.py"))


def packages(settings: Settings, odoo: Odoo, name: str) -> list[object]:
    """Install what only this benchmark compares with; return its option.

    The packages of ``benchmarks/<name>/requirements.txt`` go to a folder of their own,
    beside the product: nothing but the benchmark ever sees them.
    """
    file = settings.root / "benchmarks" / name / "requirements.txt"
    if not file.exists():
        return []
    folder = settings.home / "bench" / name
    stamp = folder / "stamp"
    wanted = file_digest(file)
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with Path(settings.home / f"bench-{name}.log").open("w") as log:
            process.run_logged(
                [
                    *(odoo.python, "-m", "pip", "install", "--no-deps", "--no-input"),
                    *("--disable-pip-version-check", "--root-user-action=ignore"),
                    *("--target", folder, "-r", file),
                ],
                log,
                what=f"installing the packages of benchmark {name}",
            )
        write_atomically(stamp, wanted)
    return ["--packages", folder]


def split_arguments(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the names, and from the first option on all that the benchmarks get."""
    for place, argument in enumerate(arguments):
        if argument.startswith("-"):
            return arguments[:place], arguments[place:]
    return arguments, []


def command(settings: Settings, arguments: list[str]) -> int:
    """Run the named benchmarks; each prints one JSON line per measurement.

    What follows the names, such as ``--quick``, is handed on to each of them.
    """
    arguments, options = split_arguments(arguments)
    names = available(settings)
    if not names:
        print("There are no benchmarks yet (benchmarks/<name>/run.py).")
        return 0 if not arguments else 2
    if not arguments:
        print("Benchmarks: " + ", ".join(names))
        return 0
    unknown = [name for name in arguments if name not in names]
    if unknown:
        raise UsageError(
            f"no benchmark {', '.join(unknown)}; there are {', '.join(names)}"
        )
    odoo, database = scratch(settings)
    conf = settings.home / "scratch.conf"
    write_atomically(conf, configuration(odoo, database))
    for name in arguments:
        with process.started(
            [
                *(odoo.python, settings.root / "benchmarks" / name / "run.py"),
                *("--config", conf, "--database", database, *options),
                *packages(settings, odoo, name),
            ],
            stdin=subprocess.DEVNULL,
            env=process.clean_environment(odoo.environment),
        ) as child:
            if code := child.wait():
                raise LauncherError(f"benchmark {name} failed (exit code {code})")
    return 0
