from odoo import api, fields, models

from ..tools import yard


class VasSeasonPlanDay(models.Model):
    """One of the coming days: what is late, ordered and expected, and who is missing.

    People must manage what is ordered for the day or what a day of this month usually
    brings, whichever is more, and what is late besides (WHS-04).
    """

    _name = "vas.season.plan.day"
    _description = "Day of a Season Plan"
    _order = "plan_id, date, id"

    plan_id = fields.Many2one(
        comodel_name="vas.season.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    late = fields.Float(
        readonly=True, help="Open pieces that should have moved on an earlier day."
    )
    confirmed = fields.Float(
        readonly=True, help="Open pieces that are ordered for this day."
    )
    expected = fields.Float(
        readonly=True, help="Planned volume of the month by working days."
    )
    volume = fields.Float(
        string="To Handle",
        compute="_compute_needs",
        store=True,
        help="Ordered or expected, whichever is more, and what is late.",
    )
    people_needed = fields.Integer(compute="_compute_needs", store=True)
    people_gap = fields.Integer(
        string="People Missing", compute="_compute_needs", store=True
    )
    gap_cost = fields.Monetary(
        string="Cost of the Gap",
        compute="_compute_needs",
        store=True,
        help="Missing people × productive hours × pay per hour.",
    )

    @api.depends(
        "late",
        "confirmed",
        "expected",
        "plan_id.per_hour",
        "plan_id.hours_per_day",
        "plan_id.staff",
        "plan_id.pay_per_hour",
    )
    def _compute_needs(self):
        for day in self:
            plan = day.plan_id
            day.volume = day.late + max(day.confirmed, day.expected)
            day.people_needed = (
                yard.whole(
                    yard.people_needed(day.volume, plan.per_hour, plan.hours_per_day)
                )
                if plan._is_complete()
                else 0
            )
            day.people_gap = max(0, day.people_needed - plan.staff)
            day.gap_cost = day.people_gap * plan.hours_per_day * plan.pay_per_hour
