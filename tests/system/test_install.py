"""The addons install one by one, update, and go away without leaving anything.

Runs Odoo as an administrator would, on a copy of a database that holds only what our
addons stand on. The environment comes from ``./vas test``:

- ODOO_RC: configuration file; VAS_SYSTEM_TEMPLATE: database to copy
- VAS_SYSTEM_LOG: file that collects the output, which is judged after the tests
"""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg2
import pytest

ADDONS = ("vas_kpi", "vas_service", "vas_logistics")
DATABASE = "system_install"


def odoo(*arguments: str) -> None:
    """Run a command of Odoo on the database; its output goes to the log."""
    with open(os.environ["VAS_SYSTEM_LOG"], "a") as log:
        subprocess.run(
            [sys.executable, "-m", "odoo", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=True,
        )


def server(*arguments: str) -> None:
    """Run ``odoo server`` with *arguments* until it has done its work."""
    odoo(
        "server",
        *("--config", os.environ["ODOO_RC"], "--database", DATABASE, "--logfile="),
        *("--log-level=info", "--no-http", "--stop-after-init", *arguments),
    )


@pytest.fixture(scope="module")
def database():
    """A copy of the template, dropped afterwards."""
    subprocess.run(["dropdb", "--if-exists", "--force", DATABASE], check=True)
    template = os.environ["VAS_SYSTEM_TEMPLATE"]
    subprocess.run(["createdb", "--template", template, DATABASE], check=True)
    yield DATABASE
    subprocess.run(["dropdb", "--if-exists", "--force", DATABASE], check=True)


def rows(statement: str, *parameters) -> list[tuple]:
    """Return the rows of a query."""
    connection = psycopg2.connect(dbname=DATABASE)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()
    finally:
        connection.close()


def states() -> dict[str, str]:
    """Return the state of each of our addons."""
    return dict(
        rows(
            "SELECT name, state FROM ir_module_module WHERE name IN %s",
            ADDONS,
        )
    )


def traces() -> dict[str, list[tuple]]:
    """Return everything in the database that is ours."""
    return {
        "tables": rows(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_name LIKE %s",
            r"vas\_%",
        ),
        "columns": rows(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name LIKE %s",
            r"vas\_%",
        ),
        "models": rows("SELECT model FROM ir_model WHERE model LIKE %s", "vas.%"),
        "fields": rows(
            "SELECT model, name FROM ir_model_fields WHERE name LIKE %s", r"vas\_%"
        ),
        "XML ids": rows(
            "SELECT module, name FROM ir_model_data WHERE module IN %s", ADDONS
        ),
        "actions": rows(
            "SELECT name::text FROM ir_act_window WHERE res_model LIKE %s", "vas.%"
        ),
    }


def test_life_of_the_addons(database):
    """Install in order, update, uninstall in reverse order: nothing is left."""
    before = traces()
    assert not before["tables"], "the template already holds our addons"
    for position, addon in enumerate(ADDONS):
        server("-i", addon)
        installed = {name for name, state in states().items() if state == "installed"}
        assert installed == set(ADDONS[: position + 1]), f"after installing {addon}"
    grown = traces()
    assert grown["tables"]
    assert grown["models"]
    server("-u", ",".join(ADDONS))
    assert set(states().values()) == {"installed"}
    assert {key: sorted(value) for key, value in traces().items()} == {
        key: sorted(value) for key, value in grown.items()
    }, "an update changed what the addons consist of"
    for addon in reversed(ADDONS):
        odoo(
            *("module", "uninstall", "--config", os.environ["ODOO_RC"]),
            *("--database", DATABASE, addon),
        )
        assert states()[addon] == "uninstalled"
    assert traces() == before
