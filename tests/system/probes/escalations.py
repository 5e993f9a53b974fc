"""Promises on committed data of a scratch database: escalation and the change of many
clocks killed, escalation beside people, and people on one ticket."""

import os
import signal
import threading
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying

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


def edit(env, ids, size):
    """Shorten the promise of these clocks; leave the change to jobs. Their number."""
    env["ir.config_parameter"].set_param("vas_service.sla_sync_at_once", str(size))
    policy = env["vas.sla.clock"].browse(ids[0]).policy_id
    policy.target_ids.amount = 12
    action = env["vas.sla.apply"]._open(policy=policy)
    env["vas.sla.apply"].browse(action["res_id"]).action_apply()
    env.cr.commit()
    return len(_jobs(env))


def _jobs(env):
    return env["queue.job"].search(
        [("method_name", "=", "_apply_later"), ("state", "!=", "done")], order="id"
    )


def apply_and_die(env, count):
    """Work off some jobs, each committed; killed within the next."""
    for number, job in enumerate(_jobs(env)):
        job.records._apply_later(*job.args)
        env.flush_all()
        if number == count:
            os.kill(os.getpid(), signal.SIGKILL)
        job.state = "done"
        env.cr.commit()


def apply_rest(env):
    """Work off all jobs, also those that were done."""
    jobs = _jobs(env)
    for job in jobs:
        job.records._apply_later(*job.args)
        job.state = "done"
        env.cr.commit()
    return len(jobs)


def look_changed(env, ids):
    """Return how many clocks have the new promise, and their lines in the ledger."""
    clocks = env["vas.sla.clock"].browse(ids)
    # A pause of seconds is no other promise.
    hours = [round((c.deadline - c.start).total_seconds() / 3600, 1) for c in clocks]
    lines = [len(clock.event_ids.filtered("rule")) for clock in clocks]
    return {"moved": hours.count(12.0), "lines": sum(lines), "most": max(lines)}


def two_agents(env, ids, rounds):
    """Two agents move one ticket at the same moment, again and again.

    :return: whether the ledger tells one story without gaps, and how many lines it has
    """
    ticket = env["vas.sla.clock"].browse(ids[0]).ticket_id
    name = "helpdesk_mgmt.helpdesk_ticket_stage_%s"
    # Whoever comes second finds the ticket where the first put it.
    stages = [env.ref(name % word).id for word in ("in_progress", "awaiting")]
    (env.ref(name % "done") | ticket.stage_id).mail_template_id = False
    pause = {"stage_id": stages[1], "reason": "Waiting"}
    policy = ticket.vas_policy_id
    if not policy.pause_rule_ids:
        policy.pause_rule_ids = [Command.create(pause)]
    env.cr.commit()
    database, number = env.cr.dbname, ticket.id
    env.cr.rollback()
    for _round in range(rounds):
        start = threading.Barrier(len(stages))
        agents = [
            threading.Thread(target=_move, args=(database, number, stage, start))
            for stage in stages
        ]
        for agent in agents:
            agent.start()
        for agent in agents:
            agent.join(timeout=120)
    env.invalidate_all()
    return _story(env["vas.sla.clock"].browse(ids[0]))


def _move(database, number, stage, start):
    """One agent, in a transaction that begins before the other commits."""
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
        attempts = []

        def once():
            if not attempts:
                env.cr.execute("SELECT count(*) FROM helpdesk_ticket")
                start.wait(timeout=60)
            attempts.append(1)
            env["helpdesk.ticket"].browse(number).stage_id = stage

        retrying(once, env)


def _story(clock):
    """Whether the ledger of a clock agrees with itself, the clock and the ticket."""
    events = clock.event_ids.sorted(lambda event: (event.date, event.id))
    kinds = [e.kind for e in events if e.kind in ("pause", "resume")]
    alternating = all(a != b for a, b in zip(kinds, kinds[1:], strict=False))
    waiting = clock.ticket_id.stage_id == clock.policy_id.pause_rule_ids.stage_id
    counted = sum(e.seconds for e in events if e.kind == "resume")
    return {
        "begins": not kinds or kinds[0] == "pause",
        "alternating": alternating,
        "as the ticket": bool(clock.paused_since) == waiting,
        "last": not kinds or (kinds[-1] == "pause") == waiting,
        "sum": abs(counted - clock.paused_seconds) < 1,
    }
