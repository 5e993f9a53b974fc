"""Open the service reports on 100,000 tickets; see README.md.

``./vas bench reports`` prints one JSON line per measurement. The script clones the
database it is given, fills the clone, and drops it again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

#: Sizes of a full and of a quick run: devices, tickets.
SIZES = {"full": (10_000, 100_000), "quick": (1_000, 10_000)}
#: Seconds a report may take.
GOAL = 2.0
#: Reports by name: view of the pivot, date field.
PIVOTS = {
    "operation": ("vas_service_report_device_view_pivot", "month"),
    "maintenance": ("vas_service_report_device_view_pivot_maintenance", "month"),
    "duration": ("vas_service_report_duration_view_pivot", "date"),
    "engineers": ("vas_service_report_duration_view_pivot_person", "date"),
    "satisfaction": ("vas_service_report_satisfaction_view_pivot", "month"),
    "abnormal": ("vas_service_report_abnormal_view_pivot", "month"),
    "faults": ("vas_service_report_fault_view_pivot", "reported_at"),
}
PRINTED = ("operation", "maintenance", "duration", "satisfaction", "fault")


def say(text: str) -> None:
    """Tell a person what is going on; measurements alone go to standard output."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def scratch_copy(settings, template: str) -> Iterator[str]:
    """Clone a database for the time of the benchmark."""
    import psycopg2
    from psycopg2 import sql

    name = f"{template}_bench_reports"
    access = {
        "host": settings["db_host"],
        "port": settings["db_port"],
        "user": settings["db_user"],
        "password": settings["db_password"],
    }

    def execute(statement: str, *names: str) -> None:
        given = {key: value for key, value in access.items() if value}
        connected = psycopg2.connect(dbname="postgres", **given)
        with contextlib.closing(connected) as connection:
            connection.autocommit = True
            parts = [sql.Identifier(part) for part in names]
            connection.cursor().execute(sql.SQL(statement).format(*parts))

    execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    execute("CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield name
    finally:
        from odoo.sql_db import close_db

        close_db(name)
        execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


# -------------------------------------------------------------------------------- facts
def multiply(env, record, count: int, **values: str) -> int:
    """Copy *record* straight in the database; return the id before the first copy.

    :param values: SQL of columns that differ; ``n`` counts from 1 to *count*
    """
    table = record._table
    env.flush_all()
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = %s AND table_schema = current_schema() "
        "AND column_name <> 'id'",
        [table],
    )
    names = [name for (name,) in env.cr.fetchall()]
    unknown = set(values) - set(names)
    assert not unknown, f"{table} has no {unknown}"
    env.cr.execute(f"SELECT MAX(id) FROM {table}")
    first = env.cr.fetchone()[0]
    columns = ", ".join(f'"{name}"' for name in names)
    sources = ", ".join(values.get(name, f'"{table}"."{name}"') for name in names)
    env.cr.execute(
        f"INSERT INTO {table} (id, {columns}) "
        f"SELECT {first} + n, {sources} FROM {table}, generate_series(1, {count}) AS n "
        f"WHERE {table}.id = {record.id}"
    )
    env.invalidate_all()
    return first


