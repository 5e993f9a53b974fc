"""Measure the measuring: many observations, beside plain SQL and ERPNext's way.

``./vas bench kpi`` prints one JSON line per measurement. The script clones the database
it is given, fills the clone with its own facts, and drops it again. See README.md.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import csv
import gc
import io
import json
import math
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
YEAR = date(2025, 1, 1), date(2025, 12, 31)
#: Sizes of a full and of a quick run: subjects, observations, rows of the import.
SIZES = {"full": (10_000, 1_000_000, 1_000_000), "quick": (500, 50_000, 20_000)}
#: Subjects whose figures the one-query-per-figure ways compute in a full run.
SAMPLE = 500
#: Rows per background job of the import; what a new company starts with.
PART_ROWS = 20_000
OBSERVED = {
    "r1": "ratio",
    "r2": "ratio",
    "r3": "ratio",
    "r4": "ratio",
    "s1": "sum",
    "a1": "avg",
    "l1": "last",
}


def say(text: str) -> None:
    """Tell a person what is going on; measurements alone go to standard output."""
    print(text, file=sys.stderr, flush=True)


def emit(name: str, ours: float, peer: float | None, unit: str, **more: object) -> None:
    """Print one measurement."""
    ratio = round(ours / peer, 3) if peer else None
    values = {"name": name, "ours": round(ours, 3), "peer": peer and round(peer, 3)}
    print(json.dumps({**values, "ratio": ratio, "unit": unit, **more}), flush=True)


def peak_mb() -> float:
    """Return the largest resident size of this process so far, in MiB."""
    # Not getrusage(): that starts with the size of the process that forked this one.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("no VmHWM in /proc/self/status")


def best_of(times: int, *works: Callable[[], object]) -> list[tuple[float, object]]:
    """Return the shortest time and the last result of each work, done in turns."""
    found = [(math.inf, None)] * len(works)
    for _turn in range(times):
        for index, work in enumerate(works):
            gc.collect()
            start = time.perf_counter()
            result = work()
            seconds = time.perf_counter() - start
            found[index] = min(found[index][0], seconds), result
    return found


# ---------------------------------------------------------------------------- database
def connect(settings, database: str):
    """Open a plain connection, as Odoo would, with its settings."""
    import psycopg2

    values = {
        "host": settings["db_host"],
        "port": settings["db_port"],
        "user": settings["db_user"],
        "password": settings["db_password"],
    }
    connection = psycopg2.connect(
        dbname=database, **{key: value for key, value in values.items() if value}
    )
    connection.autocommit = True
    return connection


@contextlib.contextmanager
def scratch_copy(settings, template: str) -> Iterator[str]:
    """Clone a database for the time of the benchmark."""
    from psycopg2 import sql

    name = f"{template}_bench_kpi"

    def execute(statement: str, *names: str) -> None:
        with contextlib.closing(connect(settings, "postgres")) as connection:
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


@contextlib.contextmanager
def environment(database: str):
    """Give an environment of the superuser in the clone."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    with Registry(database).cursor() as cursor:
        context = {"tracking_disable": True, "lang": "en_US"}
        yield api.Environment(cursor, SUPERUSER_ID, context)


# -------------------------------------------------------------------------------- facts
def make_metrics(env) -> dict[str, object]:
    """Create ten metrics of every kind that reads many facts."""
    common = {"subject_model_id": env["ir.model"]._get("res.partner").id}
    metrics = {
        code: env["vas.metric"].create(
            {
                **common,
                "name": f"Bench {code}",
                "code": code,
                "kind": "observation",
                "observation_aggregate": aggregate,
                "factor": 10_000 if code == "r4" else 1,
            }
        )
        for code, aggregate in OBSERVED.items()
    }
    metrics["c1"] = env["vas.metric"].create(
        {
            **common,
            "name": "Bench count",
            "code": "c1",
            "kind": "aggregate",
            "source_model_id": env["ir.model"]._get("vas.observation").id,
            "domain": "[('metric_id.code', '=', 's1'), ('value', '>', 50)]",
            "subject_path": "partner_id",
            "date_field": "date",
            "aggregate": "count",
        }
    )
    metrics["q1"] = env["vas.metric"].create(
        {
            **common,
            "name": "Bench ratio of two",
            "code": "q1",
            "kind": "ratio",
            "numerator_id": metrics["c1"].id,
            "denominator_id": metrics["s1"].id,
            "factor": 100,
        }
    )
    metrics["e1"] = env["vas.metric"].create(
        {
            **common,
            "name": "Bench expression",
            "code": "e1",
            "kind": "expression",
            "expression": "max(r1 - r2, 0) * 100 + a1 / (1 + l1)",
        }
    )
    return metrics


