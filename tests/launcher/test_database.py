import types

import pytest

from launcher.database import Origin, deps_template
from launcher.postgres import SOCKET_LIMIT, cluster_folder
from launcher.server import Server, port_taken


def test_the_origin_of_a_database_survives_its_comment():
    origin = Origin("demo", "d1", {"vas_kpi": "k1"})
    assert Origin.parse(origin.comment()) == origin


class RecordingBuilder:
    """Writes down what would be dropped and built."""

    def __init__(self, settings, known):
        self.done = []
        self.odoo = types.SimpleNamespace(settings=settings)
        self.databases = types.SimpleNamespace(
            origins=lambda: known,
            drop=lambda name: self.done.append(("drop", name)),
        )

    def deps(self, name, deps):
        self.done.append(("build", name, deps))


@pytest.mark.parametrize(
    ("known", "steps"),
    [
        (None, ["build"]),
        (Origin("deps", "new"), []),
        # Out of date: its name must be free before the new one takes it.
        (Origin("deps", "old"), ["drop", "build"]),
    ],
)
def test_a_template_out_of_date_makes_way_for_the_new_one(settings, known, steps):
    name = f"{settings.database}_deps"
    builder = RecordingBuilder(settings, {name: known} if known else {})
    assert deps_template(builder, "new") == name
    assert [step[0] for step in builder.done] == steps


def test_a_database_of_somebody_else_is_recognised():
    for comment in (
        None,
        "",
        "a note",
        "[]",
        '{"made_by": "me"}',
        '{"made_by": "vas"}',
    ):
        assert Origin.parse(comment) is None


def test_the_socket_path_is_never_too_long(settings, tmp_path):
    import dataclasses

    deep = dataclasses.replace(settings, home=tmp_path / ("d" * 90) / ".vas")
    assert len(f"{cluster_folder(deep)}/s/.s.PGSQL.5432") <= SOCKET_LIMIT


def test_a_stale_or_broken_pid_file_is_no_server(settings):
    server = Server(settings)
    settings.home.mkdir()
    for text in (
        "",
        "{}",
        '{"pid": 1, "start_time": "0", "url": "u", "database": "d"}',
    ):
        server.pid_file.write_text(text)
        assert server.running() is None
        assert server.stop() is False


def test_a_taken_port_is_noticed():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port_taken("127.0.0.1", port)
    assert not port_taken("127.0.0.1", port)