def fill(env, devices: int, tickets: int) -> None:
    """Make a register of devices and what happened to them in two years."""
    kinds = env["vas.device.type"].create([{"name": f"Type {n}"} for n in range(5)])
    brands = env["vas.device.brand"].create([{"name": f"Brand {n}"} for n in range(6)])
    models = env["vas.device.model"].create(
        [
            {
                "name": f"Model {n}",
                "type_id": kinds[n % 5].id,
                "brand_id": brands[n % 6].id,
            }
            for n in range(30)
        ]
    )
    areas = env["res.territory"].create([{"name": f"Area {n}"} for n in range(12)])
    companies = env["res.partner"].create(
        [{"name": f"Company {n}", "is_company": True} for n in range(8)]
    )
    site = env["fsm.location"].create(
        {"name": "Site", "partner_id": companies[0].id, "owner_id": companies[0].id}
    )
    stations = env["vas.service.station"].create(
        [{"name": f"Station {n}"} for n in range(10)]
    )
    people = env["fsm.person"].create(
        [
            {"name": f"Engineer {n}", "vas_station_id": stations[n % 10].id}
            for n in range(60)
        ]
    )
    fault = env["vas.fault.type"].create({"name": "Fault"})

    def one_of(records, spread: str = "n") -> str:
        return f"(ARRAY{records.ids})[1 + ({spread}) % {len(records)}]"

    device = env["fsm.equipment"].create(
        {"name": "D", "vas_model_id": models[0].id, "vas_owner_id": companies[0].id}
    )
    # The type and the brand of a device are those of its model.
    first_device = multiply(
        env,
        device,
        devices,
        name="'D' || n",
        vas_model_id=one_of(models),
        vas_type_id=one_of(kinds, "n % 30"),
        vas_brand_id=one_of(brands, "n % 30"),
        vas_area_id=one_of(areas),
        vas_provider_id=one_of(companies),
        vas_installed_on="DATE '2022-01-01' + n % 300",
    )
    now = "timezone('UTC', now())"
    reported = f"({now} - n * INTERVAL '730 days' / {tickets})"
    ticket = env["helpdesk.ticket"].create(
        {
            "name": "T",
            "description": "<p>x</p>",
            "vas_equipment_id": device.id,
            "vas_fault_type_id": fault.id,
        }
    )
    first_ticket = multiply(
        env,
        ticket,
        tickets,
        number="'B' || n",
        access_token="NULL",
        vas_equipment_id=f"{first_device} + 1 + (n * 7919) % {devices}",
        vas_reported_at=reported,
        vas_repaired_at=f"{reported} + INTERVAL '9 hours'",
        vas_fault_hours="n % 40",
    )
    order = env["fsm.order"].create(
        {
            "ticket_id": ticket.id,
            "location_id": site.id,
            "vas_station_id": stations[0].id,
            "person_id": people[0].id,
        }
    )
    first_order = multiply(
        env,
        order,
        tickets,
        name="'BO' || n",
        ticket_id=f"{first_ticket} + n",
        vas_station_id=one_of(stations),
        person_id=one_of(people),
        vas_repaired_at=f"{reported} + INTERVAL '9 hours'",
        vas_repair_hours="n % 9",
        vas_departure_hours="1",
        vas_work_hours="1 + n % 9",
    )
    customer = env["res.partner"].create({"name": "Asked", "email": "a@example.com"})
    rule = env["vas.satisfaction.rule"].search([], limit=1)
    request = env["vas.satisfaction.request"].create(
        {"ticket_id": ticket.id, "partner_id": customer.id, "rule_id": rule.id}
    )
    multiply(
        env,
        request,
        tickets // 2,
        ticket_id=f"{first_ticket} + n",
        state="'answered'",
        score="1 + n % 5",
        answered_at=f"{reported} + INTERVAL '1 day'",
    )
    reason = env["vas.dispatch.reason"].search([("kind", "=", "wait")], limit=1)
    event = env["vas.dispatch.event"].create(
        {"order_id": order.id, "kind": "wait", "reason_id": reason.id}
    )
    multiply(
        env,
        event,
        tickets // 5,
        order_id=f"{first_order} + n",
        date=f"{reported} + INTERVAL '2 hours'",
        date_end=f"{reported} + INTERVAL '4 hours'",
    )
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


