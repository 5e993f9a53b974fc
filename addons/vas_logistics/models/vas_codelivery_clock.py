from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class VasCodeliveryPlan(models.Model):
    """Proposals that are made again regularly, without a press (RSI-07)."""

    _name = "vas.codelivery.plan"
    _inherit = "vas.codelivery.plan"

    is_automatic = fields.Boolean(
        string="Made by Itself",
        readonly=True,
        copy=False,
        help="Made and made again by the scheduled action, until a person changes it.",
    )

    @api.model
    def _cron_plan_again(self):
        """Open orders of each company that wants it as a fresh proposal.

        A company where a person has a plan open is left alone: two proposals for the
        same orders would compete.
        """
        companies = self.env["res.company"].search(
            [("vas_planning_profile_id.auto_plan", "=", True)]
        )
        plans = self.search(
            [
                ("company_id", "in", companies.ids),
                ("state", "in", ("draft", "running", "planned")),
            ]
        ).grouped("company_id")
        for company in companies:
            there = plans.get(company, self.browse())
            if all(plan._is_untouched() for plan in there):
                self.with_company(company)._plan_by_clock(company, there[:1])

    def _is_untouched(self):
        """Whether nobody but the scheduled action has changed the plan."""
        self.ensure_one()
        trips = self.proposal_ids
        return (
            self.is_automatic
            and self.state != "running"
            and not any(trip.locked or trip.state != "proposed" for trip in trips)
            and not trips.pinned_picking_ids
        )

    @api.model
    def _plan_by_clock(self, company, plan):
        now = fields.Datetime.now()
        if not plan:
            orders = self.env["stock.picking"].search_count(
                self.env["stock.picking"]._get_vas_to_plan_domain()
                & Domain("company_id", "=", company.id),
                limit=1,
            )
            if not orders:
                return
            plan = self.create(
                {"company_id": company.id, "is_automatic": True, "user_id": False}
            )
        try:
            with self.env.cr.savepoint():
                plan.date_start = now
                plan.action_load_orders()
                if plan.picking_ids:
                    plan.action_plan()
        except UserError as error:
            # Said where a dispatcher looks; the other companies are planned.
            plan.failure = str(error)
