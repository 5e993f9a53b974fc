"""Long and concurrent work, on committed data of a scratch database."""

import base64
import os
import signal
import threading
from datetime import date

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying

JUNE = {"date_from": date(2025, 6, 1), "date_to": date(2025, 6, 30)}
PRICE = 0.85
CALLS = 1000


def _company(env):
    company = env.ref("vas_kpi.demo_company")
    return company, env(
        context={"allowed_company_ids": company.ids, "tracking_disable": True}
    )


def _metric(env, code):
    return env["vas.metric"].create(
        {
            "name": code,
            "code": code,
            "kind": "observation",
            "observation_aggregate": "sum",
        }
    )


def _observe(metric, company, values):
    metric.env["vas.observation"].create(
        [
            {
                "metric_id": metric.id,
                "company_id": company.id,
                "res_id": partner.id,
                "date": JUNE["date_from"],
                "value": value,
            }
            for partner, value in values
        ]
    )


def prepare_agreements(env, count):
    """Agreements at 0.85 a call in force for vendors with calls: their ids."""
    company, env = _company(env)
    metric = _metric(env, "probe-calls")
    vendors = env["res.partner"].create(
        [{"name": f"Probe vendor {number}"} for number in range(count)]
    )
    _observe(metric, company, [(vendor, CALLS) for vendor in vendors])
    account = env["account.account"].search(
        [
            *env["account.account"]._check_company_domain(company),
            ("account_type", "=", "expense"),
        ],
        limit=1,
    )
    journal = env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "purchase")], limit=1
    )
    agreements = env["vas.settlement.agreement"].create(
        [
            {
                "name": f"Probe {vendor.name}",
                "partner_id": vendor.id,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "quantity_metric_id": metric.id,
                "unit_price": PRICE,
                "account_id": account.id,
                "journal_id": journal.id,
            }
            for vendor in vendors
        ]
    )
    agreements.action_activate()
    env.cr.commit()
    return agreements.ids


def prepare_settlement(env, agreement_id):
    """One accepted settlement, ready to be billed: its id."""
    _company_record, env = _company(env)
    settlement = (
        env["vas.settlement.agreement"].browse(agreement_id)._settle(*JUNE.values())
    )
    settlement.action_check()
    env.cr.commit()
    return settlement.id


