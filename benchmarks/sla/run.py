"""Service promises side by side with OCA ``helpdesk_mgmt_sla``; see README.md.

``./vas bench sla`` prints one JSON line per measurement. Both sides run in databases of
their own, made and dropped here, one after the other on the same machine.
"""

from __future__ import annotations

import argparse
import configparser
import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg2
from psycopg2 import sql

HERE = Path(__file__).resolve().parent


def say(text: str) -> None:
    """Tell a person what is going on; measurements alone go to standard output."""
    print(text, file=sys.stderr, flush=True)


def emit(name: str, ours: float, peer: float | None, unit: str, **more: object) -> None:
    """Print one measurement."""
    ratio = round(ours / peer, 4) if peer else None
    values = {"name": name, "ours": round(ours, 4), "peer": peer and round(peer, 4)}
    print(json.dumps({**values, "ratio": ratio, "unit": unit, **more}), flush=True)


class Databases:
    """Makes and drops databases of this benchmark."""

    def __init__(self, config: Path, packages: Path) -> None:
        parser = configparser.ConfigParser()
        parser.read(config)
        self.options = dict(parser["options"])
        self.config, self.packages = config, packages
        self.made: list[str] = []

    def _execute(self, statement: sql.Composable) -> None:
        options = self.options
        connection = psycopg2.connect(
            host=options.get("db_host"),
            port=options.get("db_port"),
            user=options.get("db_user"),
            dbname="postgres",
        )
        connection.autocommit = True
        try:
            connection.cursor().execute(statement)
        finally:
            connection.close()

    def make(self, name: str, template: str) -> str:
        self.drop(name)
        self.made.append(name)
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return name

    def drop(self, name: str) -> None:
        self._execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(name)
            )
        )

    def configuration(self, database: str, peer: bool) -> Path:
        """Write the configuration for one of the databases."""
        options = {**self.options, "db_name": database}
        if peer:
            # The peer alone: neither our addons nor the jobs of others.
            options["addons_path"] = str(self.packages / "odoo/addons")
            options["server_wide_modules"] = "base,web"
        path = self.config.with_name(f"{database}.conf")
        lines = [f"{name} = {value}" for name, value in options.items()]
        path.write_text("\n".join(["[options]", *lines]) + "\n")
        return path


def run(script: str, *arguments: object) -> dict:
    """Run a script of this folder; return its result."""
    done = subprocess.run(
        [sys.executable, HERE / script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=HERE,
    )
    line = next(x for x in done.stdout.splitlines() if x.startswith("RESULT "))
    return json.loads(line.removeprefix("RESULT "))


def install_peer(config: Path, database: str) -> None:
    code = "import sys; from odoo.cli import main; main()"
    subprocess.run(
        [
            *(sys.executable, "-c", code, "server", "-c", config, "-d", database),
            *("-i", "helpdesk_mgmt_sla", "--stop-after-init", "--log-level=warn"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "ODOO_RC": str(config)},
    )


def report(ours: dict, peer: dict) -> None:
    """Print what promises add to a bare ticket, on both sides."""
    for name, label in (("create", "create"), ("move", "stage change")):
        mine, theirs = (
            [a - b for a, b in zip(side[name], side[f"{name} bare"], strict=True)]
            for side in (ours, peer)
        )
        emit(
            f"{label}: time added to a bare ticket by 5 targets",
            mine[0],
            theirs[0],
            "ms per ticket",
            bare_ours=round(ours[f"{name} bare"][0], 3),
            bare_peer=round(peer[f"{name} bare"][0], 3),
        )
        emit(
            f"{label}: processor time added to a bare ticket by 5 targets",
            mine[1],
            theirs[1],
            "ms per ticket",
            bare_ours=round(ours[f"{name} bare"][1], 3),
            bare_peer=round(peer[f"{name} bare"][1], 3),
        )
        emit(
            f"{label}: SQL added to a bare ticket by 5 targets, batch of 200",
            mine[2],
            theirs[2],
            "queries per ticket",
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    arguments = parser.parse_args()
    quick = ["--quick"] if arguments.quick else []
    databases = Databases(arguments.config, arguments.packages)
    try:
        say("peer: installing helpdesk_mgmt_sla in a database of its own")
        name = databases.make("vas_bench_sla_peer", "template0")
        config = databases.configuration(name, peer=True)
        install_peer(config, name)
        say("peer: tickets")
        peer = run("tickets.py", "peer", config, name, *quick)
        name = databases.make("vas_bench_sla_ours", arguments.database)
        config = databases.configuration(name, peer=False)
        say("ours: tickets")
        ours = run("tickets.py", "ours", config, name, *quick)
        report(ours, peer)
        say("ours: deadlines, real log, escalation, simulation")
        engine = run("engine.py", config, name, *quick)
    finally:
        for name in databases.made:
            databases.drop(name)
            arguments.config.with_name(f"{name}.conf").unlink(missing_ok=True)
    one = engine["deadline"]
    emit(
        "one deadline, beside resource.calendar.plan_hours",
        one["ours"] * 1e6,
        one["peer"] * 1e6,
        "µs",
        times_faster=round(one["peer"] / one["ours"]),
        equal_share=one["equal"],
    )
    log = engine["log"]
    emit(
        "real log: clocks that differ between replay and live",
        log["different"],
        None,
        "clocks",
        incidents=log["incidents"],
        import_seconds=round(log["seconds"], 2),
    )
    tick = engine["tick"]
    emit(
        f"escalation tick with {tick['clocks']} open clocks, beside a scan",
        tick["ours"] * 1000,
        tick["peer"] * 1000,
        "ms",
    )
    simulation = engine["simulation"]
    emit(
        f"simulation of a draft on {simulation['judged']} promises",
        simulation["seconds"],
        None,
        "s",
    )


if __name__ == "__main__":
    main()
