"""The commands of ``./vas``."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import logins, process
from .database import (
    Builder,
    Databases,
    ProductDatabase,
    addon_prints,
    drop_all,
    product_odoo,
    update_modules,
)
from .errors import LauncherError, UsageError
from .odoo_command import Odoo
from .odoo_source import OdooTree, read_source
from .postgres import Cluster, DatabaseCluster, cluster_folder
from .python_env import PythonPackages, TestPackages, base_python
from .server import Server, existing_logins
from .settings import ADDONS, Settings, load
from .steps import Progress, Stamps, Step, duration, run_steps, setup_lock
from .system import SystemPackages

HELP = """\
usage: ./vas COMMAND

  run [--foreground]      set up what is missing, start the server, print the logins
  stop                    stop the server and the private database cluster
  update [MODULE…]        update our addons (or those named) in the database
  shell [ARGUMENT…]       Odoo's shell on the database; reads a script from stdin
  status                  what is set up and what runs
  reset [--yes]           remove the database, the attachments and all that was set up

  test [--only STAGE…] [-k EXPRESSION]
                          lint, all tests, acceptance cases and browser journeys
  lint                    only the lint stage of the tests
  cases FILE…             run acceptance-case files through the addons
  bench [NAME… [--quick]] run benchmarks; without a name: list them
  i18n [ADDON…]           refresh the translation files, list what is untranslated
  help                    this text

Settings: odoo.conf, or the environment (VAS_HTTP_PORT, VAS_DB_HOST, VAS_ODOO_PATH …);
README.md lists them."""


# Set-up ---------------------------------------------------------------------------


def base_steps(settings: Settings, for_tests: bool = False) -> list[Step]:
    """Return the set-up up to a Python in which Odoo can be imported."""
    python = base_python(settings)
    # Where a person brings both Odoo and a server, nothing system-wide is installed.
    brings_own = bool(settings.server and (settings.odoo_path or settings.python))
    steps: list[Step] = [
        SystemPackages(
            settings,
            python,
            install=for_tests or not brings_own,
            for_tests=for_tests,
        ),
        OdooTree(settings, python),
        PythonPackages(settings, python),
    ]
    if for_tests:
        steps.append(TestPackages(settings))
    return steps


def server_steps(settings: Settings) -> list[Step]:
    """Return the whole set-up of a server with its database."""
    return [
        *base_steps(settings),
        DatabaseCluster(settings),
        ProductDatabase(settings),
    ]


def existing_setup(settings: Settings) -> Odoo:
    """Return Odoo of a finished set-up, its database server running."""
    if Stamps(settings.home / "stamps").get("database") is None:
        raise LauncherError("nothing is set up here yet", "start with ./vas run")
    if not settings.server:
        with (settings.logs / "postgres.log").open("a", encoding="utf-8") as log:
            Cluster(cluster_folder(settings)).start(log)
    return product_odoo(settings)


# Server ---------------------------------------------------------------------------


def run(settings: Settings, arguments: list[str]) -> int:
    """Set up what is missing and start the server."""
    foreground = arguments == ["--foreground"]
    if arguments and not foreground:
        raise UsageError(f"./vas run does not know {arguments[0]!r}")
    began = time.monotonic()
    server = Server(settings)

    def before_change(step: Step) -> None:
        if step.name != "system" and server.stop():
            print(f"      the server is stopped: {step.title.lower()} must be redone")

    with setup_lock(settings):
        run_steps(settings, server_steps(settings), before_change)
        odoo = product_odoo(settings)
        running = server.running()
        if running and (foreground or running.url != settings.url):
            server.stop()
            running = None
        if foreground:
            print(f"Odoo on {settings.url}, in the foreground", flush=True)
        elif running:
            show_access(settings, odoo, "The server runs already.")
            return 0
        else:
            server.stop()
            progress = Progress("Starting the server")
            progress.start()
            server.start(odoo)
            progress.done()
    if foreground:
        server.foreground(odoo)
    total = duration(time.monotonic() - began)
    show_access(settings, odoo, f"Ready after {total}.")
    return 0


def show_access(settings: Settings, odoo: Odoo, headline: str) -> None:
    """Print the address and the logins."""
    print(f"\n{headline}\n\n  {settings.url}\n")
    print(logins.table(existing_logins(odoo, settings.database)))
    print(f"\n  log: {Server(settings).log_file}   stop: ./vas stop")


def stop(settings: Settings, arguments: list[str]) -> int:
    """Stop the server, then the private cluster."""
    _none(arguments, "stop")
    with setup_lock(settings):
        stopped = Server(settings).stop()
        print("The server is stopped." if stopped else "No server was running.")
        if not settings.server:
            cluster = Cluster(cluster_folder(settings))
            if cluster.complete() and cluster.running():
                cluster.stop()
                print("The database cluster is stopped.")
    return 0


def update(settings: Settings, arguments: list[str]) -> int:
    """Update modules in the database; a running server is restarted."""
    for name in arguments:
        if not name.replace("_", "").isalnum():
            raise UsageError(f"{name!r} is not the name of a module")
    with setup_lock(settings):
        odoo = existing_setup(settings)
        server = Server(settings)
        was_running = server.stop()
        modules = arguments or list(ADDONS)
        progress = Progress(f"Updating {', '.join(modules)}")
        progress.start()
        log_path = settings.logs / "update.log"
        with log_path.open("w", encoding="utf-8") as log:
            builder = Builder(odoo, log, progress)
            _with_log(
                log_path,
                lambda: update_modules(builder, settings.database, modules),
            )
        origin = Databases(odoo).origins()[settings.database]
        if origin and not arguments:
            origin.addons = addon_prints(settings)
            Databases(odoo).stamp(settings.database, origin)
            step = ProductDatabase(settings)
            Stamps(settings.home / "stamps").set(step.name, step.fingerprint())
        progress.done()
        if was_running:
            server.start(odoo)
            print(f"The server runs again: {settings.url}")
    return 0


def _with_log(path: Path, work: Callable[[], None]) -> None:
    try:
        work()
    except LauncherError as error:
        error.advice = error.advice or f"the log is {path}; its end:\n" + process.tail(
            path
        )
        raise


def shell(settings: Settings, arguments: list[str]) -> int:
    """Become Odoo's shell; arguments and stdin pass through."""
    with setup_lock(settings):
        odoo = existing_setup(settings)
    command = [
        *(str(odoo.python), "-m", "odoo", "shell"),
        *odoo.options(settings.database),
        *("--no-http", *arguments),
    ]
    os.chdir(settings.root)
    os.execve(command[0], command, process.clean_environment(odoo.environment))


