import pytest

from launcher.errors import LauncherError
from launcher.settings import load


def write(checkout, text):
    (checkout / "odoo.conf").write_text(text)


def test_defaults(checkout):
    settings = load(checkout, {"HOME": "/home/someone"})
    assert settings.server is None
    assert settings.database == "vas"
    assert settings.url == "http://127.0.0.1:8069"
    assert str(settings.cache) == "/home/someone/.cache/vas"
    assert settings.home == (checkout / ".vas").resolve()


def test_file_names_a_server(checkout):
    write(
        checkout, "[options]\ndb_host = db.internal\ndb_user = prod\ndb_port = 6432\n"
    )
    server = load(checkout, {}).server
    assert (server.host, server.port, server.user) == ("db.internal", 6432, "prod")


def test_environment_wins_over_the_file(checkout):
    write(checkout, "[options]\ndb_host = db.internal\nhttp_port = 80\n")
    settings = load(checkout, {"VAS_DB_HOST": "other", "VAS_HTTP_PORT": "8070"})
    assert settings.server.host == "other"
    assert settings.http_port == 8070


def test_own_variable_wins_over_libpq(checkout):
    settings = load(checkout, {"VAS_DB_HOST": "ours", "PGHOST": "theirs"})
    assert settings.server.host == "ours"


@pytest.mark.parametrize("off", ["False", "", "None"])
def test_a_host_that_is_off_means_a_private_cluster(checkout, off):
    write(checkout, f"[options]\ndb_host = {off}\n")
    assert load(checkout, {}).server is None


@pytest.mark.parametrize("port", ["none", "0", "65536", "80.5"])
def test_a_wrong_port_is_refused(checkout, port):
    with pytest.raises(LauncherError, match="from 1 to 65535"):
        load(checkout, {"VAS_HTTP_PORT": port})


def test_a_database_name_cannot_smuggle_sql(checkout):
    with pytest.raises(LauncherError, match="letters, digits"):
        load(checkout, {"VAS_DB_NAME": 'x"; DROP DATABASE y'})


def test_a_broken_file_is_named(checkout):
    write(checkout, "no section\n")
    with pytest.raises(LauncherError, match=r"odoo\.conf cannot be read"):
        load(checkout, {})


def test_a_missing_file_that_was_named_is_refused(checkout):
    with pytest.raises(LauncherError, match="is not a file"):
        load(checkout, {"VAS_CONF": str(checkout / "absent.conf")})


def test_password_is_part_of_the_dsn_only_when_set(checkout):
    without = load(checkout, {"VAS_DB_HOST": "h"}).server
    assert "password" not in without.dsn("x")
    with_one = load(checkout, {"VAS_DB_HOST": "h", "VAS_DB_PASSWORD": "s"}).server
    assert with_one.dsn("x")["password"] == "s"


def test_the_shipped_configuration_is_readable():
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    settings = load(root, {"HOME": "/home/someone"})
    assert settings.server is None
    assert settings.http_interface == "127.0.0.1"
