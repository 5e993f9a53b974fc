"""The nightly jobs of agreements, killed in the middle and run again, on committed data
of a scratch database."""

import os
import signal
from datetime import timedelta

import odoo.sql_db
from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command
from odoo.modules.registry import Registry

#: Model and method of each job, in the order of the night.
JOBS = (
    ("vas.entitlement", "_cron_roll"),
    ("vas.service.credit", "_cron_compute"),
    ("contract.contract", "_cron_vas_end"),
)


def _agreement(env, number, policy, today):
    """An agreement of last quarter, signed elsewhere: all is left to the jobs."""
    customer = env["res.partner"].create({"name": f"Probe customer {number}"})
    contract = env["contract.contract"].create(
        {
            "name": f"Probe {number}",
            "contract_type": "sale",
            "partner_id": customer.id,
            "vas_kind_id": env.ref("vas_service.agreement_kind_maintenance").id,
            "date_start": today - timedelta(days=100),
            "line_recurrence": True,
            "contract_line_ids": [
                Command.create(
                    {
                        "name": "Machines",
                        "quantity": 1,
                        "specific_price": 1000.0,
                        "recurring_rule_type": "monthly",
                        "recurring_interval": 1,
                        "date_start": today - timedelta(days=100),
                        "date_end": today - timedelta(days=1),
                        "recurring_next_date": today - timedelta(days=1),
                    }
                )
            ],
            "vas_credit_rule_ids": [
                Command.create(
                    {"name": f"Probe {number}", "value": 5, "value_in": "percent"}
                )
            ],
        }
    )
    env["vas.entitlement"].create(
        {
            "name": "Incidents",
            "contract_id": contract.id,
            "quantity": 4,
            "carry_over": "limited",
            "carry_limit": 3,
            "date_from": today - timedelta(days=100),
        }
    )
    ticket = env["helpdesk.ticket"].create(
        {
            "name": f"Probe {number}",
            "description": "<p>x</p>",
            "partner_id": customer.id,
            "team_id": policy.team_ids.id,
            "vas_contract_id": contract.id,
        }
    )
    # It was fulfilled late, in the month before this one.
    then = fields.Datetime.to_datetime(today.replace(day=1)) - timedelta(days=10)
    for clock in ticket.vas_clock_ids:
        clock.write(
            {
                "start": then - timedelta(days=5),
                "deadline": then - timedelta(days=2),
                "stopped_at": then,
            }
        )
    contract.vas_state = "signed"
    return contract.id


def _prepare(env, count):
    env = env(context={"tracking_disable": True})
    # Nothing else is left to do in the demo company meanwhile.
    env["contract.contract"].search([("vas_credit_rule_ids", "!=", False)]).write(
        {"vas_credit_rule_ids": [Command.clear()]}
    )
    for model, method in JOBS:
        getattr(env[model], method)()
    team = env["helpdesk.ticket.team"].create({"name": "Probe"})
    policy = env["vas.sla.policy"].create(
        {
            "name": "Probe",
            "sequence": 0,
            "team_ids": [Command.set(team.ids)],
            "calendar_id": env.ref("vas_service.calendar_always").id,
            "target_ids": [
                Command.create({"name": "Probe", "kind": "resolution", "amount": 24})
            ],
        }
    )
    policy.action_activate()
    today = fields.Date.context_today(policy)
    ids = [_agreement(env, number, policy, today) for number in range(count)]
    env.cr.commit()
    return ids


def _die_within(database, model, method, number):
    """Run a job in a process of its own, killed before it commits a piece of work.

    :param number: which piece that is
    :return: how the process ended
    """
    child = os.fork()
    if not child:
        # The connections belong to the process before.
        odoo.sql_db._Pool = odoo.sql_db._Pool_readonly = None
        with Registry(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            commit, seen = type(env["ir.cron"])._commit_progress, []

            def commit_or_die(self, processed=0, **values):
                seen.append(processed)
                if sum(seen) == number:
                    env.flush_all()
                    os.kill(os.getpid(), signal.SIGKILL)
                return commit(self, processed, **values)

            type(env["ir.cron"])._commit_progress = commit_or_die
            getattr(env[model], method)()
        os._exit(0)
    _child, status = os.waitpid(child, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _look(env, ids):
    """What each agreement has got, in words that can be compared."""
    env.invalidate_all()
    result = []
    for contract in env["contract.contract"].browse(ids):
        entries = contract.vas_entitlement_ids.entry_ids.sorted("number")
        credits = contract.vas_credit_ids
        result.append(
            [
                contract.vas_state,
                [[entry.kind, str(entry.date), entry.quantity] for entry in entries],
                [[str(one.date_from), one.amount, one.state] for one in credits],
                contract.vas_charge_ids.mapped("amount"),
            ]
        )
    return result


def killed_nights(env, count):
    """Each job is killed in the middle, then run, and run once more.

    :return: {"ended": how the killed ones ended, "states": for each job what it left,
        after it ran, after it ran once more}
    """
    ids = _prepare(env, count)
    database = env.cr.dbname
    states, ended = [], []
    for model, method in JOBS:
        env.cr.commit()
        ended.append(_die_within(database, model, method, count // 2))
        env.cr.rollback()
        states.append(_look(env, ids))
        for _night in range(2):
            getattr(env[model], method)()
            env.cr.commit()
            states.append(_look(env, ids))
    return {"ended": ended, "states": states}