def status(settings: Settings, arguments: list[str]) -> int:
    """Say what is set up and what runs."""
    _none(arguments, "status")
    stamps = Stamps(settings.home / "stamps")
    running = Server(settings).running()
    if stamps.get("odoo"):
        print(f"Odoo      {read_source(settings).detail}")
    else:
        print("Odoo      not set up; ./vas run does it")
    if settings.server:
        print(f"Database  {settings.database} on {settings.server.host}")
    else:
        cluster = Cluster(cluster_folder(settings))
        state = "not made yet"
        if cluster.complete():
            state = "running" if cluster.running() else "stopped"
        print(
            f"Database  {settings.database}, private cluster {cluster.folder}: {state}"
        )
    print(f"Server    {'running on ' + running.url if running else 'stopped'}")
    return 0


def reset(settings: Settings, arguments: list[str]) -> int:
    """Remove what was set up; downloads stay."""
    if arguments not in ([], ["--yes"]):
        raise UsageError(f"./vas reset does not know {arguments[0]!r}")
    private = not settings.server
    folder = cluster_folder(settings) if private else None
    what = f"the database {settings.database}, its attachments and {settings.home}"
    if not arguments:
        if not sys.stdin.isatty():
            raise LauncherError(f"this removes {what}", "add --yes to confirm")
        if input(f"Remove {what}? [y/N] ").strip().lower() not in ("y", "yes"):
            print("Nothing was removed.")
            return 1
    with setup_lock(settings):
        Server(settings).stop()
        if folder:
            cluster = Cluster(folder)
            if cluster.data.exists():
                cluster.stop(mode="immediate")
            shutil.rmtree(folder, ignore_errors=True)
        elif Stamps(settings.home / "stamps").get("python"):
            for name in drop_all(settings):
                print(f"dropped the database {name}")
        shutil.rmtree(settings.home)
    print(f"Removed. Downloads are kept in {settings.cache}.")
    return 0


# Quality --------------------------------------------------------------------------


def test(settings: Settings, arguments: list[str]) -> int:
    """Run the tests."""
    from .testing import command

    return command(settings, arguments)


def lint(settings: Settings, arguments: list[str]) -> int:
    """Run the lint stage."""
    from .testing import command

    _none(arguments, "lint")
    return command(settings, ["--only", "lint"])


def cases(settings: Settings, arguments: list[str]) -> int:
    """Run acceptance-case files."""
    from .cases import command

    return command(settings, arguments)


def bench(settings: Settings, arguments: list[str]) -> int:
    """Run benchmarks, each a folder with a ``run.py``."""
    from .bench import command

    return command(settings, arguments)


def i18n(settings: Settings, arguments: list[str]) -> int:
    """Refresh translation files."""
    from .translations import command

    return command(settings, arguments)


def show_help(_settings: Settings, _arguments: list[str]) -> int:
    """Print the help."""
    print(HELP)
    return 0


def _none(arguments: list[str], command: str) -> None:
    if arguments:
        raise UsageError(f"./vas {command} does not know {arguments[0]!r}")


COMMANDS: dict[str, Callable[[Settings, list[str]], int]] = {
    "run": run,
    "stop": stop,
    "update": update,
    "shell": shell,
    "status": status,
    "reset": reset,
    "test": test,
    "lint": lint,
    "cases": cases,
    "bench": bench,
    "i18n": i18n,
    "help": show_help,
}


def main(arguments: list[str], root: Path | None = None) -> int:
    """Run one command; return the exit code."""
    name = arguments[0] if arguments else ""
    if name in ("-h", "--help"):
        name = "help"
    if name not in COMMANDS:
        problem = f"unknown command {name!r}" if name else "a command is missing"
        print(f"error: {problem}\n\n{HELP}", file=sys.stderr)
        return 2
    process.interruptible()
    try:
        settings = load(root or Path(__file__).resolve().parent.parent)
        return COMMANDS[name](settings, arguments[1:])
    except UsageError as error:
        print(f"error: {error}\n\n{HELP}", file=sys.stderr)
        return error.exit_code
    except LauncherError as error:
        print(f"\nerror: {error}", file=sys.stderr)
        if error.advice:
            print(f"  {error.advice}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nInterrupted; ./vas run goes on from here.", file=sys.stderr)
        return 130
