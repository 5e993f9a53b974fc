"""Fixtures: the server under test and the prepared databases of ``./vas test``."""

import json
import os
from pathlib import Path

import pytest
from odoo_server import OdooServer

NEEDED = {
    "VAS_TEST_DEPS_DB": "database with the dependencies installed and none of ours",
    "VAS_TEST_PLAIN_DB": "database with our addons and no demo data",
    "VAS_TEST_DEMO_DB": "database with our addons and our demo data",
    "VAS_TEST_ODOO_CONF": "configuration file of the server under test",
    "VAS_TEST_ODOO_CMD": "JSON list: the command that runs odoo",
}


def pytest_configure(config):
    missing = [
        f"{name}: {what}" for name, what in NEEDED.items() if not os.environ.get(name)
    ]
    if missing:
        raise pytest.UsageError(
            "tests/system is run by ./vas test, which sets:\n" + "\n".join(missing)
        )


@pytest.fixture(scope="session", autouse=True)
def load_registry():
    """Replace the fixture of pytest-odoo: these tests load no registry themselves."""


@pytest.fixture(scope="session")
def server() -> OdooServer:
    return OdooServer(
        command=json.loads(os.environ["VAS_TEST_ODOO_CMD"]),
        config_file=Path(os.environ["VAS_TEST_ODOO_CONF"]),
    )


@pytest.fixture(scope="session")
def demo_database() -> str:
    """The prepared demo database itself: read only, probes roll back."""
    return os.environ["VAS_TEST_DEMO_DB"]


@pytest.fixture(scope="session")
def plain_database() -> str:
    return os.environ["VAS_TEST_PLAIN_DB"]


@pytest.fixture(scope="session")
def deps_database() -> str:
    return os.environ["VAS_TEST_DEPS_DB"]


@pytest.fixture(scope="module")
def demo_copy(server, demo_database):
    """A copy of the demo database that the tests of one file may change."""
    with server.scratch_database(demo_database) as name:
        yield name
