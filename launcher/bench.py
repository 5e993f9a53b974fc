"""``./vas bench``: benchmarks, each a ``benchmarks/<name>/run.py``."""

from __future__ import annotations

import subprocess

from . import process
from .cases import configuration, scratch
from .errors import LauncherError, UsageError
from .settings import Settings
from .steps import write_atomically


def available(settings: Settings) -> list[str]:
    """Return the names of the benchmarks."""
    folder = settings.root / "benchmarks"
    return sorted(path.parent.name for path in folder.glob("*/run.py"))


def command(settings: Settings, arguments: list[str]) -> int:
    """Run the named benchmarks; each prints one JSON line per measurement."""
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
                *("--config", conf, "--database", database),
            ],
            stdin=subprocess.DEVNULL,
            env=process.clean_environment(odoo.environment),
        ) as child:
            if code := child.wait():
                raise LauncherError(f"benchmark {name} failed (exit code {code})")
    return 0
