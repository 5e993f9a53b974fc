"""``./vas cases``: acceptance-case files through the addons, in a scratch database."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import IO

from . import process
from .cli import base_steps
from .database import (
    Builder,
    Origin,
    ProductDatabase,
    addon_prints,
    dependency_print,
    deps_template,
    product_odoo,
)
from .errors import LauncherError, UsageError
from .odoo_command import Odoo
from .postgres import DatabaseCluster
from .settings import Settings
from .steps import Progress, run_steps, setup_lock, write_atomically


class ScratchDatabase(ProductDatabase):
    """A database with our addons and no demo data, rebuilt when a source changed."""

    name = "scratch"
    title = "Scratch database"

    def database_name(self) -> str:
        """Return its name, beside that of the product."""
        return f"{self.settings.database}_scratch"

    def present(self) -> bool:
        builder = Builder(product_odoo(self.settings), sys.stderr, Progress(""))
        return builder.databases.origins().get(self.database_name()) is not None

    def run(self, log: IO[str], progress: Progress) -> None:
        builder = Builder(product_odoo(self.settings), log, progress)
        deps = dependency_print(self.settings)
        origin = Origin("scratch", deps, addon_prints(self.settings))
        builder.databases.drop(self.database_name())
        builder.product(
            self.database_name(),
            deps_template(builder, deps),
            origin,
            demo=False,
            finish=False,
        )


def scratch(settings: Settings) -> tuple[Odoo, str]:
    """Return Odoo and the name of an up-to-date scratch database."""
    step = ScratchDatabase(settings)
    with setup_lock(settings):
        run_steps(
            settings,
            [*base_steps(settings), DatabaseCluster(settings), step],
            out=sys.stderr,
        )
    return product_odoo(settings), step.database_name()


def configuration(odoo: Odoo, database: str, **more: str) -> str:
    """Return the text of a configuration file for scripts and tests."""
    values = {
        "db_host": odoo.server.host,
        "db_port": str(odoo.server.port),
        "db_user": odoo.server.user,
        "db_name": database,
        "addons_path": str(odoo.settings.addons_path),
        "data_dir": str(odoo.data_dir),
        "http_interface": "127.0.0.1",
        "list_db": "False",
        "workers": "0",
        "max_cron_threads": "0",
        "server_wide_modules": "base,rpc,web,queue_job",
        "log_level": "warn",
        **more,
    }
    lines = [f"{key} = {value}" for key, value in values.items()]
    return "\n".join(["[options]", *lines]) + "\n"


def load_runner(root: Path) -> ModuleType:
    """Return ``tests/acceptance/runner.py``, which needs Odoo only to run cases."""
    path = root / "tests/acceptance/runner.py"
    spec = importlib.util.spec_from_file_location("vas_case_runner", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def command(settings: Settings, arguments: list[str]) -> int:
    """Check the files, see to a scratch database, run the cases."""
    if not arguments or any(name.startswith("-") for name in arguments):
        raise UsageError("./vas cases needs the names of case files")
    runner = load_runner(settings.root)
    for name in arguments:
        try:
            runner.load_file(Path(name))
        except runner.CaseFileError as error:
            raise LauncherError(str(error), exit_code=2) from error
    odoo, database = scratch(settings)
    conf = settings.home / "scratch.conf"
    write_atomically(conf, configuration(odoo, database))
    with process.started(
        [
            *(odoo.python, settings.root / "tests/acceptance/runner.py"),
            *("--config", conf, "--database", database, *arguments),
        ],
        stdin=subprocess.DEVNULL,
        env=process.clean_environment(odoo.environment),
    ) as child:
        return child.wait()
