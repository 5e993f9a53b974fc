from collections import defaultdict
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import yard
from .vas_season import MONTHS


class VasSeasonPlan(models.Model):
    """What a warehouse needs in the months of a year: people, doors, floor, money.

    Volumes come from the finished moves of past years (WHS-04, LRP-03); everything
    else is typed in and explained by the arithmetic beside it.
    """

    _name = "vas.season.plan"
    _description = "Season Plan"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    _order = "year desc, warehouse_id, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    warehouse_id = fields.Many2one(
        comodel_name="stock.warehouse",
        required=True,
        index=True,
        check_company=True,
        default=lambda self: self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    year = fields.Integer(
        required=True, default=lambda self: fields.Date.context_today(self).year
    )
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[("draft", "Draft"), ("done", "Decided")],
        required=True,
        default="draft",
        tracking=True,
        copy=False,
    )
    # volume
    past_years = fields.Integer(
        required=True, help="How many years back the volumes are averaged."
    )
    growth = fields.Float(
        string="Expected Growth", help="Against the average of the past years."
    )
    working_days = fields.Float(string="Working Days a Month", required=True)
    peak_factor = fields.Float(string="Busiest Day ÷ Average Day", required=True)
    # people
    per_hour = fields.Float(
        string="Pieces per Person and Hour",
        required=True,
        help="The productivity of the work records can be taken over by the button.",
    )
    hours_per_day = fields.Float(string="Productive Hours a Day", required=True)
    staff = fields.Integer(string="People There Are")
    # doors
    pieces_per_vehicle = fields.Float(required=True)
    minutes_per_vehicle = fields.Float(
        string="Minutes at the Door per Vehicle", required=True
    )
    opening_hours = fields.Float(required=True)
    door_usage = fields.Float(string="Usable Share of Door Time", required=True)
    # floor
    floor_length = fields.Float(string="Length (m)")
    floor_width = fields.Float(string="Width (m)")
    wall_aisle = fields.Float(string="Aisle along the Walls (m)")
    wall_aisle_min = fields.Float(
        string="Least Aisle along the Walls (m)",
        help="Forklifts and people must pass between the goods and the walls (WHS-03).",
    )
    block_area = fields.Float(string="Floor for Goods (m²)", compute="_compute_floor")
    block_share = fields.Float(string="Of the Whole Floor", compute="_compute_floor")
    layout_warning = fields.Char(compute="_compute_floor")

    line_ids = fields.One2many(
        comodel_name="vas.season.plan.line", inverse_name="plan_id", string="Months"
    )
    hour_ids = fields.One2many(
        comodel_name="vas.season.plan.hour", inverse_name="plan_id", string="Hours"
    )
    zone_ids = fields.One2many(
        comodel_name="vas.season.plan.zone", inverse_name="plan_id", string="Zones"
    )
    investment_ids = fields.One2many(
        comodel_name="vas.season.plan.investment",
        inverse_name="plan_id",
    )
    investment_total = fields.Monetary(compute="_compute_investment_total", store=True)
    people_gap = fields.Integer(
        string="People Missing at Most", compute="_compute_needs", store=True
    )
    doors_needed = fields.Integer(
        string="Doors Needed at Most", compute="_compute_needs", store=True
    )

    _numbers_positive = models.Constraint(
        "CHECK(past_years > 0 AND working_days > 0 AND per_hour > 0"
        " AND hours_per_day > 0 AND opening_hours > 0 AND pieces_per_vehicle > 0"
        " AND minutes_per_vehicle > 0 AND peak_factor > 0 AND staff >= 0)",
        "Productivity, hours, days and factors of a season plan must be positive.",
    )
    _usage_share = models.Constraint(
        "CHECK(door_usage > 0 AND door_usage <= 1)",
        "The usable share of door time must be between 0 and 100 %.",
    )
    _growth_least = models.Constraint(
        "CHECK(growth >= -1)", "A volume cannot shrink by more than 100 %."
    )

    @api.depends("warehouse_id", "year")
    def _compute_name(self):
        for plan in self:
            plan.name = f"{plan.warehouse_id.name or ''} {plan.year}".strip()

    @api.depends("floor_length", "floor_width", "wall_aisle", "wall_aisle_min")
    def _compute_floor(self):
        for plan in self:
            plan.block_area = yard.block_area(
                plan.floor_length, plan.floor_width, plan.wall_aisle
            )
            whole = plan.floor_length * plan.floor_width
            plan.block_share = plan.block_area / whole if whole else 0.0
            plan.layout_warning = False
            if plan.wall_aisle < plan.wall_aisle_min:
                plan.layout_warning = self.env._(
                    "The aisle along the walls is %(aisle)s m; at least %(least)s m"
                    " must stay free.",
                    aisle=f"{plan.wall_aisle:g}",
                    least=f"{plan.wall_aisle_min:g}",
                )

    def _is_complete(self):
        """Whether every number that something is divided by is usable."""
        numbers = (
            self.working_days,
            self.per_hour,
            self.hours_per_day,
            self.pieces_per_vehicle,
            self.opening_hours,
            self.door_usage,
        )
        return min(numbers) > 0 and self.door_usage <= 1

    @api.depends("line_ids.people_gap", "line_ids.doors_needed")
    def _compute_needs(self):
        for plan in self:
            plan.people_gap = max([0, *plan.line_ids.mapped("people_gap")])
            plan.doors_needed = max([0, *plan.line_ids.mapped("doors_needed")])

    @api.depends("investment_ids.amount")
    def _compute_investment_total(self):
        for plan in self:
            plan.investment_total = sum(plan.investment_ids.mapped("amount"))

    # ------------------------------------------------------------------ actions
    def action_compute(self):
        """Read the volumes of past years and fill months and hours."""
        for plan in self:
            plan._lock_or_refuse()
            if plan.state != "draft":
                raise UserError(
                    self.env._("%(plan)s is decided. Reopen it first.", plan=plan.name)
                )
            plan._fill_months()
            plan._fill_hours()

    def action_take_productivity(self):
        """Pieces per hour from the work records of the year before."""
        self.ensure_one()
        first = date(self.year - 1, 1, 1)
        [(pieces, hours)] = self.env["vas.work.record"]._read_group(
            [
                ("company_id", "=", self.company_id.id),
                ("date", ">=", first),
                ("date", "<", first + relativedelta(years=2)),
                ("hours", ">", 0),
            ],
            aggregates=["quantity:sum", "hours:sum"],
        )
        if not pieces or not hours:
            raise UserError(
                self.env._(
                    "There are no work records with hours since %(year)s. Enter the"
                    " productivity by hand.",
                    year=self.year - 1,
                )
            )
        self.per_hour = round(pieces / hours, 2)

    def action_open_hours(self):
        """The hours of the busiest day as a picture: people needed in each."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "vas.season.plan.hour",
            "view_mode": "graph,list",
            "domain": [("plan_id", "=", self.id)],
            "name": self.env._("Hours of the Busiest Day"),
        }

    def write(self, vals):
        """A decided plan is what was decided on: reopen it to change a figure."""
        if set(vals) - {"state", "active"}:
            for plan in self:
                if plan.state == "done":
                    raise UserError(
                        self.env._(
                            "%(plan)s is decided. Reopen it first.", plan=plan.name
                        )
                    )
        return super().write(vals)

    def action_decide(self):
        self._lock_or_refuse()
        for plan in self:
            if not plan.line_ids:
                raise UserError(
                    self.env._("%(plan)s has no months yet.", plan=plan.name)
                )
        self.state = "done"

    def action_reopen(self):
        self._lock_or_refuse()
        self.state = "draft"

    def _get_move_domain(self):
        """Finished moves that went through the warehouse in the past years."""
        self.ensure_one()
        first = date(self.year - self.past_years, 1, 1)
        return [
            ("state", "=", "done"),
            ("company_id", "=", self.company_id.id),
            ("date", ">=", first),
            ("date", "<", date(self.year, 1, 1)),
            "|",
            ("picking_type_id.warehouse_id", "=", self.warehouse_id.id),
            "&",
            ("picking_type_id.vas_is_transport", "=", True),
            "|",
            ("location_id.warehouse_id", "=", self.warehouse_id.id),
            ("location_dest_id.warehouse_id", "=", self.warehouse_id.id),
        ]

    def _fill_months(self):
        self.ensure_one()
        volumes = {
            (month.year, month.month): quantity
            for month, quantity in self.env["stock.move"]._read_group(
                self._get_move_domain(), ["date:month"], ["quantity:sum"]
            )
        }
        today = fields.Date.context_today(self)
        averages = yard.monthly_average(volumes, (today.year, today.month))
        seasons = self.env["vas.season"]._get_by_month(self.company_id)
        nothing = self.env["vas.season"]
        self.line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "month": key,
                        "season_id": seasons.get(int(key), nothing).id,
                        "past_volume": averages[int(key)],
                    }
                )
                for key, _label in MONTHS
            ),
        ]

    def _fill_hours(self):
        """Share of the day's volume in each hour, and the people it takes."""
        self.ensure_one()
        by_hour = defaultdict(float)
        for hour, quantity in self.env["stock.move"]._read_group(
            self._get_move_domain(), ["date:hour_number"], ["quantity:sum"]
        ):
            by_hour[int(hour)] += quantity
        total = sum(by_hour.values())
        busiest = max(self.line_ids.mapped("day_volume"), default=0.0)
        self.hour_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "hour": hour,
                        "share": by_hour[hour] / total,
                        "volume": busiest * by_hour[hour] / total,
                    }
                )
                for hour in sorted(by_hour)
                if total and by_hour[hour]
            ),
        ]
