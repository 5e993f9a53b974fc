"""One deadline beside ``plan_hours``, the escalation tick, simulation and the real log.

Runs inside a database with our addons: ``engine.py CONFIG DATABASE``; prints one JSON
object. Nothing is committed.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from datetime import datetime, timedelta, timezone

from tickets import odoo_env, office

UTC = timezone.utc
QUICK = "--quick" in sys.argv
OPEN_CLOCKS, HISTORY, DEADLINES = (
    (10_000, 1_000, 60) if QUICK else (100_000, 10_000, 300)
)


def per_second(work, count: int) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) / count


def deadlines(env) -> dict[str, float]:
    """Time of one deadline both ways, and how often they agree."""
    calendar, chance = office(env), random.Random(19)
    base = datetime(2026, 1, 1)
    questions = [
        (
            base + timedelta(minutes=chance.randrange(300 * 24 * 60)),
            chance.choice([0.5, 1, 4, 8, 16, 40, 120]),
        )
        for _index in range(DEADLINES)
    ]
    calendar._vas_deadline(base, 3600)

    def ours():
        return [calendar._vas_deadline(start, h * 3600) for start, h in questions]

    def peer():
        return [
            calendar.plan_hours(h, start.replace(tzinfo=UTC), compute_leaves=True)
            for start, h in questions
        ]

    spent_ours = statistics.median(per_second(ours, DEADLINES) for _i in range(5))
    spent_peer = per_second(peer, DEADLINES)
    equal = sum(
        abs((mine - theirs.astimezone(UTC).replace(tzinfo=None)).total_seconds()) < 1
        for mine, theirs in zip(ours(), peer(), strict=True)
    )
    return {"ours": spent_ours, "peer": spent_peer, "equal": equal / DEADLINES}


def copies(env, clock, count: int) -> None:
    """Multiply one open clock straight in the database; that is not measured."""
    names = [
        field.name
        for field in env["vas.sla.clock"]._fields.values()
        if field.store and field.column_type and field.name not in ("id", "res_id")
    ]
    columns = ", ".join(f'"{name}"' for name in names)
    env.flush_all()
    env.cr.execute(
        f"INSERT INTO vas_sla_clock (res_id, {columns}) "
        f"SELECT 10000000 + n, {columns} FROM vas_sla_clock, "
        "generate_series(1, %s) AS n WHERE vas_sla_clock.id = %s",
        [count, clock.id],
    )
    env.cr.execute("ANALYZE vas_sla_clock")
    env.invalidate_all()


def tick(env) -> dict[str, float]:
    """Time of a tick with nothing due among very many open clocks, and a full scan."""
    plan = env.ref("vas_service.sla_escalation_plan_supervision")
    policies = env["vas.sla.policy"].search([("name", "=", "History")])
    policies.escalation_plan_id = plan
    ticket = env["helpdesk.ticket"].create({"name": "T", "description": "<p>x</p>"})
    clock = ticket.vas_clock_ids.filtered("next_action_at")[:1]
    assert clock, "a clock with an escalation"
    copies(env, clock, OPEN_CLOCKS)
    clocks = env["vas.sla.clock"]
    now = clock.next_action_at - timedelta(minutes=1)

    def due():
        return clocks.search(
            [("next_action_at", "<=", now)], order="next_action_at, id", limit=200
        )

    def scan():
        """The way without an index: ask every open clock for its state."""
        env.cr.execute(
            "SELECT id, deadline, at_risk_from, paused_since FROM vas_sla_clock "
            "WHERE outcome = 'open'"
        )
        return [row for row in env.cr.fetchall() if row[1] <= now]

    due()
    assert not due()
    spent = statistics.median(per_second(due, 1) for _index in range(20))
    peer = statistics.median(per_second(scan, 1) for _index in range(3))
    env.cr.execute("SELECT count(*) FROM vas_sla_clock WHERE outcome = 'open'")
    return {"ours": spent, "peer": peer, "clocks": env.cr.fetchone()[0]}


def resolution_of(policy):
    return policy.target_ids.filtered(lambda target: target.kind == "resolution")


def real_log(env) -> dict[str, float]:
    """Import the log of the tests; play it again live; count differences."""
    from odoo.tools import file_path

    path = file_path("vas_service/tests/data/incident_event_log.csv")
    begun = time.perf_counter()
    wizard = env["vas.incident.import"].import_file(path)
    spent = time.perf_counter() - begun
    clocks = env["vas.sla.clock"].search(
        [
            ("incident_profile_id", "=", wizard.profile_id.id),
            ("kind", "=", "resolution"),
        ]
    )
    different = 0
    begun = time.perf_counter()
    for clock in clocks:
        ticket = clock.ticket_id
        events = clock.event_ids.sorted(lambda event: (event.date, event.id))
        live = env["vas.sla.clock"]._begin(
            [
                (
                    ticket,
                    events[0].policy_id,
                    resolution_of(events[0].policy_id),
                    clock.calendar_id,
                    clock.start,
                )
            ],
            clock.start,
            cycles=[2],
        )
        for event in events:
            if event.kind in ("pause", "resume", "stop", "reopen"):
                live._move(event.kind, event.date)
            elif event.kind == "policy":
                policy = event.policy_id
                live._retarget(
                    {live: (policy, resolution_of(policy), clock.calendar_id)},
                    event.date,
                )
        names = ("deadline", "stopped_at", "paused_seconds", "solved_seconds")
        different += any(live[name] != clock[name] for name in names)
    return {
        "incidents": wizard.ticket_count,
        "seconds": spent,
        "live_seconds": time.perf_counter() - begun,
        "different": different,
    }


def simulation(env) -> dict[str, float]:
    """Judge a long history under a draft."""
    from odoo.fields import Command

    env["vas.sla.policy"].search([]).write({"state": "retired"})
    calendar = office(env)
    policy = env["vas.sla.policy"].create(
        {
            "name": "History",
            "state": "active",
            "calendar_id": calendar.id,
            "target_ids": [
                Command.create({"name": "R", "kind": "resolution", "amount": 16})
            ],
        }
    )
    done = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
    done.mail_template_id = False
    for number in range(HISTORY // 500):
        tickets = env["helpdesk.ticket"].create(
            [
                {"name": "T", "description": "<p>x</p>", "number": f"H{number}-{index}"}
                for index in range(500)
            ]
        )
        tickets.write({"stage_id": done.id})
        env.flush_all()
        env.invalidate_all()
    draft = policy.copy({"name": "Draft"})
    draft.target_ids.amount = 4
    run = env["vas.sla.simulation"].create({"policy_id": draft.id})
    begun = time.perf_counter()
    run.action_run()
    return {"seconds": time.perf_counter() - begun, "judged": run.judged_count}


def main() -> None:
    env = odoo_env(*sys.argv[1:3])
    result = {
        "deadline": deadlines(env),
        "log": real_log(env),
        "simulation": simulation(env),
        "tick": tick(env),
    }
    env.cr.rollback()
    env.cr.close()
    print("RESULT " + json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
