"""``./vas test``: everything that can be checked, on throw-away databases."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from . import process, serverlog, translations
from .cases import configuration
from .cli import base_steps
from .database import Builder, Databases, Origin, addon_prints, dependency_print
from .errors import LauncherError, UsageError
from .odoo_command import Odoo
from .postgres import throw_away_cluster
from .settings import ADDONS, Settings
from .steps import Progress, duration, run_steps, setup_lock

STAGES = (
    "lint",
    "launcher",
    "databases",
    "translations",
    "addons",
    "acceptance",
    "system",
    "journeys",
)
NEED_DATABASES = ("translations", "addons", "acceptance", "system", "journeys")
WORKERS = "2"
DEPS, PLAIN, DEMO = "deps", "plain", "demo"
# Where a field may name another field. For each of the thousands of fields that an
# uninstallation deletes, PostgreSQL looks there; without an index, that takes minutes.
FIELD_REFERENCES = ("related_field_id", "relation_field_id", "serialization_field_id")


@dataclass
class Result:
    """What a stage found."""

    stage: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)

    @property
    def ran(self) -> int:
        """Return how many checks or tests ran."""
        return self.passed + self.failed

    @property
    def bad(self) -> int:
        """Return what counts as failed: also a skipped test and an offending log."""
        return self.failed + self.skipped + len(self.problems)


@dataclass(frozen=True)
class Options:
    """The command line of the test command."""

    stages: tuple[str, ...]
    expression: str = ""


def parse(arguments: list[str]) -> Options:
    """Read ``[--only STAGE…] [-k EXPRESSION]``."""
    stages: list[str] = []
    expression = ""
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--only":
            while rest and not rest[0].startswith("-"):
                stages += [name for name in rest.pop(0).split(",") if name]
            if not stages:
                raise UsageError(f"--only needs stages: {', '.join(STAGES)}")
        elif word == "-k" and rest:
            expression = rest.pop(0)
        else:
            raise UsageError(f"./vas test does not know {word!r}")
    unknown = [name for name in stages if name not in STAGES]
    if unknown:
        raise UsageError(
            f"no stage {', '.join(unknown)}; there are {', '.join(STAGES)}"
        )
    return Options(tuple(stages) or STAGES, expression)


def read_junit(path: Path, result: Result) -> None:
    """Add the counts and the failures of a junit file to *result*."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        result.problems.append("the tests wrote no result file")
        return
    for case in root.iter("testcase"):
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        broken = case.find("failure")
        if broken is None:
            broken = case.find("error")
        skipped = case.find("skipped")
        if broken is not None:
            result.failed += 1
        elif skipped is not None:
            result.skipped += 1
            print(f"    skipped: {name}: {skipped.get('message', '')}")
        else:
            result.passed += 1