def seed(env, subjects: int, observations: int) -> tuple[object, dict[str, object]]:
    """Fill the clone with contacts, metrics and facts, the same on every run."""
    start = time.perf_counter()
    partners = env["res.partner"].create(
        [{"name": f"Bench subject {number:05d}"} for number in range(subjects)]
    )
    metrics = make_metrics(env)
    ids = [metrics[code].id for code in OBSERVED]
    env.flush_all()
    # Knuth's multiplicative hash stands in for chance: no two facts alike, no seed.
    env.cr.execute(
        """
        INSERT INTO vas_observation (metric_id, company_id, res_model, res_id,
            partner_id, date, numerator, denominator, value, source_key,
            create_uid, write_uid, create_date, write_date)
        SELECT metric, %(company)s, 'res.partner', partner, partner,
            DATE '2024-11-01' + (hash %% 430)::int,
            CASE WHEN ratio THEN hash %% 90 ELSE 0 END,
            CASE WHEN ratio THEN 10 + hash %% 100 ELSE 0 END,
            CASE WHEN ratio THEN (hash %% 90)::numeric / (10 + hash %% 100)
                 ELSE (hash %% 10007)::numeric / 100 END,
            'bench-' || n, 1, 1, now(), now()
        FROM (
            SELECT n, (n::bigint * 2654435761 %% 4294967296) AS hash,
                (%(partners)s::int[])[1 + n %% %(subjects)s] AS partner,
                (%(metrics)s::int[])[1 + (n / %(subjects)s) %% %(kinds)s] AS metric,
                (n / %(subjects)s) %% %(kinds)s < %(ratios)s AS ratio
            FROM generate_series(0, %(total)s - 1) AS n
        ) AS fact
        """,
        {
            "company": env.company.id,
            "partners": partners.ids,
            "subjects": subjects,
            "metrics": ids,
            "kinds": len(ids),
            "ratios": sum(kind == "ratio" for kind in OBSERVED.values()),
            "total": observations,
        },
    )
    env.cr.commit()
    env.cr.execute("ANALYZE vas_observation")
    env.cr.commit()
    seconds = time.perf_counter() - start
    say(f"seeded {subjects} subjects, {observations} observations in {seconds:.1f} s")
    return partners, metrics


# ----------------------------------------------------------------------------- the ways
def measure_ours(env, partners, metrics) -> dict[str, dict[int, float | None]]:
    """Measure all metrics as a run does: through the records of the rules."""
    env.invalidate_all()
    memo: dict = {}
    found = (
        env["vas.metric"]
        .concat(*metrics.values())
        ._measure_all(partners, *YEAR, env.company, memo)
    )
    return {
        code: {key: measure.value for key, measure in found[metric].items()}
        for code, metric in metrics.items()
    }


HAND_WRITTEN = """
    SELECT o.res_id,
        sum(numerator) FILTER (WHERE metric_id = %(r1)s)
            / nullif(sum(denominator) FILTER (WHERE metric_id = %(r1)s), 0),
        sum(numerator) FILTER (WHERE metric_id = %(r2)s)
            / nullif(sum(denominator) FILTER (WHERE metric_id = %(r2)s), 0),
        sum(numerator) FILTER (WHERE metric_id = %(r3)s)
            / nullif(sum(denominator) FILTER (WHERE metric_id = %(r3)s), 0),
        sum(numerator) FILTER (WHERE metric_id = %(r4)s)
            / nullif(sum(denominator) FILTER (WHERE metric_id = %(r4)s), 0) * 10000,
        sum(value) FILTER (WHERE metric_id = %(s1)s),
        avg(value) FILTER (WHERE metric_id = %(a1)s),
        count(*) FILTER (WHERE metric_id = %(s1)s AND value > 50)
    FROM vas_observation o
    WHERE company_id = %(company)s AND date BETWEEN %(start)s AND %(end)s
        AND metric_id = ANY(%(metrics)s) AND res_id = ANY(%(subjects)s)
    GROUP BY o.res_id
"""
HAND_WRITTEN_LAST = """
    SELECT DISTINCT ON (res_id) res_id, value FROM vas_observation
    WHERE company_id = %(company)s AND date BETWEEN %(start)s AND %(end)s
        AND metric_id = %(l1)s AND res_id = ANY(%(subjects)s)
    ORDER BY res_id, date DESC, id DESC
"""


