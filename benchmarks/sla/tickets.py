"""Create and move tickets with and without service promises; used by both sides.

Runs inside one database: ``tickets.py SIDE CONFIG DATABASE``. Prints one JSON object
with medians per ticket. Nothing is committed.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

BATCH, ROUNDS = 200, 1 if "--quick" in sys.argv else 7
KINDS = 5


def odoo_env(config: str, database: str):
    """Return an environment of the system user."""
    import odoo
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-c", config, "-d", database])
    cursor = Registry(database).cursor()
    return api.Environment(cursor, SUPERUSER_ID, {"tracking_disable": True})


def stages_of(env):
    """Return two stages without mail: a new one and one in progress."""
    stages = env["helpdesk.ticket.stage"].search([("closed", "=", False)], limit=3)
    stages.mail_template_id = False
    return stages[0], stages[1]


def prepare_ours(env):
    """A policy with five targets; return (team, context without promises)."""
    from odoo.fields import Command

    env["vas.sla.policy"].search([]).write({"state": "retired"})
    team = env["helpdesk.ticket.team"].create({"name": "Bench"})
    last = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
    policy = env["vas.sla.policy"].create(
        {
            "name": "Bench",
            "state": "active",
            "team_ids": [Command.set(team.ids)],
            "calendar_id": office(env).id,
            "target_ids": [
                Command.create({"name": kind, "kind": kind, "amount": amount, **more})
                for kind, amount, more in (
                    ("first_response", 1, {}),
                    ("owner", 2, {}),
                    ("stage", 6, {"stage_ids": [Command.set(last.ids)]}),
                    ("resolution", 8, {}),
                    (
                        "condition",
                        24,
                        {"stop_domain": "[('kanban_state', '=', 'done')]"},
                    ),
                )
            ],
        }
    )
    assert len(policy.target_ids) == KINDS
    # Tickets are owned, assigned and answered by nobody: all clocks stay open.
    return team, {"vas_sla_replay": True}, team


def prepare_peer(env):
    """Five rules for a team that uses them; return (team, context, team without)."""
    team, bare = env["helpdesk.ticket.team"].create(
        [
            {"name": "Bench", "use_sla": True, "resource_calendar_id": office(env).id},
            {"name": "Bare", "use_sla": False},
        ]
    )
    last = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
    env["helpdesk.sla"].search([]).active = False
    env["helpdesk.sla"].create(
        [
            {
                "name": f"Target {number}",
                "team_ids": [(6, 0, team.ids)],
                "hours": number,
                "stage_id": last.id,
            }
            for number in (1, 2, 6, 8, 24)
        ]
    )
    return team, {}, bare


def office(env):
    """Return working hours with a lunch break and ten holidays."""
    from odoo.fields import Command

    return env["resource.calendar"].create(
        {
            "name": "Bench",
            "tz": "Europe/Berlin",
            "attendance_ids": [Command.clear()]
            + [
                Command.create(
                    {"name": "x", "dayofweek": str(day), "hour_from": a, "hour_to": b}
                )
                for day in range(5)
                for a, b in ((9, 12), (13, 18))
            ],
            "leave_ids": [
                Command.create(
                    {
                        "name": "Holiday",
                        "date_from": f"2026-{month:02}-15 00:00:00",
                        "date_to": f"2026-{month:02}-15 23:59:59",
                    }
                )
                for month in range(1, 11)
            ],
        }
    )


class Meter:
    """Measures pieces of work: milliseconds, milliseconds of processor, SQL statements.

    The processor's time is that of this process and of its database session; it says
    what the work costs on a machine that is busy with other things too.
    """

    def __init__(self, env) -> None:
        self.env = env
        env.cr.execute("SELECT pg_backend_pid()")
        self.session = Path(f"/proc/{env.cr.fetchone()[0]}/schedstat")

    def _processor(self) -> float:
        """Return the seconds of processor used so far; a database elsewhere: ours."""
        spent = time.process_time()
        if self.session.exists():
            spent += int(self.session.read_text().split()[0]) / 1e9
        return spent

    def __call__(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before, cpu = self.env.cr.sql_log_count, self._processor()
        begun = time.perf_counter()
        result = work()
        self.env.flush_all()
        spent = (time.perf_counter() - begun) * 1000
        cpu = (self._processor() - cpu) * 1000
        return result, (spent, cpu, self.env.cr.sql_log_count - before)


def main() -> None:
    side, config, database = sys.argv[1:4]
    env = odoo_env(config, database)
    team, bare_context, bare_team = {"ours": prepare_ours, "peer": prepare_peer}[side](
        env
    )
    new, progress = stages_of(env)
    numbers = iter(range(10**6))
    meter = Meter(env)
    agent = env.ref("base.user_admin").partner_id

    def create(team, context, count=BATCH):
        return (
            env["helpdesk.ticket"]
            .with_context(**context)
            .create(
                [
                    {
                        "name": "T",
                        "number": f"B{next(numbers):07}",
                        "description": "<p>x</p>",
                        "team_id": team.id,
                        "partner_id": agent.id,
                        "stage_id": new.id,
                        "user_id": False,
                    }
                    for _index in range(count)
                ]
            )
        )

    samples: dict[str, list[tuple[float, ...]]] = {}

    def measure(name, work, count=BATCH):
        result, figures = meter(work)
        samples.setdefault(name, []).append(tuple(x / count for x in figures))
        return result

    create(team, {}, 2), create(bare_team, bare_context, 2)
    for _round in range(ROUNDS):
        bare = measure("create bare", lambda: create(bare_team, bare_context))
        full = measure("create", lambda: create(team, {}))
        move = {"stage_id": progress.id}
        measure(
            "move bare", lambda b=bare, m=move: b.with_context(**bare_context).write(m)
        )
        measure("move", lambda f=full, m=move: f.write(m))
    result = {
        name: [statistics.median(figures) for figures in zip(*rounds, strict=True)]
        for name, rounds in samples.items()
    }
    env.cr.rollback()
    env.cr.close()
    print("RESULT " + json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
