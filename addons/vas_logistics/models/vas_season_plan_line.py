from odoo import api, fields, models

from ..tools import yard
from .vas_season import MONTHS


class VasSeasonPlanLine(models.Model):
    """One month of a season plan."""

    _name = "vas.season.plan.line"
    _description = "Month of a Season Plan"
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        comodel_name="vas.season.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    month = fields.Selection(selection=MONTHS, required=True, readonly=True)
    sequence = fields.Integer(compute="_compute_sequence", store=True)
    season_id = fields.Many2one(comodel_name="vas.season", ondelete="set null")
    is_peak = fields.Boolean(related="season_id.is_peak")
    past_volume = fields.Float(help="Average of the past years, in pieces.")
    volume = fields.Float(
        string="Planned Volume",
        compute="_compute_volume",
        store=True,
        readonly=False,
        help="Past volume with the expected growth; can be typed over.",
    )
    day_volume = fields.Float(
        string="Busiest Day", compute="_compute_needs", store=True
    )
    people_needed = fields.Integer(compute="_compute_needs", store=True)
    people_gap = fields.Integer(
        string="People Missing", compute="_compute_needs", store=True
    )
    doors_needed = fields.Integer(compute="_compute_needs", store=True)
    doors_open = fields.Char(compute="_compute_doors_open")
    status = fields.Selection(
        selection=[
            ("ok", "Enough"),
            ("people", "People missing"),
            ("doors", "Doors missing"),
            ("both", "People and doors missing"),
        ],
        compute="_compute_needs",
        store=True,
    )

    @api.depends("month")
    def _compute_sequence(self):
        for line in self:
            line.sequence = int(line.month or 0)

    @api.depends("past_volume", "plan_id.growth")
    def _compute_volume(self):
        for line in self:
            line.volume = line.past_volume * (1 + line.plan_id.growth)

    @api.depends("season_id.doors_min", "season_id.doors_max")
    def _compute_doors_open(self):
        for line in self:
            season = line.season_id
            if season.doors_min == season.doors_max:
                line.doors_open = str(season.doors_max) if season else ""
            else:
                line.doors_open = f"{season.doors_min}–{season.doors_max}"

    @api.depends(
        "volume",
        "season_id.doors_max",
        "plan_id.working_days",
        "plan_id.peak_factor",
        "plan_id.per_hour",
        "plan_id.hours_per_day",
        "plan_id.staff",
        "plan_id.pieces_per_vehicle",
        "plan_id.minutes_per_vehicle",
        "plan_id.opening_hours",
        "plan_id.door_usage",
    )
    def _compute_needs(self):
        for line in self:
            plan = line.plan_id
            if not plan._is_complete():
                # Somebody is typing; the form refuses to save such numbers.
                line.day_volume = line.people_needed = line.people_gap = 0
                line.doors_needed = 0
                line.status = "ok"
                continue
            line.day_volume = line.volume / plan.working_days * plan.peak_factor
            line.people_needed = yard.whole(
                yard.people_needed(line.day_volume, plan.per_hour, plan.hours_per_day)
            )
            line.people_gap = max(0, line.people_needed - plan.staff)
            line.doors_needed = yard.whole(
                yard.doors_needed(
                    line.day_volume / plan.pieces_per_vehicle,
                    plan.minutes_per_vehicle,
                    plan.opening_hours,
                    plan.door_usage,
                )
            )
            doors_missing = (
                line.season_id and line.doors_needed > line.season_id.doors_max
            )
            if doors_missing and line.people_gap:
                line.status = "both"
            elif doors_missing:
                line.status = "doors"
            else:
                line.status = "people" if line.people_gap else "ok"