def measure_by_hand(cursor, subjects, ids, company) -> dict[str, dict]:
    """Compute the same numbers by two statements written for exactly these metrics."""
    values = {
        **ids,
        "metrics": list(ids.values()),
        "company": company,
        "start": YEAR[0],
        "end": YEAR[1],
        "subjects": subjects,
    }
    names = ["r1", "r2", "r3", "r4", "s1", "a1", "c1"]
    found: dict[str, dict] = {name: {} for name in [*names, "l1", "q1", "e1"]}
    cursor.execute(HAND_WRITTEN, values)
    for res_id, *row in cursor.fetchall():
        for name, value in zip(names, row, strict=True):
            found[name][res_id] = None if value is None else float(value)
    cursor.execute(HAND_WRITTEN_LAST, values)
    found["l1"] = {res_id: float(value) for res_id, value in cursor.fetchall()}
    for res_id in subjects:
        r1, r2, a1, l1, s1 = (
            found[name].get(res_id) for name in ("r1", "r2", "a1", "l1", "s1")
        )
        if s1:
            found["q1"][res_id] = (found["c1"].get(res_id) or 0) / s1 * 100
        if None not in (r1, r2, a1, l1):
            found["e1"][res_id] = max(r1 - r2, 0) * 100 + a1 / (1 + l1)
        # A count of nothing is no data, unless the rule says otherwise.
        if not found["c1"].get(res_id):
            found["c1"].pop(res_id, None)
    return found


SINGLE = {
    "ratio": "SELECT sum(numerator), sum(denominator), count(*)",
    "sum": "SELECT sum(value), count(*)",
    "avg": "SELECT avg(value), count(*)",
    "last": "SELECT value",
}


def measure_one_by_one(cursor, subjects, ids, company) -> dict[str, dict]:
    """Compute figure by figure, as ERPNext's scorecard variables do.

    Each variable is one statement for one supplier and period; here without any
    framework around it, which flatters this way.
    """
    found: dict[str, dict] = defaultdict(dict)
    where = (
        " FROM vas_observation WHERE company_id = %s AND metric_id = %s"
        " AND res_id = %s AND date BETWEEN %s AND %s"
    )
    for subject in subjects:
        values: dict[str, float | None] = {}
        for code, kind in OBSERVED.items():
            order = " ORDER BY date DESC, id DESC LIMIT 1" if kind == "last" else ""
            cursor.execute(
                SINGLE[kind] + where + order, [company, ids[code], subject, *YEAR]
            )
            row = cursor.fetchone() or [None]
            if kind == "ratio":
                factor = 10_000 if code == "r4" else 1
                value = row[0] / row[1] * factor if row[1] else None
            else:
                value = row[0]
            values[code] = None if value is None else float(value)
        cursor.execute(
            "SELECT count(*)" + where + " AND value > 50",
            [company, ids["s1"], subject, *YEAR],
        )
        values["c1"] = float(cursor.fetchone()[0]) or None
        for code, value in {**values, **formulas(values)}.items():
            found[code][subject] = value
    return found


def formulas(values: dict[str, float | None]) -> dict[str, float | None]:
    """Compute what is made of other figures: a formula evaluated per subject."""
    from odoo.tools.safe_eval import safe_eval

    texts = {
        "q1": "(c1 or 0) / s1 * 100",
        "e1": "max(r1 - r2, 0) * 100 + a1 / (1 + l1)",
    }
    needed = {"q1": ["s1"], "e1": ["r1", "r2", "a1", "l1"]}
    return {
        code: None
        if any(values[name] is None for name in needed[code]) or values["s1"] == 0
        else safe_eval(text, dict(values))
        for code, text in texts.items()
    }


