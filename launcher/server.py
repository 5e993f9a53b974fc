"""The web server: started on its own, found again, stopped, never mistaken."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass

from . import process
from .errors import LauncherError
from .odoo_command import Odoo
from .settings import Settings
from .steps import write_atomically

START_PATIENCE = 180.0
# Straight to the server, whatever proxy the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Running:
    """A server that was started here; the start time tells it from a later process."""

    pid: int
    start_time: str
    url: str
    database: str


def answers(url: str, timeout: float = 5.0) -> bool:
    """Tell whether the login page comes with HTTP 200."""
    try:
        with DIRECT.open(f"{url}/web/login", timeout=timeout) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def port_taken(interface: str, port: int) -> bool:
    """Tell whether somebody listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
        except OSError:
            return True
    return False


class Server:
    """The server of this set-up."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pid_file = settings.home / "server.json"
        self.log_file = settings.logs / "odoo.log"

    def running(self) -> Running | None:
        """Return the server that was started here and still lives."""
        try:
            known = Running(**json.loads(self.pid_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        alive = process.process_start_time(known.pid) == known.start_time
        return known if alive else None

    def command(self, odoo: Odoo) -> list[str]:
        """Return the command line of the server."""
        settings = self.settings
        return odoo.command(
            settings.database,
            f"--http-interface={settings.http_interface}",
            f"--http-port={settings.http_port}",
            f"--workers={settings.workers}",
        )

    def check_port(self) -> None:
        """Raise LauncherError when the port belongs to somebody else."""
        settings = self.settings
        if port_taken(settings.http_interface, settings.http_port):
            raise LauncherError(
                f"port {settings.http_port} on {settings.http_interface} is taken by "
                "another program",
                f"choose another one: VAS_HTTP_PORT={settings.http_port + 1} ./vas run "
                "(or http_port in odoo.conf)",
            )

    def start(self, odoo: Odoo) -> Running:
        """Start the server detached and wait until it answers."""
        self.check_port()
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            child = subprocess.Popen(
                self.command(odoo),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.settings.root,
                env=process.clean_environment(odoo.environment),
            )
        try:
            started = Running(
                child.pid,
                process.process_start_time(child.pid) or "",
                self.settings.url,
                self.settings.database,
            )
            write_atomically(self.pid_file, json.dumps(asdict(started)) + "\n")
            self._wait(child)
        except BaseException:
            process.kill_group(child)
            self.pid_file.unlink(missing_ok=True)
            raise
        return started

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise LauncherError(
                    f"the server ended while starting (exit code {child.returncode})",
                    f"the log is {self.log_file}; its end:\n"
                    + process.tail(self.log_file),
                )
            if answers(self.settings.url):
                return
            time.sleep(0.2)
        raise LauncherError(
            f"the server gives no login page after {START_PATIENCE:.0f} s",
            f"the log is {self.log_file}; its end:\n" + process.tail(self.log_file),
        )

    def stop(self) -> bool:
        """Stop the server that was started here; tell whether there was one."""
        known = self.running()
        if known:
            if not process.stop_process(known.pid, known.start_time):
                raise LauncherError(f"the server (process {known.pid}) does not end")
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(known.pid, signal.SIGKILL)  # workers left behind, if any
        self.pid_file.unlink(missing_ok=True)
        return known is not None

    def foreground(self, odoo: Odoo) -> None:
        """Become the server: for a supervisor that keeps it and collects its output."""
        self.check_port()
        command = self.command(odoo)
        os.chdir(self.settings.root)
        os.execve(command[0], command, process.clean_environment(odoo.environment))


def existing_logins(odoo: Odoo, database: str) -> set[str]:
    """Return the logins of the active accounts of *database*."""
    from .database import Databases

    (rows,) = Databases(odoo).sql(
        ("SELECT login FROM res_users WHERE active", []), database=database
    )
    return {str(row[0]) for row in rows}
