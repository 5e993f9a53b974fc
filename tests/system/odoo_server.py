"""Drive a real Odoo from outside: scratch databases, server runs, shell probes.

The tests of this folder look at the installed product the way an administrator
does, through the ``odoo`` command and the database. Nothing here imports Odoo.
"""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import time
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from launcher import serverlog

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
ADDONS_DIR = TOP / "addons"
#: In dependency order; uninstalled in reverse.
ADDONS = ("vas_kpi", "vas_service", "vas_logistics")
ALL_ADDONS = ",".join(ADDONS)
#: Seconds one Odoo command may take before it counts as hung.
COMMAND_TIMEOUT = 900
#: Marks the one line of a probe's output that carries its answer.
ANSWER = "PROBE-ANSWER "

_PROBE_CALL = """
import json, sys
sys.path.insert(0, {folder!r})
from probes import {module} as probe_module
answer = probe_module.{function}(env, **json.loads({arguments!r}))
print({answer!r} + json.dumps(answer))
"""


@dataclass
class Run:
    """What one Odoo command left behind."""

    title: str
    returncode: int
    log: str
    answer: object = None

    def complaints(self) -> list[str]:
        """Every error of anybody, and every warning that concerns our addons."""
        known = serverlog.noise()
        return [
            f"{record.level} {record.logger}: {record.text}"
            for record in serverlog.records(self.log.splitlines())
            if serverlog.offends(record, known)
        ]

    def check(self) -> "Run":
        """Fail the calling test unless the command ended well and quietly."""
        assert self.returncode == 0, (
            f"{self.title}: exit {self.returncode}\n{self.log[-8000:]}"
        )
        assert not self.complaints(), f"{self.title} complained:\n" + "\n".join(
            self.complaints()
        )
        return self


@dataclass
class OdooServer:
    """The ``odoo`` command with its configuration file."""

    command: list[str]
    config_file: Path
    data_dir: Path = field(init=False)

    def __post_init__(self):
        config = ConfigParser(interpolation=None)
        config.read(self.config_file, encoding="utf-8")
        self.data_dir = Path(config["options"]["data_dir"])

    def arguments(self, database: str, *arguments: str) -> list[str]:
        """The complete command line; ``arguments`` follow the common options."""
        sub_command = [arguments[0]] if arguments[:1] == ("shell",) else []
        return [
            *self.command,
            *sub_command,
            f"--config={self.config_file}",
            f"--database={database}",
            "--no-http",
            "--max-cron-threads=0",
            "--workers=0",
            "--log-level=warn",
            "--logfile=",
            *arguments[len(sub_command) :],
        ]

    def run(self, database: str, *arguments: str, stdin: str = "") -> Run:
        """Run ``odoo`` on a database to its end.

        :param arguments: options after the common ones, or ``shell`` first
        :param stdin: script for ``odoo shell``
        """
        done = subprocess.run(
            self.arguments(database, *arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT,
            check=False,
        )
        answer = None
        for line in done.stdout.splitlines():
            if line.startswith(ANSWER):
                answer = json.loads(line[len(ANSWER) :])
        return Run(" ".join(arguments), done.returncode, done.stderr, answer)

    def install(self, database: str, modules: str) -> Run:
        """Install modules (names joined by commas) and stop."""
        return self.run(database, f"--init={modules}", "--stop-after-init")

    def update(self, database: str, modules: str) -> Run:
        """Update modules (names joined by commas) and stop."""
        return self.run(database, f"--update={modules}", "--stop-after-init")

    def probe_script(self, module: str, function: str, **arguments: object) -> str:
        """The shell script that calls one function of ``probes/``."""
        return _PROBE_CALL.format(
            folder=str(HERE),
            module=module,
            function=function,
            arguments=json.dumps(arguments),
            answer=ANSWER,
        )

    def probe(
        self, database: str, module: str, function: str, **arguments: object
    ) -> Run:
        """Call ``probes/<module>.py:<function>(env, **arguments)`` inside Odoo.

        The answer must be JSON. What the probe wrote is rolled back unless it
        committed itself.
        """
        script = self.probe_script(module, function, **arguments)
        done = self.run(database, "shell", stdin=script)
        done.title = f"{module}.{function}"
        return done

    @contextlib.contextmanager
    def scratch_database(self, template: str):
        """A copy of ``template``, its files included; gone afterwards."""
        name = f"vas_system_{secrets.token_hex(6)}"
        _create_from_template(name, template)
        stores = self.data_dir / "filestore"
        try:
            if (stores / template).is_dir():
                shutil.copytree(stores / template, stores / name, copy_function=os.link)
            yield name
        finally:
            subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
            shutil.rmtree(stores / name, ignore_errors=True)


def _create_from_template(name: str, template: str, attempts: int = 300) -> None:
    """Copy a database; waits while a probe of another test reads the template."""
    for attempt in range(attempts):
        done = subprocess.run(
            ["createdb", "-T", template, name],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        if "being accessed" not in done.stderr or attempt == attempts - 1:
            raise RuntimeError(f"createdb -T {template}: {done.stderr.strip()}")
        time.sleep(1)


@contextlib.contextmanager
def connect(database: str):
    """An autocommitting cursor; host, port and user come from the PG* variables."""
    connection = psycopg2.connect(dbname=database)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def rows(database: str, query: str, parameters: tuple | None = None) -> list[tuple]:
    """All rows of one query."""
    with connect(database) as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