def measure_one_by_one_orm(env, subjects, metrics, company) -> dict[str, dict]:
    """The same way through the ORM of this framework, as an addon would write it."""
    found: dict[str, dict] = defaultdict(dict)
    model = env["vas.observation"]
    aggregates = {
        "ratio": ["numerator:sum", "denominator:sum"],
        "sum": ["value:sum"],
        "avg": ["value:avg"],
    }
    for subject in subjects:
        for code, kind in {**OBSERVED, "c1": "count"}.items():
            metric = metrics["s1" if code == "c1" else code]
            domain = [
                ("metric_id", "=", metric.id),
                ("company_id", "=", company.id),
                ("res_id", "=", subject),
                ("date", ">=", YEAR[0]),
                ("date", "<=", YEAR[1]),
            ]
            if kind == "last":
                record = model.search(domain, order="date desc, id desc", limit=1)
                found[code][subject] = record.value if record else None
            elif kind == "count":
                count = model.search_count([*domain, ("value", ">", 50)])
                found[code][subject] = float(count) or None
            else:
                [row] = model._read_group(domain, [], aggregates[kind])
                value = row[0]
                if kind == "ratio":
                    value = row[0] / row[1] * metric.factor if row[1] else None
                found[code][subject] = value
        values = {code: found[code][subject] for code in (*OBSERVED, "c1")}
        for code, value in formulas(values).items():
            found[code][subject] = value
    return found


def differences(ours: dict, theirs: dict, subjects, codes) -> int:
    """Count figures that are not the same (nine significant digits)."""
    wrong = 0
    for code in codes:
        for subject in subjects:
            a, b = ours[code].get(subject), theirs[code].get(subject)
            if (a is None) != (b is None) or (
                a is not None and not math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
            ):
                wrong += 1
    return wrong


# --------------------------------------------------------------------------- benchmarks
def bench_measuring(settings, database: str, size: str) -> bool:
    """Time ours, the hand-written SQL, and one query per figure, on the same facts."""
    subjects_count, observations, _rows = SIZES[size]
    good = True
    with environment(database) as env:
        partners, metrics = seed(env, subjects_count, observations)
        company = env.company
        ids = {code: metrics[code].id for code in OBSERVED}
        measure_ours(env, partners[:10], metrics)
        queries = []
        for count in (100, subjects_count):
            before = env.cr.sql_log_count
            measure_ours(env, partners[:count], metrics)
            queries.append(env.cr.sql_log_count - before)
        emit(
            f"queries for {subjects_count} subjects, beside 100",
            queries[1],
            queries[0],
            "queries",
        )
        good &= queries[0] == queries[1]
        with contextlib.closing(connect(settings, database)) as connection:
            cursor = connection.cursor()
            (ours, found), (hand, by_hand) = best_of(
                5,
                lambda: measure_ours(env, partners, metrics),
                lambda: measure_by_hand(cursor, partners.ids, ids, company.id),
            )
            memory = peak_mb()
            wrong = differences(found, by_hand, partners.ids, metrics)
            good &= wrong == 0
            emit(
                f"measuring {subjects_count} subjects x {len(metrics)} metrics over"
                f" {observations} observations, beside hand-written SQL",
                ours,
                hand,
                "s",
                goal="ratio <= 3",
                different_figures=wrong,
            )
            good &= size != "full" or ours <= 3 * hand
            sample = partners[: min(SAMPLE, subjects_count)]
            scale = subjects_count / len(sample)
            for name, work in (
                (
                    "one SQL statement per subject and metric (ERPNext's way, bare)",
                    lambda: measure_one_by_one(cursor, sample.ids, ids, company.id),
                ),
                (
                    "one ORM query per subject and metric (ERPNext's way in Odoo)",
                    lambda: measure_one_by_one_orm(env, sample.ids, metrics, company),
                ),
            ):
                [(seconds, single)] = best_of(1, work)
                wrong = differences(found, single, sample.ids, metrics)
                good &= wrong == 0
                emit(
                    f"measuring, beside {name}",
                    ours,
                    seconds * scale,
                    "s",
                    times_faster=round(seconds * scale / ours, 1),
                    goal="30 times faster",
                    peer_measured_on=f"{len(sample)} of {subjects_count} subjects",
                    different_figures=wrong,
                )
        emit("largest resident size while measuring", memory, 1024, "MiB")
        good &= memory < 1024
        env.cr.rollback()
    return good