# ---------------------------------------------------------------------------- measuring
class Meter:
    """Measures a piece of work: seconds, and seconds of the processors.

    Those of this program and of its database session (with their helpers it cannot see)
    say more on a machine that is busy with other things too.
    """

    def __init__(self, env) -> None:
        env.cr.execute("SELECT pg_backend_pid()")
        self.session = Path(f"/proc/{env.cr.fetchone()[0]}/schedstat")

    def _processor(self) -> float:
        spent = time.process_time()
        if self.session.exists():
            spent += int(self.session.read_text().split()[0]) / 1e9
        return spent

    def __call__(self, work: Callable[[], object]) -> tuple[float, float]:
        """Return the medians of three runs."""
        found = []
        for _turn in range(3):
            begun, cpu = time.perf_counter(), self._processor()
            work()
            found.append((time.perf_counter() - begun, self._processor() - cpu))
        return tuple(statistics.median(part) for part in zip(*found, strict=True))


def pivot(env, name: str) -> tuple[object, list[list[str]], list[str]]:
    """Return what the first screen of a pivot asks: model, groups, figures."""
    from lxml import etree

    view = env.ref(f"vas_service.{name}").sudo()
    rows, columns, measures = [], [], []
    for node in etree.fromstring(view.arch):
        field, kind = node.get("name"), node.get("type")
        if kind == "measure":
            measures.append(field)
        else:
            spec = f"{field}:{node.get('interval')}" if node.get("interval") else field
            (rows if kind == "row" else columns).append(spec)
    sets = [
        [*rows[:deep], *columns[:wide]]
        for deep in range(len(rows) + 1)
        for wide in range(len(columns) + 1)
    ]
    model = env[view.model]
    figures = [f"{field}:{model._fields[field].aggregator}" for field in measures]
    return model, sets, figures


def measure(env, quick: bool, tickets: int) -> bool:
    """Print one line per report; return whether all were in time."""
    this, meter = date.today().year, Meter(env)
    in_time = True

    def emit(name: str, figures: tuple[float, float]) -> None:
        nonlocal in_time
        seconds, processor = figures
        in_time = in_time and seconds <= GOAL
        values = {"name": name, "ours": round(seconds, 3), "peer": None, "ratio": None}
        more = {"processor": round(processor, 3), "tickets": tickets, "goal": GOAL}
        print(json.dumps({**values, "unit": "s", **more}), flush=True)

    for name, (view, field) in PIVOTS.items():
        model, sets, figures = pivot(env, view)
        year = [(field, ">=", f"{this - 1}-01-01"), (field, "<=", f"{this}-12-31")]
        for label, domain in (("year", year), ("all", [])):

            def read(model=model, domain=domain, sets=sets, figures=figures):
                model.env.invalidate_all()
                return model.formatted_read_grouping_sets(
                    domain, sets, ["__count", *figures]
                )

            emit(f"report {name}, {label}", meter(read))
    for name in PRINTED:
        sheet = env["vas.service.report.print"].create(
            {
                "report": name,
                "date_from": f"{this - 1}-01-01",
                "date_to": f"{this - 1}-12-31",
            }
        )
        emit(f"printed table {name}", meter(sheet._get_sheet))
    return in_time or quick


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    arguments = parser.parse_args()
    import odoo
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(
        ["-c", str(arguments.config), "-d", arguments.database]
    )
    devices, tickets = SIZES["quick" if arguments.quick else "full"]
    with scratch_copy(odoo.tools.config, arguments.database) as name:
        say(f"{devices} devices, {tickets} tickets in a copy of the scratch database")
        context = {"tracking_disable": True, "vas_sla_replay": True, "lang": "en_US"}
        with Registry(name).cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, context)
            fill(env, devices, tickets)
            manager = env["res.users"].create(
                {
                    "name": "Manager",
                    "login": "bench_manager",
                    "group_ids": [
                        (4, env.ref("vas_service.group_vas_service_manager").id)
                    ],
                    "tz": "Asia/Shanghai",
                }
            )
            cursor.commit()
            env = api.Environment(cursor, manager.id, {**context, "tz": manager.tz})
            return 0 if measure(env, arguments.quick, tickets) else 1


if __name__ == "__main__":
    sys.exit(main())
