"""Call Odoo: one place that knows its options and reads its log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from . import process
from .settings import DatabaseServer, Settings
from .steps import Progress

LOADING = re.compile(r"odoo\.modules\.loading: Loading module (\S+) \((\d+)/(\d+)\)")
LANGUAGE = re.compile(r"loading translation file for language (\w+)")


def manifest(addon: Path) -> dict[str, object]:
    """Return the manifest of an addon."""
    values: dict[str, object] = ast.literal_eval(
        (addon / "__manifest__.py").read_text(encoding="utf-8")
    )
    return values


def dependencies(addons_path: Path, addons: Iterable[str]) -> list[str]:
    """Return what our addons depend on and is not ours, sorted."""
    ours = list(addons)
    found = {
        str(name)
        for addon in ours
        for name in manifest(addons_path / addon).get("depends", [])  # type: ignore[attr-defined]
    }
    return sorted(found - set(ours))


@dataclass
class Odoo:
    """Odoo with the settings of this checkout, or of a test run."""

    settings: Settings
    server: DatabaseServer
    data_dir: Path
    python: Path = field(init=False)

    def __post_init__(self) -> None:
        self.python = self.settings.home / "venv/bin/python"

    def options(self, database: str) -> list[str]:
        """Return the options that every call has; they win over ``odoo.conf``."""
        options = ["--config", str(self.settings.conf)]
        if not self.settings.conf.is_file():
            options = ["--load=base,rpc,web,queue_job"]
        return [
            *options,
            f"--db_host={self.server.host}",
            f"--db_port={self.server.port}",
            f"--db_user={self.server.user}",
            f"--database={database}",
            f"--db-filter=^{re.escape(database)}$",
            f"--addons-path={self.settings.addons_path}",
            f"--data-dir={self.data_dir}",
        ]

    @property
    def environment(self) -> dict[str, str]:
        """Return variables for the child; the password never shows in ``ps``."""
        if self.server.password:
            return {"PGPASSWORD": self.server.password}
        return {}

    def command(self, database: str, *arguments: str) -> list[str]:
        """Return the command line of ``odoo server`` on *database*."""
        return [
            *(str(self.python), "-m", "odoo", "server"),
            *self.options(database),
            *arguments,
        ]

    def modules(
        self,
        database: str,
        arguments: list[str],
        log: IO[str],
        progress: Progress,
        what: str,
    ) -> None:
        """Install or update modules; show which of how many."""

        def on_line(line: str) -> None:
            if found := LOADING.search(line):
                progress.detail(f"{what}: {found[1]} ({found[2]}/{found[3]})")
            elif found := LANGUAGE.search(line):
                progress.detail(f"{what}: translations to {found[1]}")

        progress.detail(what)
        process.run_logged(
            self.command(
                database,
                *("--workers=0", "--max-cron-threads=0", "--no-http"),
                *("--stop-after-init", *arguments),
            ),
            log,
            what=what,
            on_line=on_line,
            env=self.environment,
            cwd=self.settings.root,
        )

    def script(
        self, database: str, name: str, arguments: list[str], log: IO[str], what: str
    ) -> None:
        """Run ``launcher/inside/<name>.py`` in an Odoo environment of *database*."""
        path = Path(__file__).parent / "inside" / f"{name}.py"
        process.run_logged(
            [self.python, path, *arguments, "--", *self.options(database), "--no-http"],
            log,
            what=what,
            env=self.environment,
            cwd=self.settings.root,
        )
