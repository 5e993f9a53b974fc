from datetime import date

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.queue_job.job import Job

YEAR = date(2025, 1, 1), date(2025, 12, 31)


class VasKpiCase(TransactionCase):
    """Verbs to build metrics, scales, scorecards and facts for a scenario."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={**cls.env.context, "tracking_disable": True, "lang": "en_US"}
        )
        cls.company = cls.env.company
        cls.partner_model = cls.env["ir.model"]._get("res.partner")
        cls.vendors = cls.env["res.partner"].create(
            [{"name": f"Vendor {number}"} for number in range(1, 4)]
        )
        cls.identity = cls.make_scale(
            {"type": "knots", "knots": [[0, 0], [100, 100]]}, "Identity"
        )

    @classmethod
    def make_user(cls, login, *roles, groups="base.group_user", **values):
        names = [f"vas_kpi.group_vas_kpi_{role}" for role in roles]
        return new_test_user(cls.env, login, ",".join([groups, *names]), **values)

    def perform_job(self, job_record):
        """Do what the job queue does with a job."""
        job = Job.load(self.env, job_record.uuid)
        job.perform()
        job.set_done()
        job.store()

    def fail_job(self, job_record, reason):
        """Do what the job queue does with a job that raises an exception."""
        job = Job.load(self.env, job_record.uuid)
        job.set_failed(exc_message=reason, exc_name="ValueError")
        job.store()
        job.on_fail({"exc_info": "", "exc_name": "ValueError", "exc_message": reason})
        self.env.invalidate_all()

    def get_parts(self, work, method):
        """Return the queued jobs of some work that do a part of it, in order."""
        jobs = work.job_ids.filtered(lambda job: job.method_name == method)
        return jobs.sorted("id")

    @classmethod
    def make_scale(cls, definition, name="Scale"):
        values = cls.env["vas.scale"]._values_from_dict(definition)
        return cls.env["vas.scale"].create({"name": name, **values})

    @classmethod
    def make_metric(cls, code, **values):
        return cls.env["vas.metric"].create(
            {
                "name": code.title(),
                "code": code,
                "kind": "observation",
                "observation_aggregate": "sum",
                **values,
            }
        )

    @classmethod
    def observe(cls, metric, partner, value=None, day=date(2025, 6, 1), **values):
        if value is not None:
            values["value"] = value
        return cls.env["vas.observation"].create(
            {"metric_id": metric.id, "res_id": partner.id, "date": day, **values}
        )

    @classmethod
    def make_good_and_poor(cls, code):
        """A metric and its scorecard, by which one vendor is good and one is poor."""
        metric = cls.make_metric(code)
        card = cls.make_scorecard(
            [(code, "all", metric, cls.identity, 100)],
            bands=[
                {"code": "good", "min": 80},
                {"code": "poor", "max": 80, "max_open": True},
            ],
        )
        cls.observe(metric, cls.vendors[0], 90)
        cls.observe(metric, cls.vendors[1], 50)
        return metric, card

    @classmethod
    def make_scorecard(cls, criteria, sections=None, bands=(), **values):
        """Make a card of (code, section, metric, scale, max) and (code, weight)."""
        scorecard = cls.env["vas.scorecard"].create(
            {
                "name": "Card",
                "code": "card",
                "missing_rule": "zero",
                "section_ids": [
                    Command.create({"code": code, "name": code, "weight": weight})
                    for code, weight in sections or [("all", 100)]
                ],
                "band_ids": [
                    Command.create(
                        {
                            "code": band["code"],
                            "name": band["code"].title(),
                            "sequence": index,
                            **cls.env["vas.scorecard.band"]._bounds_values(band),
                        }
                    )
                    for index, band in enumerate(bands)
                ],
                **values,
            }
        )
        by_code = {section.code: section for section in scorecard.section_ids}
        cls.env["vas.scorecard.criterion"].create(
            [
                {
                    "section_id": by_code[section].id,
                    "code": code,
                    "name": code.title(),
                    "metric_id": metric.id,
                    "scale_id": scale.id,
                    "max_points": maximum,
                }
                for code, section, metric, scale, maximum in criteria
            ]
        )
        return scorecard


def remove_agreement(agreement):
    """Remove a committed agreement with its settlements, facts and accounts."""
    env = agreement.env
    settlements = agreement.settlement_ids
    settlements.filtered(lambda s: s.state in ("billed", "checked")).action_reopen()
    settlements.filtered(lambda s: s.state != "cancelled").action_cancel()
    metric, partner = agreement.quantity_metric_id, agreement.partner_id
    journal, expense = agreement.journal_id, agreement.account_id
    payable = partner.property_account_payable_id
    settlements.unlink()
    agreement.unlink()
    env["vas.observation"].search([("metric_id", "=", metric.id)]).unlink()
    metric.unlink()
    partner.unlink()
    journal.unlink()
    (expense | payable).unlink()
