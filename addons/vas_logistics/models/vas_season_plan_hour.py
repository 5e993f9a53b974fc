from odoo import api, fields, models

from ..tools import yard


class VasSeasonPlanHour(models.Model):
    """One hour of the busiest day: how the volume arrives, and whom it takes."""

    _name = "vas.season.plan.hour"
    _description = "Hour of a Season Plan"
    _order = "plan_id, hour, id"

    plan_id = fields.Many2one(
        comodel_name="vas.season.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    hour = fields.Integer(required=True, aggregator=None)
    name = fields.Char(compute="_compute_name", store=True, string="Time of Day")
    share = fields.Float(string="Share of the Day")
    volume = fields.Float(string="Pieces")
    people_needed = fields.Integer(compute="_compute_people", store=True)
    staff = fields.Integer(
        related="plan_id.staff", store=True, string="People There Are"
    )

    @api.depends("hour")
    def _compute_name(self):
        for line in self:
            line.name = f"{line.hour:02d}:00"

    @api.depends("volume", "plan_id.per_hour")
    def _compute_people(self):
        for line in self:
            per_hour = line.plan_id.per_hour
            line.people_needed = (
                yard.whole(yard.people_needed(line.volume, per_hour, 1))
                if per_hour > 0
                else 0
            )
