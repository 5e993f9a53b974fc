from collections import defaultdict
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import yard
from .vas_season import MONTHS

#: Moves that somebody still has to make.
OPEN_STATES = ("confirmed", "waiting", "partially_available", "assigned")


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
    picking_type_ids = fields.Many2many(
        comodel_name="stock.picking.type",
        relation="vas_season_plan_picking_type_rel",
        column1="plan_id",
        column2="type_id",
        string="Transfers Looked At",
        check_company=True,
        help="Empty: everything that went through the warehouse. Choose the receipts,"
        " say, where goods are moved several times.",
    )
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
    pay_per_hour = fields.Float(
        string="Pay per Hour", help="What an additional person costs in an hour."
    )
    days_ahead = fields.Integer(
        string="Coming Days", help="How many days from today on are looked at."
    )
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
    forklift_aisles = fields.Integer(help="Lengthwise, between the goods.")
    forklift_aisle_width = fields.Float(string="Width of a Forklift Aisle (m)")
    foot_aisles = fields.Integer(help="Crosswise, between the goods.")
    foot_aisle_width = fields.Float(string="Width of a Foot Aisle (m)")
    storage_area = fields.Float(
        string="Floor without Aisles (m²)",
        compute="_compute_floor",
        help="What goods really stand on.",
    )
    # pallets and racks
    pieces_per_pallet = fields.Float(help="0: pallets are not counted.")
    storage_days = fields.Float(
        string="Days in Stock", help="How long goods of the peak stay on average."
    )
    pallets_there = fields.Integer(string="Pallets There Are")
    pallet_area = fields.Float(string="Floor of a Pallet (m²)")
    pallets_needed = fields.Integer(compute="_compute_pallets")
    pallets_gap = fields.Integer(string="Pallets to Buy", compute="_compute_pallets")
    rack_places = fields.Integer(
        string="Places in Racks",
        compute="_compute_pallets",
        help="Pallets that find no place on the floor.",
    )
    history_warning = fields.Char(compute="_compute_history_warning")

    line_ids = fields.One2many(
        comodel_name="vas.season.plan.line", inverse_name="plan_id", string="Months"
    )
    hour_ids = fields.One2many(
        comodel_name="vas.season.plan.hour", inverse_name="plan_id", string="Hours"
    )
    day_ids = fields.One2many(
        comodel_name="vas.season.plan.day", inverse_name="plan_id", string="Days"
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

    _aisles_positive = models.Constraint(
        "CHECK(forklift_aisles >= 0 AND forklift_aisle_width >= 0 AND foot_aisles >= 0"
        " AND foot_aisle_width >= 0 AND pieces_per_pallet >= 0 AND storage_days >= 0"
        " AND pallets_there >= 0 AND pallet_area >= 0 AND pay_per_hour >= 0"
        " AND days_ahead >= 0)",
        "Aisles, pallets, pay and days of a season plan must not be negative.",
    )

    @api.depends(
        "floor_length",
        "floor_width",
        "wall_aisle",
        "wall_aisle_min",
        "forklift_aisles",
        "forklift_aisle_width",
        "foot_aisles",
        "foot_aisle_width",
    )
    def _compute_floor(self):
        for plan in self:
            plan.block_area = yard.block_area(
                plan.floor_length, plan.floor_width, plan.wall_aisle
            )
            whole = plan.floor_length * plan.floor_width
            plan.storage_area = yard.storage_area(
                plan.floor_length,
                plan.floor_width,
                plan.wall_aisle,
                (plan.forklift_aisles, plan.forklift_aisle_width),
                (plan.foot_aisles, plan.foot_aisle_width),
            )
            plan.block_share = plan.block_area / whole if whole else 0.0
            plan.layout_warning = False
            if plan.wall_aisle < plan.wall_aisle_min:
                plan.layout_warning = self.env._(
                    "The aisle along the walls is %(aisle)s m; at least %(least)s m"
                    " must stay free.",
                    aisle=f"{plan.wall_aisle:g}",
                    least=f"{plan.wall_aisle_min:g}",
                )

    @api.depends(
        "line_ids.day_volume",
        "storage_days",
        "pieces_per_pallet",
        "pallets_there",
        "pallet_area",
        "storage_area",
    )
    def _compute_pallets(self):
        """Pallets for the goods in stock on the busiest days; the rest in racks."""
        for plan in self:
            busiest = max(plan.line_ids.mapped("day_volume"), default=0.0)
            plan.pallets_needed = (
                yard.whole(
                    yard.pallets_needed(
                        busiest, plan.storage_days, plan.pieces_per_pallet
                    )
                )
                if plan.pieces_per_pallet > 0
                else 0
            )
            plan.pallets_gap = max(0, plan.pallets_needed - plan.pallets_there)
            on_floor = (
                int(plan.storage_area / plan.pallet_area)
                if plan.pallet_area > 0 and plan.storage_area
                else plan.pallets_needed
            )
            plan.rack_places = max(0, plan.pallets_needed - on_floor)

    @api.depends("line_ids.past_volume", "year", "past_years")
    def _compute_history_warning(self):
        """Months without history are said, not shown as nothing to do."""
        for plan in self:
            empty = plan.line_ids.filtered(lambda line: not line.past_volume)
            plan.history_warning = False
            years = self.env._(
                "%(first)s–%(last)s",
                first=plan.year - plan.past_years,
                last=plan.year - 1,
            )
            if empty and empty == plan.line_ids:
                plan.history_warning = self.env._(
                    "There are no finished transfers of %(years)s. Type the planned"
                    " volume of each month.",
                    years=years,
                )
            elif empty:
                labels = dict(empty._fields["month"]._description_selection(self.env))
                plan.history_warning = self.env._(
                    "There are no finished transfers of %(years)s for %(months)s. Type"
                    " the planned volume there.",
                    years=years,
                    months=", ".join(labels[line.month] for line in empty),
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
            plan._fill_days()

    def action_refresh_days(self):
        """Look at the orders of the coming days again; months stay as they are."""
        self.check_access("write")
        for plan in self:
            plan._lock_or_refuse()
            plan._fill_days()

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

    def action_propose_zones(self):
        """Floor for each kind of goods by past volume; busy kinds at first doors."""
        self.ensure_one()
        self._lock_or_refuse()
        volumes = defaultdict(float)
        for product, quantity in self.env["stock.move"]._read_group(
            self._get_move_domain(), ["product_id"], ["quantity:sum"]
        ):
            if product.categ_id:
                volumes[product.categ_id] += quantity
        total = sum(volumes.values())
        if not total:
            raise UserError(
                self.env._(
                    "%(plan)s: there are no finished transfers of past years with"
                    " product categories to take the zones from. Enter them by hand.",
                    plan=self.name,
                )
            )
        doors = self.env["stock.location"].search(
            [("vas_is_door", "=", True), ("warehouse_id", "=", self.warehouse_id.id)],
            order="vas_door_order, complete_name, id",
        )
        busiest = sorted(volumes, key=lambda kind: (-volumes[kind], kind.id))
        self.zone_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "sequence": number,
                        "category_id": kind.id,
                        "door_id": doors[number % len(doors)].id if doors else False,
                        "area": round(self.storage_area * volumes[kind] / total, 1),
                        "pallets": round(self.pallets_needed * volumes[kind] / total),
                    }
                )
                for number, kind in enumerate(busiest)
                if volumes[kind]
            ),
        ]

    def action_open_days(self):
        """The coming days as a picture: late, ordered and expected pieces."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "vas.season.plan.day",
            "view_mode": "graph,pivot,list",
            "domain": [("plan_id", "=", self.id)],
            "name": self.env._("Coming Days"),
        }

    def write(self, vals):
        """A decided plan is what was decided on: reopen it to change a figure.

        The orders of the coming days are no decision.
        """
        if set(vals) - {"state", "active", "day_ids"}:
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
            ("date", ">=", first),
            ("date", "<", date(self.year, 1, 1)),
            *self._get_warehouse_domain(),
        ]

    def _get_warehouse_domain(self):
        """Moves of this warehouse that the plan counts."""
        chosen = self.picking_type_ids
        return [
            ("company_id", "=", self.company_id.id),
            *([("picking_type_id", "in", chosen.ids)] if chosen else []),
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

    def _fill_days(self):
        """Coming days from three sources: late, ordered, and usual for the month."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        open_domain = [
            ("state", "in", OPEN_STATES),
            *self._get_warehouse_domain(),
        ]
        ordered = defaultdict(float)
        # A day longer, because midnight is later in some time zones.
        end = today + relativedelta(days=self.days_ahead + 1)
        for day, quantity in self.env["stock.move"]._read_group(
            [*open_domain, ("date", "<", end)], ["date:day"], ["product_qty:sum"]
        ):
            # The day is one of the reader's time zone, as today is.
            ordered[max(day.date(), today - relativedelta(days=1))] += quantity
        usual = {
            int(line.month): line.volume / self.working_days for line in self.line_ids
        }
        late = ordered.pop(today - relativedelta(days=1), 0.0)
        days = [today + relativedelta(days=step) for step in range(self.days_ahead)]
        self.day_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "date": day,
                        "late": late if day == today else 0.0,
                        "confirmed": ordered.get(day, 0.0),
                        "expected": usual.get(day.month, 0.0),
                    }
                )
                for day in days
            ),
        ]