class TestRun:
    """One run: a temporary folder, a throw-away cluster, stages and their results."""

    def __init__(self, settings: Settings, options: Options, work: Path) -> None:
        self.settings = settings
        self.options = options
        self.work = work
        self.logs = settings.logs / "test"
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        self.python = settings.home / "venv/bin/python"
        self.results: list[Result] = []
        self.odoo: Odoo | None = None
        self.pg_environment: dict[str, str] = {}

    # Helpers ------------------------------------------------------------------------

    @contextlib.contextmanager
    def log(self, name: str) -> Iterator[IO[str]]:
        """Open the log of a stage."""
        with (self.logs / f"{name}.log").open("a", encoding="utf-8") as handle:
            yield handle

    def wanted(self, stage: str) -> bool:
        """Tell whether a stage was asked for."""
        return stage in self.options.stages

    def stage(self, name: str, work: Callable[[Result], None]) -> Result:
        """Run a stage, time it, print its line and its problems."""
        result = Result(name)
        began = time.monotonic()
        print(f"── {name} …", flush=True)
        try:
            work(result)
        except LauncherError as error:
            result.problems.append(f"{error}\n{error.advice}".rstrip())
        except Exception:  # the other stages and the totals must still come
            result.problems.append(traceback.format_exc())
        result.seconds = time.monotonic() - began
        if not result.ran and not result.problems and not self.options.expression:
            result.problems.append("nothing ran")
        self.results.append(result)
        for problem in result.problems:
            print("    " + problem.replace("\n", "\n    "))
        print(
            f"── {name}: {result.passed} passed, {result.bad} failed "
            f"({duration(result.seconds)})",
            flush=True,
        )
        return result

    def check(self, result: Result, what: str, command: list[str | Path]) -> None:
        """Run one lint command; its output is shown when it finds something."""
        outcome = process.capture(
            command, cwd=self.settings.root, env={"RUFF_NO_CACHE": "true"}
        )
        if outcome.returncode:
            result.failed += 1
            text = (outcome.stdout + outcome.stderr).strip()
            print(f"    {what}:\n      " + text[-6000:].replace("\n", "\n      "))
        else:
            result.passed += 1

    def pytest(
        self,
        result: Result,
        paths: list[str],
        *arguments: str,
        database: str | None = None,
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Run pytest on *paths*; with *database*, in Odoo's environment."""
        stage = result.stage
        junit = self.work / f"{stage}.xml"
        command: list[str | Path] = [
            *(self.python, "-m", "pytest", "-p", "no:cacheprovider", "-q"),
            *("--tb=short", "-rfE", "--color=no", "-o", "xfail_strict=true"),
            "--durations=15",
            *(f"--junitxml={junit}", f"--rootdir={self.settings.root}"),
            *arguments,
        ]
        if self.options.expression:
            command += ["-k", self.options.expression]
        environment = {**self.pg_environment, **(env or {})}
        server_log = self.logs / f"{stage}-odoo.log"
        if database:
            conf = self.work / f"{stage}.conf"
            assert self.odoo
            conf.write_text(
                configuration(
                    self.odoo,
                    database,
                    logfile=str(server_log),
                    screenshots=str(self.work / "screenshots"),
                )
            )
            environment["ODOO_RC"] = str(conf)
            command += ["--odoo-log-level=warn"]
        else:
            command += ["-p", "no:odoo"]
        with self.log(stage) as log:
            code = self._stream([*command, *paths], log, environment, cwd)
        if code not in (0, 1, 5) or (code == 5 and not self.options.expression):
            result.problems.append(
                f"pytest ended with code {code}\n"
                + process.tail(self.logs / f"{stage}.log")
            )
        read_junit(junit, result)
        result.problems += serverlog.offences(server_log)

    def _stream(
        self,
        command: list[str | Path],
        log: IO[str],
        env: dict[str, str],
        cwd: Path | None,
    ) -> int:
        """Run pytest; show its failures as they are reported at the end."""
        shown = False

        def on_line(line: str) -> None:
            nonlocal shown
            shown = shown or bool(re.match(r"=+ (FAILURES|ERRORS) =+", line))
            if shown:
                print("    " + line.rstrip())

        try:
            process.run_logged(
                command,
                log,
                what="pytest",
                on_line=on_line,
                env=env,
                cwd=cwd or self.settings.root,
            )
        except process.CommandFailed as failure:
            return failure.code
        return 0

    # Stages -------------------------------------------------------------------------

    def lint(self, result: Result) -> None:
        """Style and static checks of every source."""
        ruff = self.settings.home / "venv/bin/ruff"
        self.check(result, "ruff check", [ruff, "check", "."])
        self.check(result, "ruff format", [ruff, "format", "--check", "."])
        sources = [f"addons/{addon}" for addon in ADDONS]
        self.check(
            result,
            "pylint",
            [self.python, "-m", "pylint", "--rcfile=.pylintrc", *sources],
        )
        broken = []
        for path in sorted(self.settings.addons_path.rglob("*.xml")):
            try:
                ElementTree.parse(path)
            except ElementTree.ParseError as error:
                broken.append(f"{path.relative_to(self.settings.root)}: {error}")
        result.passed += not broken
        result.failed += bool(broken)
        for line in broken:
            print(f"    not well-formed: {line}")

    def launcher(self, result: Result) -> None:
        """The launcher's own tests."""
        self.pytest(result, ["tests/launcher"])

    def build_deps(self) -> None:
        """Build the template of everything our addons stand on."""
        with self.log("databases-deps") as log:
            builder = self.builder(log)
            builder.deps(DEPS, dependency_print(self.settings))
        assert self.odoo
        Databases(self.odoo).sql(
            *(
                (f"CREATE INDEX ON ir_model_fields ({column})", [])
                for column in FIELD_REFERENCES
            ),
            database=DEPS,
        )

    def builder(self, log: IO[str]) -> Builder:
        """Return a builder on the throw-away cluster that shows no progress."""
        assert self.odoo
        return Builder(self.odoo, log, Progress("", out=log))

    def databases(self, result: Result) -> None:
        """Build the databases with our addons, without and with demo data."""
        assert self.odoo
        Databases(self.odoo).create("deps_copy", DEPS)
        jobs = {
            PLAIN: lambda: self._product(PLAIN, DEPS, demo=False),
            DEMO: lambda: self._product(DEMO, "deps_copy", demo=True),
        }
        for name, error in in_parallel(jobs).items():
            if error:
                result.failed += 1
                log = self.logs / f"databases-{name}.log"
                result.problems.append(f"{name}: {error}\n{process.tail(log)}")
            else:
                result.passed += 1
        for name in (DEPS, PLAIN, DEMO):
            found = serverlog.offences(self.logs / f"databases-{name}.log")
            result.problems += [f"while building {name}: {line}" for line in found]

    def _product(self, name: str, template: str, demo: bool) -> None:
        with self.log(f"databases-{name}") as log:
            origin = Origin(
                name, dependency_print(self.settings), addon_prints(self.settings)
            )
            self.builder(log).product(name, template, origin, demo)

    def translations(self, result: Result) -> None:
        """Every term of our addons has a Chinese translation, and nothing is left."""
        assert self.odoo
        folder = self.work / "terms"
        folder.mkdir()
        with self.log("translations") as log:
            translations.export(self.odoo, PLAIN, folder, list(ADDONS), log)
        for addon in ADDONS:
            self.check(
                result,
                addon,
                list(translations.po_command(self.odoo, "check", folder, [addon])),
            )

    def addons(self, result: Result) -> None:
        """The tests of the addons, on a database without demo data."""
        self.pytest(
            result,
            list(ADDONS),
            *("--odoo-http", "-n", WORKERS, "--dist=loadscope"),
            *("-p", "launcher.inside.worker_files"),
            database=PLAIN,
            env={"PYTHONPATH": str(self.settings.root)},
            cwd=self.settings.addons_path,
        )

    def acceptance(self, result: Result) -> None:
        """The acceptance cases."""
        self.pytest(result, ["tests/acceptance"], "-n", WORKERS, database=PLAIN)

    def system(self, result: Result) -> None:
        """Installation, update, removal, security across the addons."""
        assert self.odoo
        conf = self.work / "system.conf"
        conf.write_text(configuration(self.odoo, PLAIN))
        self.pytest(
            result,
            ["tests/system"],
            *("-n", WORKERS, "--dist=loadfile"),
            env={
                "VAS_TEST_DEPS_DB": DEPS,
                "VAS_TEST_PLAIN_DB": PLAIN,
                "VAS_TEST_DEMO_DB": DEMO,
                "VAS_TEST_ODOO_CONF": str(conf),
                "VAS_TEST_ODOO_CMD": json.dumps([str(self.python), "-m", "odoo"]),
            },
        )

    def journeys(self, result: Result) -> None:
        """What people do, in a real browser."""
        assert self.odoo
        conf = self.work / "journeys.conf"
        conf.write_text(configuration(self.odoo, DEMO))
        self.pytest(
            result,
            ["tests/journeys"],
            *("-n", WORKERS, "--dist=loadfile"),
            env={
                "VAS_JOURNEY_CONF": str(conf),
                "VAS_JOURNEY_DATABASE": DEMO,
                "VAS_JOURNEY_SCREENSHOTS": str(self.settings.root / "screenshots"),
            },
        )
        for path in sorted(self.work.glob("journey-server-*.log")):
            shutil.copy(path, self.logs)
            result.problems += serverlog.offences(path)

    # The run ------------------------------------------------------------------------

    def run(self) -> None:
        """Run the wanted stages; the template builds beside the first ones."""
        if not any(map(self.wanted, (*NEED_DATABASES, "databases"))):
            self.early_stages()
            return
        with (
            self.log("cluster") as log,
            throw_away_cluster(self.python, log) as cluster,
        ):
            self.odoo = Odoo(self.settings, cluster.server, self.work / "data")
            self.pg_environment = {
                "PGHOST": cluster.server.host,
                "PGPORT": str(cluster.server.port),
                "PGUSER": cluster.server.user,
                "PATH": f"{cluster.programs()}:{os.environ.get('PATH', '')}",
            }
            try:
                self.database_stages()
            finally:
                process.end_all()  # before their server goes away

    def database_stages(self) -> None:
        """Build the databases beside the early stages, then run what needs them."""
        template = Background(self.build_deps)
        self.early_stages()

        def databases(result: Result) -> None:
            template.join()
            self.databases(result)

        if self.stage("databases", databases).passed < len((PLAIN, DEMO)):
            return
        for name in NEED_DATABASES:
            if self.wanted(name):
                self.stage(name, getattr(self, name))

    def early_stages(self) -> None:
        """Run the stages that need no database."""
        if self.wanted("lint"):
            self.stage("lint", self.lint)
        if self.wanted("launcher"):
            self.stage("launcher", self.launcher)


class Background:
    """Work in a thread whose exception comes out where it is joined."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # handed over to the thread that joins
            self.error = error

    def join(self) -> None:
        """Wait; raise what the work raised."""
        while self._thread.is_alive():
            self._thread.join(0.5)
        if self.error:
            raise self.error


def in_parallel(
    jobs: dict[str, Callable[[], None]],
) -> dict[str, BaseException | None]:
    """Run jobs at the same time; return what each raised."""
    running = {name: Background(work) for name, work in jobs.items()}
    errors: dict[str, BaseException | None] = {}
    for name, job in running.items():
        try:
            job.join()
            errors[name] = None
        except LauncherError as error:
            errors[name] = error
    return errors


def report(results: list[Result]) -> int:
    """Print the table of stages and the totals line; return the exit code."""
    print("\nStage           passed  failed      time")
    for result in results:
        print(
            f"{result.stage:<14} {result.passed:>7} {result.bad:>7} "
            f"{duration(result.seconds):>9}"
        )
    passed = sum(result.passed for result in results)
    failed = sum(result.bad for result in results)
    if not passed and not failed:
        failed = 1
        print("\nNo test ran.")
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def command(settings: Settings, arguments: list[str]) -> int:
    """Set up, run the stages, print the totals."""
    options = parse(arguments)
    began = time.monotonic()
    with setup_lock(settings):
        run_steps(settings, base_steps(settings, for_tests=True))
    print(f"Set up in {duration(time.monotonic() - began)}.\n")
    work = Path(tempfile.mkdtemp(prefix="vas-test-"))
    run = TestRun(settings, options, work)
    try:
        run.run()
    finally:
        process.end_all()
        shutil.rmtree(work, ignore_errors=True)
    print(f"\nAll in {duration(time.monotonic() - began)}; logs in {run.logs}")
    code = report(run.results)
    sys.stdout.flush()
    return code
