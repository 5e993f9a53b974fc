"""Databases: built under a temporary name, stamped, renamed into place when whole.

A database that the launcher made carries a comment with the fingerprints of what it was
built from. One without is somebody else's and is never touched.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from .errors import LauncherError
from .logins import DEMO_COMPANY
from .odoo_command import Odoo, dependencies
from .odoo_source import read_source
from .postgres import current_server, query
from .settings import ADDONS, Settings
from .steps import Progress, Step, digest, file_digest, tree_digest

LOCALIZATION = "l10n_cn"
# The first is the language of records and new users; both are chosen by users.
LANGUAGES = "en_US,zh_CN"
BUILDING = "_building"


@dataclass
class Origin:
    """What a database was built from."""

    kind: str
    deps: str
    addons: dict[str, str] = field(default_factory=dict)

    def comment(self) -> str:
        """Return the text kept at the database."""
        return json.dumps({"made_by": "vas", **asdict(self)})

    @classmethod
    def parse(cls, comment: str | None) -> Origin | None:
        """Read the comment of a database; None when it is not the launcher's."""
        try:
            values = json.loads(comment or "")
            if values.pop("made_by") != "vas":
                return None
            return cls(**values)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def addon_prints(settings: Settings) -> dict[str, str]:
    """Return the fingerprint of each of our addons."""
    return {name: tree_digest(settings.addons_path / name) for name in ADDONS}


def dependency_print(settings: Settings) -> str:
    """Return a fingerprint of everything below our addons."""
    source = read_source(settings)
    return digest(
        dependencies(settings.addons_path, ADDONS),
        source.kind,
        source.detail,
        file_digest(settings.root / "requirements/oca.txt"),
        LOCALIZATION,
        LANGUAGES,
    )