def file_of(rows: int, subjects: int) -> bytes:
    """Return a CSV as a telephone system might export it."""
    lines = ["Row,Vendor,Day,Good,All"]
    start = YEAR[0]
    for number in range(rows):
        day = start + timedelta(days=number % 365)
        vendor = number * 7919 % subjects
        figures = f"{number % 90},{10 + number % 100}"
        lines.append(f"{number},Bench subject {vendor:05d},{day},{figures}")
    return "\n".join(lines).encode()


def import_stage(database: str, rows: int, subjects: int) -> None:
    """Import a file in background parts, one after the other, in this process.

    Run as a process of its own, so that its memory is that of the import alone.
    """
    with environment(database) as env:
        company = env.company
        company.vas_kpi_import_max_mb = 0
        company.vas_kpi_import_background_rows = PART_ROWS
        metric = env["vas.metric"].create(
            {
                "name": "Bench import",
                "code": "bench_import",
                "kind": "observation",
                "observation_aggregate": "ratio",
            }
        )
        profile = env["vas.import.profile"].create(
            {
                "name": "Bench import",
                "key_columns": "Row",
                "date_column": "Day",
                "subject_column": "Vendor",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "metric_id": metric.id,
                            "kind": "ratio",
                            "first_column": "Good",
                            "second_column": "All",
                        },
                    )
                ],
            }
        )
        env.cr.commit()
        empty = peak_mb()
        start = time.perf_counter()
        log = env["vas.observation.import.log"].create(
            {
                "profile_id": profile.id,
                "file": base64.b64encode(file_of(rows, subjects)),
                "filename": "bench.csv",
            }
        )
        log.action_run()
        env.cr.commit()
        for part in log.part_ids:
            log._import_part(part.id)
            # What the job queue does after every job.
            env.cr.commit()
            env.invalidate_all()
        if log.part_ids:
            log._finish()
            env.cr.commit()
        seconds = time.perf_counter() - start
        found = (log.row_imported, log.row_bad, log.fact_created)
        # Odoo's own import of the same columns, on a sample.
        sample = [
            [f"peer-{n}", "bench_import", n % 90, 10 + n % 100, "2025-03-01", subject]
            for n, subject in enumerate(
                env["res.partner"]
                .search([("name", "like", "Bench subject")])
                .ids[:2000]
            )
        ]
        codes = {"bench_import": metric.id}
        start = time.perf_counter()
        loaded = env["vas.observation"].load(
            [
                "source_key",
                "metric_id/.id",
                "numerator",
                "denominator",
                "date",
                "res_id",
            ],
            [[str(codes.get(cell, cell)) for cell in row] for row in sample],
        )
        peer = (time.perf_counter() - start) / len(sample)
        env.cr.rollback()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "counts": found,
                "empty_mb": empty,
                "peak_mb": peak_mb(),
                "peer_per_row": peer,
                "peer_rows": len(loaded["ids"] or []),
            }
        )
    )