def _at_once(database, works):
    """Run every work in its own transaction, begun before any of them commits.

    Each transaction is retried on a serialization conflict, as for a web client.

    :param works: functions of an environment
    :return: one outcome per work, "done" or what the user is told
    """
    start = threading.Barrier(len(works))
    outcomes = [None] * len(works)

    def run(index, work):
        with Registry(database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            _company_record, env = _company(env)
            attempts = []

            def once():
                # The first attempt of everybody sees the same, old database.
                if not attempts:
                    env.cr.execute("SELECT count(*) FROM vas_settlement")
                    start.wait(timeout=60)
                attempts.append(1)
                work(env)
                return "done"

            try:
                outcomes[index] = retrying(once, env)
            except UserError as error:
                cr.rollback()
                outcomes[index] = f"told: {error}"

    threads = [
        threading.Thread(target=run, args=(index, work))
        for index, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return outcomes


def bill_at_once(env, settlement_id, people):
    """Several people press "Create bill" at the same moment."""
    database = env.cr.dbname
    env.cr.rollback()

    def press(env):
        env["vas.settlement"].browse(settlement_id).action_create_bill()

    outcomes = _at_once(database, [press] * people)
    env.cr.rollback()
    settlement = env["vas.settlement"].browse(settlement_id)
    bills = env["account.move"].search(
        [
            ("partner_id", "=", settlement.partner_id.id),
            ("move_type", "=", "in_invoice"),
        ]
    )
    return {
        "outcomes": outcomes,
        "bills": bills.ids,
        "linked": settlement.bill_id.id,
        "state": settlement.state,
        "total": bills.mapped("amount_untaxed"),
    }


def settle_at_once(env, agreement_id, people):
    """Several people prepare the same period at the same moment."""
    database = env.cr.dbname
    env.cr.rollback()

    def press(env):
        env["vas.settlement.agreement"].browse(agreement_id)._settle(*JUNE.values())

    outcomes = _at_once(database, [press] * people)
    env.cr.rollback()
    settlements = env["vas.settlement"].search([("agreement_id", "=", agreement_id)])
    return {
        "outcomes": outcomes,
        "settlements": settlements.ids,
        "lines": settlements.mapped("line_ids.amount"),
    }


# ---------------------------------------------------------------------------
# An assessment run that dies


def prepare_run(env, count):
    """A scorecard in force, vendors with facts, a run for June: the run's id."""
    company, env = _company(env)
    metric = _metric(env, "probe-points")
    scale = env["vas.scale"].create(
        {
            "name": "Probe identity",
            **env["vas.scale"]._values_from_dict(
                {"type": "knots", "knots": [[0, 0], [100, 100]]}
            ),
        }
    )
    tag = env["res.partner.category"].create({"name": "Probe run"})
    vendors = env["res.partner"].create(
        [
            {
                "name": f"Probe subject {number}",
                "category_id": [Command.link(tag.id)],
                "company_id": company.id,
            }
            for number in range(count)
        ]
    )
    _observe(metric, company, [(vendor, vendor.id % 100) for vendor in vendors])
    scorecard = env["vas.scorecard"].create(
        {
            "name": "Probe card",
            "code": "probe-card",
            "missing_rule": "zero",
            "company_id": company.id,
            "subject_domain": f"[('category_id', 'in', [{tag.id}])]",
            "section_ids": [
                Command.create({"code": "all", "name": "all", "weight": 100})
            ],
        }
    )
    env["vas.scorecard.criterion"].create(
        {
            "section_id": scorecard.section_ids.id,
            "code": "points",
            "name": "Points",
            "metric_id": metric.id,
            "scale_id": scale.id,
            "max_points": 100,
        }
    )
    scorecard.action_activate()
    run = env["vas.assessment.run"].create(
        {"scorecard_id": scorecard.id, "company_id": company.id, **JUNE}
    )
    env.cr.commit()
    return run.id


def _subjects(run):
    return run.scorecard_id._get_subjects(run.date_from, run.date_to, run.company_id)


def run_and_die(env, run_id):
    """One half committed, as a background job does; killed within the second half."""
    _company_record, env = _company(env)
    run = env["vas.assessment.run"].browse(run_id)
    ids = _subjects(run).ids
    run._assess_subjects(ids[: len(ids) // 2])
    env.cr.commit()
    run._assess_subjects(ids[len(ids) // 2 :])
    env.flush_all()
    os.kill(os.getpid(), signal.SIGKILL)


def _results(run):
    return sorted(
        [
            assessment.res_id,
            assessment.state,
            round(assessment.score, 6),
            len(assessment.line_ids),
        ]
        for assessment in run.env["vas.assessment"].search(
            [("scorecard_id", "=", run.scorecard_id.id)]
        )
    )


def run_again(env, run_id):
    """What the dead run left, what running again makes of it, and a fresh run."""
    _company_record, env = _company(env)
    run = env["vas.assessment.run"].browse(run_id)
    left = _results(run)
    run.action_run()
    again = _results(run)
    run.copy().action_run()
    third = _results(run)
    env["vas.assessment"].search([("scorecard_id", "=", run.scorecard_id.id)]).unlink()
    fresh_run = run.copy()
    fresh_run.action_run()
    return {
        "subjects": sorted(_subjects(run).ids),
        "left": left,
        "again": again,
        "third": third,
        "fresh": _results(fresh_run),
        "state": run.state,
    }


# ---------------------------------------------------------------------------
# Imports


def _import(env, wizard_model, profile, content):
    """Import a file the way the wizard's button does."""
    company = env.ref("vas_kpi.demo_company")
    env[wizard_model].create(
        {
            "profile_id": env.ref(profile).id,
            "company_id": company.id,
            "file": base64.b64encode(content.encode()),
            "filename": "probe.csv",
        }
    ).action_import()


def import_at_once_and_again(
    env, wizard_model, profile, content, people, counted, domain
):
    """Several people import one file at the same moment, then one of them again."""
    database = env.cr.dbname
    env.cr.rollback()

    def press(env):
        _import(env, wizard_model, profile, content)

    def count(env):
        return env[counted].search_count(domain)

    _company_record, env = _company(env)
    before = count(env)
    env.cr.rollback()
    outcomes = _at_once(database, [press] * people)
    env.cr.rollback()
    env.invalidate_all()
    at_once = count(env)
    press(env)
    return {
        "outcomes": outcomes,
        "before": before,
        "at once": at_once,
        "again": count(env),
    }
