"""Escalation on committed data of a scratch database: killed, and beside people."""

import os
import signal
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry

HOURS_AGO = 30


def prepare(env, count):
    """Open clocks that are overdue since long, with a step to take: their ids."""
    env = env(context={"tracking_disable": True})
    # Nothing else is due in the demo company meanwhile.
    env["vas.sla.clock"].search([("next_action_at", "!=", False)]).write(
        {"next_action_at": False}
    )
    always = env.ref("vas_service.calendar_always")
    plan = env["vas.sla.escalation.plan"].create(
        {
            "name": "Probe",
            "step_ids": [
                Command.create(
                    {
                        "name": "Overdue",
                        "basis": "after",
                        "amount": 0,
                        "action": "priority",
                    }
                )
            ],
        }
    )
    team = env["helpdesk.ticket.team"].create({"name": "Probe"})
    env["vas.sla.policy"].create(
        {
            "name": "Probe",
            "sequence": 0,
            "team_ids": [Command.set(team.ids)],
            "calendar_id": always.id,
            "escalation_plan_id": plan.id,
            "target_ids": [
                Command.create({"name": "Probe", "kind": "resolution", "amount": 24})
            ],
        }
    ).action_activate()
    tickets = (
        env["helpdesk.ticket"]
        .with_context(vas_sla_minutes_ago=HOURS_AGO * 60)
        .create(
            [
                {
                    "name": f"Probe {n}",
                    "description": "<p>x</p>",
                    "team_id": team.id,
                    "priority": "0",
                }
                for n in range(count)
            ]
        )
    )
    ids = tickets.vas_clock_ids.filtered("next_action_at").ids
    env.cr.commit()
    return ids


def tick_and_die(env, ids):
    """One half committed, as the job does; killed within the second half."""
    clocks, now = env["vas.sla.clock"].browse(sorted(ids)), fields.Datetime.now()
    half = len(ids) // 2
    clocks[:half]._escalate(now)
    env.cr.commit()
    clocks[half:]._escalate(now)
    env.flush_all()
    os.kill(os.getpid(), signal.SIGKILL)


def _outcome(env, ids):
    clocks = env["vas.sla.clock"].browse(ids)
    return {
        "taken": len(clocks.escalation_ids),
        "raised": sum(map(int, [ticket.priority for ticket in clocks.ticket_id])),
        "waiting": len(clocks.filtered("next_action_at")),
    }


def tick(env, ids):
    """Run the job; return what came of it."""
    env["vas.sla.clock"]._cron_escalate(limit=5)
    env.invalidate_all()
    return _outcome(env, ids)


def look(env, ids):
    return _outcome(env, ids)


def tick_beside_a_person(env, ids):
    """A person holds one ticket's clock; the job takes all others and does not wait."""
    env["vas.sla.clock"].browse(ids).write(
        {"next_action_at": fields.Datetime.now() - timedelta(minutes=1)}
    )
    env["vas.sla.escalation.log"].search([("clock_id", "in", ids)]).unlink()
    env["vas.sla.clock"].browse(ids).ticket_id.write({"priority": "0"})
    env.cr.commit()
    with Registry(env.cr.dbname).cursor() as other:
        busy = api.Environment(other, SUPERUSER_ID, {})["vas.sla.clock"].browse(ids[0])
        busy.lock_for_update()
        env["vas.sla.clock"]._cron_escalate(limit=100)
        env.invalidate_all()
        first = _outcome(env, ids)
        other.rollback()
    env["vas.sla.clock"]._cron_escalate(limit=100)
    env.invalidate_all()
    return [first, _outcome(env, ids)]