class Databases:
    """The databases of one server, and their filestores."""

    def __init__(self, odoo: Odoo) -> None:
        self.odoo = odoo

    def sql(
        self, *statements: tuple[str, list[object]], database: str = "postgres"
    ) -> list[list[list[object]]]:
        """Run statements on *database*."""
        return query(self.odoo.python, self.odoo.server, database, statements)

    def origins(self) -> dict[str, Origin | None]:
        """Return all databases by name, with what they were built from."""
        (rows,) = self.sql(
            (
                (
                    "SELECT datname, shobj_description(oid, 'pg_database') "
                    "FROM pg_database WHERE NOT datistemplate"
                ),
                [],
            )
        )
        return {str(name): Origin.parse(comment) for name, comment in rows}  # type: ignore[arg-type]

    def filestore(self, name: str) -> Path:
        """Return the folder of a database's attachments."""
        return self.odoo.data_dir / "filestore" / name

    def drop(self, name: str) -> None:
        """Remove a database and its filestore, whoever is connected."""
        self.sql((f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', []))
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def create(self, name: str, template: str | None = None) -> None:
        """Create a database, empty or as a copy (attachments are hard-linked)."""
        self.drop(name)
        if template is None:
            self.sql(
                (
                    (
                        f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' LC_COLLATE 'C' "
                        "TEMPLATE template0"
                    ),
                    [],
                )
            )
            return
        self._disconnect(template)
        self.sql((f'CREATE DATABASE "{name}" TEMPLATE "{template}"', []))
        source = self.filestore(template)
        if source.exists():
            copy = os.link if self._links_work(source.parent) else shutil.copy2
            shutil.copytree(source, self.filestore(name), copy_function=copy)

    @staticmethod
    def _links_work(folder: Path) -> bool:
        probe, link = folder / ".probe", folder / ".probe-link"
        try:
            probe.touch()
            os.link(probe, link)
            return True
        except OSError:
            return False
        finally:
            for path in (probe, link):
                path.unlink(missing_ok=True)

    def _disconnect(self, name: str) -> None:
        """End connections: a database in use cannot be copied or renamed.

        Workers of the server itself, such as autovacuum's, belong to its superuser
        and may not be ended from here; the server stops them itself for a copy.
        """
        self.sql(
            (
                (
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = %s AND pid <> pg_backend_pid() "
                    "AND backend_type = 'client backend'"
                ),
                [name],
            )
        )

    def stamp(self, name: str, origin: Origin) -> None:
        """Write down what the database was built from."""
        self.sql((f'COMMENT ON DATABASE "{name}" IS %s', [origin.comment()]))

    def publish(self, building: str, name: str, origin: Origin) -> None:
        """Give a finished database its name; from here on it counts as whole."""
        self.stamp(building, origin)
        shutil.rmtree(self.filestore(name), ignore_errors=True)
        if self.filestore(building).exists():
            os.replace(self.filestore(building), self.filestore(name))
        self._disconnect(building)
        self.sql((f'ALTER DATABASE "{building}" RENAME TO "{name}"', []))


class Builder:
    """Builds the databases that the commands use."""

    def __init__(self, odoo: Odoo, log: IO[str], progress: Progress) -> None:
        self.odoo = odoo
        self.log = log
        self.progress = progress
        self.databases = Databases(odoo)

    def deps(self, name: str, deps: str) -> None:
        """Build the database of everything our addons stand on, without demo data."""
        building = name + BUILDING
        self.databases.create(building)
        modules = [*dependencies(self.odoo.settings.addons_path, ADDONS), LOCALIZATION]
        self.odoo.modules(
            building,
            ["-i", ",".join(modules), f"--load-language={LANGUAGES}"],
            self.log,
            self.progress,
            "dependencies",
        )
        self.databases.publish(building, name, Origin("deps", deps))

    def product(
        self,
        name: str,
        template: str,
        origin: Origin,
        demo: bool,
        finish: bool = True,
    ) -> None:
        """Build a database with our addons, as a copy of *template*.

        Odoo loads the demo data of a module only when its dependencies are marked as
        having theirs. They are marked, so that our demo company is loaded and nothing
        else is.
        """
        building = name + BUILDING
        self.progress.detail("copying the template")
        self.databases.create(building, template)
        arguments = ["-i", ",".join(ADDONS)]
        if demo:
            self.databases.sql(
                (
                    "UPDATE ir_module_module SET demo = true WHERE state = 'installed'",
                    [],
                ),
                database=building,
            )
            arguments.append("--with-demo")
        self.odoo.modules(
            building,
            arguments,
            self.log,
            self.progress,
            "addons with the demo company" if demo else "addons",
        )
        if demo:
            # Without the mark again, an update of a dependency stays free of demo data.
            self.databases.sql(
                (
                    "UPDATE ir_module_module SET demo = false "
                    "WHERE name NOT IN (%s, %s, %s)",
                    list(ADDONS),
                ),
                database=building,
            )
        self.check_installed(building, demo)
        if finish:
            self.progress.detail("preparing the first page")
            self.odoo.script(
                building,
                "finish",
                ["admin", self.odoo.settings.language, DEMO_COMPANY],
                self.log,
                "finishing the database",
            )
        self.databases.publish(building, name, origin)

    def check_installed(self, name: str, demo: bool) -> None:
        """Raise LauncherError unless our addons are installed in *name*.

        With *demo*, their demo data must be there too: Odoo goes on without when it
        fails to load.
        """
        (rows,) = self.databases.sql(
            (
                "SELECT name, state, demo FROM ir_module_module "
                "WHERE name IN (%s, %s, %s)",
                list(ADDONS),
            ),
            database=name,
        )
        states = {str(module): state for module, state, _demo in rows}
        lost = [addon for addon in ADDONS if states.get(addon) != "installed"]
        if lost:
            raise LauncherError(f"{', '.join(lost)} did not install")
        bare = sorted(str(module) for module, _state, has_demo in rows if not has_demo)
        if demo and bare:
            raise LauncherError(
                f"the demo data of {', '.join(bare)} did not load completely",
                f"the log is {self.log.name}. A demo company that grew over several "
                "versions of the sources is built anew by ./vas reset and ./vas run",
            )


def product_odoo(settings: Settings) -> Odoo:
    """Return Odoo on the server and data folder of this set-up."""
    return Odoo(settings, current_server(settings), settings.data_dir)


class ProductDatabase(Step):
    """Build the database with the demo company, or bring it up to date."""

    name = "database"
    title = "Database"

    def fingerprint(self) -> str:
        server = current_server(self.settings)
        return digest(
            self.settings.database,
            (server.host, server.port),
            dependency_print(self.settings),
            addon_prints(self.settings),
        )

    def present(self) -> bool:
        databases = Databases(product_odoo(self.settings))
        return databases.origins().get(self.settings.database) is not None

    def run(self, log: IO[str], progress: Progress) -> None:
        odoo = product_odoo(self.settings)
        builder = Builder(odoo, log, progress)
        name = self.settings.database
        wanted = Origin(
            "demo", dependency_print(self.settings), addon_prints(self.settings)
        )
        found = builder.databases.origins()
        if name in found:
            existing = found[name]
            if existing is None:
                raise LauncherError(
                    f"the database {name} exists and was not made by this command",
                    "choose another db_name (VAS_DB_NAME) for the demo company; to "
                    "install the addons in a database of your own see README.md",
                )
            self.update(builder, existing, wanted)
            return
        template = deps_template(builder, wanted.deps)
        builder.product(name, template, wanted, demo=True)

    def update(self, builder: Builder, existing: Origin, wanted: Origin) -> None:
        """Update what changed since the database was built."""
        changed = [
            addon
            for addon, print_ in wanted.addons.items()
            if existing.addons.get(addon) != print_
        ]
        if existing.deps != wanted.deps:
            changed = ["base"]
            builder.progress.note("Odoo or an OCA addon changed: updating everything")
        elif changed:
            builder.progress.note(f"sources changed: updating {', '.join(changed)}")
        if changed:
            update_modules(builder, self.settings.database, changed)
            builder.check_installed(self.settings.database, demo=True)
        builder.databases.stamp(self.settings.database, wanted)


def update_modules(builder: Builder, database: str, modules: list[str]) -> None:
    """Run ``-u`` for *modules*, and ``-i`` for ours that are not installed yet."""
    builder.odoo.modules(
        database,
        ["-u", ",".join(modules), "-i", ",".join(ADDONS)],
        builder.log,
        builder.progress,
        "update",
    )
    builder.progress.detail("preparing the first page")
    builder.odoo.script(database, "finish", [], builder.log, "preparing the first page")


def deps_template(builder: Builder, deps: str) -> str:
    """Return the template with the dependencies, built when it is missing or old."""
    name = f"{builder.odoo.settings.database}_deps"
    origin = builder.databases.origins().get(name)
    if origin is not None and origin.deps != deps:
        # The new one takes the name of the one that is out of date.
        builder.databases.drop(name)
        origin = None
    if origin is None:
        builder.deps(name, deps)
    return name


def drop_all(settings: Settings) -> list[str]:
    """Drop the databases that the launcher made for this set-up; return their names."""
    databases = Databases(product_odoo(settings))
    mine = [
        name
        for name, origin in databases.origins().items()
        if (name == settings.database or name.startswith(f"{settings.database}_"))
        and (origin is not None or name.endswith(BUILDING))
    ]
    for name in mine:
        with contextlib.suppress(FileNotFoundError):
            databases.drop(name)
    return mine