def bench_import(options, database: str, size: str) -> bool:
    """Import a large file in a process of its own; time and memory."""
    subjects, _observations, rows = SIZES[size]
    command = [sys.executable, str(Path(__file__).resolve())]
    command += ["--config", options.config, "--database", database]
    command += ["--size", size, "--stage", "import"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    complete = found["counts"] == [rows, 0, rows]
    emit(
        f"importing a file of {rows} rows, beside Odoo's own import",
        found["seconds"],
        found["peer_per_row"] * rows,
        "s",
        rows_per_second=round(rows / found["seconds"]),
        peer_measured_on=f"{found['peer_rows']} rows",
        all_rows_came_in=complete,
    )
    emit(
        f"largest resident size while importing {rows} rows",
        found["peak_mb"],
        1024,
        "MiB",
        before_the_import=round(found["empty_mb"]),
    )
    return complete and found["peak_mb"] < 1024


def read_deliveries() -> list[list[str]]:
    """Return the lines of the public delivery history (see its README)."""
    data = HERE.parent.parent / "addons" / "vas_kpi" / "tests" / "data"
    with (data / "scms_vendors.csv").open(encoding="utf-8", newline="") as stream:
        names = {row["Vendor No"]: row["Vendor"] for row in csv.DictReader(stream)}
    with (data / "scms_deliveries.csv").open(encoding="utf-8", newline="") as stream:
        return [
            [
                row["ID"],
                names[row["Vendor No"]],
                row["Scheduled Delivery Date"],
                row["Delivered to Client Date"],
            ]
            for row in csv.DictReader(stream)
        ]


def bench_real_file(database: str) -> bool:
    """Import the real file and compare every vendor's every year with plain Python."""
    lines = read_deliveries()
    text = io.StringIO()
    headings = ["ID", "Vendor", "Scheduled Delivery Date", "Delivered to Client Date"]
    csv.writer(text).writerows([headings, *lines])
    late = defaultdict(list)
    for _key, vendor, scheduled, delivered in lines:
        due = datetime.strptime(scheduled, "%d-%b-%y").date()
        done = datetime.strptime(delivered, "%d-%b-%y").date()
        late[" ".join(vendor.split()), due.year].append((done - due).days)
    with environment(database) as env:
        company = env["res.company"].create({"name": "Bench deliveries"})
        env.user.company_ids += company
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        log = env["vas.observation.import.log"].create(
            {
                "profile_id": env.ref("vas_kpi.import_profile_scms_deliveries").id,
                "company_id": company.id,
                "file": base64.b64encode(text.getvalue().encode()),
                "filename": "deliveries.csv",
            }
        )
        log.action_run()
        facts = env["vas.observation"].search([("import_log_id", "=", log.id)])
        vendors = facts.partner_id
        metrics = [
            env.ref(f"vas_kpi.metric_delivery_{code}")
            for code in ("on_time_rate", "days_late", "days_deviation")
        ]
        equal = total = 0
        for year in range(2006, 2016):
            period = date(year, 1, 1), date(year, 12, 31)
            found = [m._measure(vendors, *period, company) for m in metrics]
            for vendor in vendors:
                days = late.get((vendor.name, year))
                if not days:
                    equal += all(f[vendor.id].value is None for f in found)
                    total += 1
                    continue
                expected = (
                    sum(d <= 0 for d in days) / len(days),
                    sum(d for d in days if d > 0) / len(days),
                    sum(days) / len(days),
                )
                total += 1
                equal += all(
                    math.isclose(f[vendor.id].value, value, abs_tol=1e-9)
                    and f[vendor.id].count == len(days)
                    for f, value in zip(found, expected, strict=True)
                )
        env.cr.rollback()
    emit(
        f"real file: years of {len(vendors)} vendors equal to plain Python",
        equal,
        total,
        "vendor-years",
    )
    return equal == total and len(vendors) == 73


def main() -> int:
    """Command line: ``run.py --config CONF --database DB [--quick]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument(
        "--size",
        choices=sorted(SIZES),
        default=os.environ.get("VAS_BENCH_SIZE", "full"),
    )
    parser.add_argument(
        "--quick",
        action="store_const",
        const="quick",
        dest="size",
        help="a first look: the same as --size=quick",
    )
    parser.add_argument("--stage", choices=["import"], help="internal: one step only")
    options = parser.parse_args()
    from odoo.tools import config

    config.parse_config(
        ["-c", options.config, "-d", options.database, "--no-http"], setup_logging=True
    )
    if options.stage == "import":
        subjects, _observations, rows = SIZES[options.size]
        import_stage(options.database, rows, subjects)
        return 0
    with scratch_copy(config, options.database) as database:
        good = bench_real_file(database)
        good &= bench_measuring(config, database, options.size)
        good &= bench_import(options, database, options.size)
    if not good:
        say("A goal was missed or figures differ; see the lines above.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
