"""A private PostgreSQL cluster on a Unix socket, and questions to any server."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from . import process
from .errors import LauncherError
from .settings import DatabaseServer, Settings
from .steps import Progress, Step, digest, write_atomically
from .system import postgres_bin_folders

PORT = 5432  # names the socket only; nothing listens on the network
SOCKET_LIMIT = 100
ROLE = "odoo"
SERVICE_USERS = ("postgres", "nobody")

COMMON = {
    "listen_addresses": "''",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "log_timezone": "'UTC'",
    "timezone": "'UTC'",
}
# For tests only: a crash may lose everything, which is then thrown away anyway.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_wal_size": "4GB",
}


def server_user() -> str | None:
    """Return the account that runs the server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in SERVICE_USERS:
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return name
    raise LauncherError(
        "PostgreSQL refuses to run as root and no account postgres exists"
    )


def reachable_by(user: str | None, folder: Path) -> bool:
    """Tell whether *user* can enter *folder* (a clone may sit in a closed folder)."""
    if user is None:
        return True
    return process.capture(["test", "-x", str(folder)], user=user).returncode == 0


class Cluster:
    """A cluster in a folder of its own: ``data`` and the socket folder ``s``."""

    def __init__(self, folder: Path, options: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.options = {**COMMON, **(options or {})}
        self.data = folder / "data"
        self.sockets = folder / "s"
        self.user = server_user()

    @property
    def server(self) -> DatabaseServer:
        """Return how to reach it."""
        return DatabaseServer(host=str(self.sockets), port=PORT, user=ROLE)

    @property
    def superuser(self) -> DatabaseServer:
        """Return how to reach it as the role that made it."""
        name = self.user or getpass.getuser()
        return DatabaseServer(host=str(self.sockets), port=PORT, user=name)

    def complete(self) -> bool:
        """Tell whether the cluster was made to the end."""
        return (self.folder / "complete").exists()

    def programs(self) -> Path:
        """Return the folder of the server programs that fit this cluster."""
        folders = postgres_bin_folders()
        if not folders:
            raise LauncherError(
                "PostgreSQL's server is not installed",
                "install it: sudo apt-get install -y postgresql",
            )
        version_file = self.data / "PG_VERSION"
        if not version_file.exists():
            return folders[0]
        wanted = version_file.read_text().strip()
        for folder in folders:
            text = process.capture([folder / "postgres", "--version"]).stdout
            if f" {wanted}." in text:
                return folder
        raise LauncherError(
            f"the cluster in {self.data} was made by PostgreSQL {wanted}, "
            "which is not installed any more",
            f"install postgresql-{wanted}, or start anew with ./vas reset",
        )

    def create(self, log: IO[str]) -> None:
        """Make the cluster; what a broken attempt left is removed first."""
        if self.folder.exists():
            self.stop(log)
            shutil.rmtree(self.folder)
        self.sockets.mkdir(parents=True)
        self.folder.chmod(0o700)
        self.sockets.chmod(0o700)
        if self.user:
            for path in (self.folder, self.sockets):
                shutil.chown(path, self.user)
        process.run_logged(
            [
                *(self.programs() / "initdb", "--pgdata", self.data, "--auth=trust"),
                *(
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                    "--no-instructions",
                ),
            ],
            log,
            what="initdb",
            cwd=Path("/"),
            user=self.user,
        )
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write("\n# of the launcher\n")
            conf.write(f"unix_socket_directories = '{self.sockets}'\n")
            conf.writelines(f"{key} = {value}\n" for key, value in self.options.items())

    def running(self) -> bool:
        """Tell whether the server answers to its pid file."""
        if not (self.data / "postmaster.pid").exists():
            return False
        result = process.capture(
            [self.programs() / "pg_ctl", "status", "-D", self.data],
            cwd=Path("/"),
            user=self.user,
        )
        return result.returncode == 0

    def start(self, log: IO[str]) -> None:
        """Start the server unless it runs."""
        if self.running():
            return
        process.run_logged(
            [
                *(self.programs() / "pg_ctl", "start", "--wait", "--timeout=60"),
                *("-D", self.data, "-l", self.folder / "server.log"),
            ],
            log,
            what="starting PostgreSQL",
            cwd=Path("/"),
            user=self.user,
            advice=f"PostgreSQL's log is {self.folder / 'server.log'}",
        )

    def stop(self, log: IO[str] | None = None, mode: str = "fast") -> None:
        """Stop the server if it runs."""
        if self.running():
            result = process.capture(
                [
                    *(self.programs() / "pg_ctl", "stop", "--wait", "--timeout=60"),
                    *("--mode", mode, "-D", self.data),
                ],
                cwd=Path("/"),
                user=self.user,
            )
            if log:
                log.write(result.stdout + result.stderr)
            if result.returncode:
                raise LauncherError(
                    f"PostgreSQL does not stop: {result.stderr.strip()}"
                )

    def make_role(self, python: Path) -> None:
        """Create the role of Odoo: it may create databases and nothing more."""
        rows = query(
            python,
            self.superuser,
            "postgres",
            [("SELECT count(*) FROM pg_roles WHERE rolname = %s", [ROLE])],
        )
        if not rows[0][0][0]:
            query(
                python,
                self.superuser,
                "postgres",
                [(f"CREATE ROLE {ROLE} LOGIN CREATEDB", [])],
            )
        (self.folder / "complete").touch()


def query(
    python: Path,
    server: DatabaseServer,
    database: str,
    statements: Sequence[tuple[str, Sequence[Any]]],
) -> list[list[list[Any]]]:
    """Run SQL with the psycopg2 of the virtual environment, each statement for itself.

    Returns the rows of each statement. Raises LauncherError with the server's message.
    """
    request = {"dsn": server.dsn(database), "statements": list(statements)}
    script = Path(__file__).parent / "inside/sql.py"
    result = process.capture([python, script], input_text=json.dumps(request))
    if result.returncode:
        where = f"{server.host}, port {server.port}"
        message = result.stderr.strip().splitlines() or ["no message"]
        raise LauncherError(f"PostgreSQL ({where}): {message[-1]}")
    rows: list[list[list[Any]]] = json.loads(result.stdout)
    return rows


def cluster_folder(settings: Settings) -> Path:
    """Return where the private cluster is, or would be put."""
    note = settings.home / "pg.json"
    with contextlib.suppress(OSError, ValueError, KeyError):
        return Path(json.loads(note.read_text())["folder"])
    preferred = settings.home / "pg"
    settings.home.mkdir(parents=True, exist_ok=True)
    socket = f"{preferred}/s/.s.PGSQL.{PORT}"
    if len(socket) <= SOCKET_LIMIT and reachable_by(server_user(), settings.home):
        return preferred
    name = "vas-" + hashlib.sha256(str(settings.home).encode()).hexdigest()[:12]
    base = Path("/var/lib") if os.geteuid() == 0 else Path.home() / ".local/share"
    return base / name


class DatabaseCluster(Step):
    """See that a database server answers: the configured one or a private cluster."""

    name = "postgres"
    title = "PostgreSQL"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.python = settings.home / "venv/bin/python"

    def fingerprint(self) -> str:
        server = self.settings.server
        return digest(server.host, server.port, server.user) if server else "private"

    def present(self) -> bool:
        if self.settings.server:
            check_server(self.python, self.settings.server)
            return True
        cluster = Cluster(cluster_folder(self.settings))
        return cluster.complete() and cluster.running()

    def run(self, log: IO[str], progress: Progress) -> None:
        if self.settings.server:
            version = check_server(self.python, self.settings.server)
            progress.note(f"using the server {self.settings.server.host} ({version})")
            return
        folder = cluster_folder(self.settings)
        cluster = Cluster(folder)
        if not cluster.complete():
            if folder.parent != self.settings.home:
                progress.note(
                    f"the database files are in {folder}: {self.settings.home} cannot "
                    "hold them (closed to PostgreSQL's account, or too long a path)"
                )
            progress.detail("creating a private cluster")
            write_atomically(
                self.settings.home / "pg.json", json.dumps({"folder": str(folder)})
            )
            cluster.create(log)
        progress.detail("starting")
        cluster.start(log)
        cluster.make_role(self.python)


def check_server(python: Path, server: DatabaseServer) -> str:
    """Return the version of a configured server; LauncherError when it cannot serve."""
    try:
        rows = query(
            python,
            server,
            "postgres",
            [
                ("SELECT current_setting('server_version')", []),
                (
                    (
                        "SELECT rolcreatedb OR rolsuper FROM pg_roles "
                        "WHERE rolname = current_user"
                    ),
                    [],
                ),
            ],
        )
    except LauncherError as error:
        error.advice = (
            "check db_host, db_port, db_user and db_password in odoo.conf (or "
            "VAS_DB_HOST, VAS_DB_PORT, VAS_DB_USER, VAS_DB_PASSWORD); the user "
            "must be able to connect to the database postgres and to create databases"
        )
        raise
    if not rows[1][0][0]:
        raise LauncherError(
            f"the database user {server.user} may not create databases",
            f"as an administrator of the server: ALTER ROLE {server.user} CREATEDB",
        )
    return f"PostgreSQL {rows[0][0][0]}"


def current_server(settings: Settings) -> DatabaseServer:
    """Return the server of this set-up."""
    return settings.server or Cluster(cluster_folder(settings)).server


@contextlib.contextmanager
def throw_away_cluster(python: Path, log: IO[str]) -> Iterator[Cluster]:
    """Yield a running cluster in a temporary folder; nothing is left of it."""
    user = server_user()
    base = Path(tempfile.mkdtemp(prefix="vas-pg-", dir="/tmp"))
    base.chmod(0o755 if user else 0o700)
    cluster = Cluster(base / "c", THROW_AWAY)
    try:
        cluster.create(log)
        cluster.start(log)
        cluster.make_role(python)
        yield cluster
    finally:
        try:
            cluster.stop(log, mode="immediate")
        finally:
            remove_tree(base)


def remove_tree(folder: Path, patience: float = 10) -> None:
    """Remove a folder in which an ending server process may still write a file."""
    deadline = time.monotonic() + patience
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)
    if folder.exists():
        shutil.rmtree(folder)
