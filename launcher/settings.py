"""Settings: ``odoo.conf`` (sections ``options`` and ``vas``) and the environment.

The environment wins over the file, the file over the defaults.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import LauncherError

ADDONS = ("vas_kpi", "vas_service", "vas_logistics")
ODOO_SERIES = "19.0"
ODOO_GIT = "https://github.com/odoo/odoo.git"
OFF = {"", "false", "none"}


@dataclass(frozen=True)
class DatabaseServer:
    """How to reach PostgreSQL; a host that starts with ``/`` is a socket folder."""

    host: str
    port: int
    user: str
    password: str = ""

    def dsn(self, database: str) -> dict[str, str | int]:
        """Return the keyword arguments of ``psycopg2.connect``."""
        values: dict[str, str | int] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "dbname": database,
        }
        if self.password:
            values["password"] = self.password
        return values


@dataclass(frozen=True)
class Settings:
    """Everything that can be set, resolved once at the start of a command."""

    root: Path
    home: Path
    cache: Path
    conf: Path
    database: str
    server: DatabaseServer | None
    http_interface: str
    http_port: int
    workers: int
    language: str
    odoo_path: Path | None
    odoo_git: str
    python: str | None

    @property
    def logs(self) -> Path:
        """Folder of the log of each step."""
        return self.home / "log"

    @property
    def data_dir(self) -> Path:
        """Odoo's data folder (filestore, sessions)."""
        return self.home / "data"

    @property
    def addons_path(self) -> Path:
        """Folder of our addons."""
        return self.root / "addons"

    @property
    def url(self) -> str:
        """Address of the web client."""
        host = self.http_interface
        return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{self.http_port}"


def _number(text: str, what: str, low: int, high: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise LauncherError(
            f"{what} is {text!r}; expected a whole number from {low} to {high}"
        )
    return value


def _read_conf(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    try:
        parser.read([path], encoding="utf-8")
    except configparser.Error as error:
        raise LauncherError(f"{path} cannot be read: {error}") from error
    return parser


def load(root: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the checkout *root*.

    Raises LauncherError for a value that cannot be used.
    """
    env = os.environ if environ is None else environ
    user_home = Path(env.get("HOME") or "/tmp")
    conf_path = Path(env.get("VAS_CONF") or root / "odoo.conf").expanduser()
    if env.get("VAS_CONF") and not conf_path.is_file():
        raise LauncherError(f"VAS_CONF names {conf_path}, which is not a file")
    conf = _read_conf(conf_path)

    def option(*names: str, section: str = "options", key: str = "") -> str:
        """First value among the environment variables *names*, then the file."""
        for name in names:
            if env.get(name):
                return env[name]
        value = conf.get(section, key, fallback="").strip()
        return "" if value.lower() in OFF else value

    host = option("VAS_DB_HOST", "PGHOST", key="db_host")
    server = None
    if host:
        server = DatabaseServer(
            host=host,
            port=_number(
                option("VAS_DB_PORT", "PGPORT", key="db_port") or "5432",
                "the database port",
                1,
                65535,
            ),
            user=option("VAS_DB_USER", "PGUSER", key="db_user") or "odoo",
            password=option("VAS_DB_PASSWORD", "PGPASSWORD", key="db_password"),
        )
    database = option("VAS_DB_NAME", key="db_name") or "vas"
    if not all(char.isalnum() or char in "_-" for char in database):
        raise LauncherError(
            f"the database name {database!r} may only have letters, digits, _ and -"
        )
    odoo_path = option("VAS_ODOO_PATH", section="vas", key="odoo_path")
    cache = env.get("XDG_CACHE_HOME") or user_home / ".cache"
    return Settings(
        root=root,
        home=Path(env.get("VAS_HOME") or root / ".vas").expanduser().resolve(),
        cache=Path(cache) / "vas",
        conf=conf_path,
        database=database,
        server=server,
        http_interface=option("VAS_HTTP_INTERFACE", key="http_interface")
        or "127.0.0.1",
        http_port=_number(
            option("VAS_HTTP_PORT", key="http_port") or "8069", "the port", 1, 65535
        ),
        workers=_number(
            option("VAS_WORKERS", section="vas", key="workers") or "0",
            "the number of workers",
            0,
            512,
        ),
        language=option("VAS_LANGUAGE", section="vas", key="language") or "en_US",
        odoo_path=Path(odoo_path).expanduser() if odoo_path else None,
        odoo_git=option("VAS_ODOO_GIT", section="vas", key="odoo_git") or ODOO_GIT,
        python=option("VAS_PYTHON", section="vas", key="python") or None,
    )
