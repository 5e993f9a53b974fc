from pytz import timezone, utc

from odoo import api, fields, models
from odoo.fields import Domain


class VasServiceStation(models.Model):
    """A place that repairs: the areas it covers, what it can do in a day, its people.

    Coverage and capacity are lines with dates, so that what held on a day stays known.
    """

    _name = "vas.service.station"
    _description = "Service Station"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(string="Number")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Address",
        check_company=True,
        help="Where the station is, and the company that runs it. Its position is the "
        "start of the way to a customer.",
    )
    mode = fields.Selection(
        [
            ("engineers", "One of its engineers"),
            ("station", "The station itself, which names the engineer later"),
        ],
        string="Orders go to",
        required=True,
        default="engineers",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Head of the station",
        domain=[("share", "=", False)],
        tracking=True,
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        check_company=True,
        help="Empty: those of the company.",
    )
    person_ids = fields.One2many("fsm.person", "vas_station_id", string="Engineers")
    coverage_ids = fields.One2many(
        "vas.service.station.coverage", "station_id", copy=True
    )
    capacity_ids = fields.One2many(
        "vas.service.station.capacity", "station_id", copy=True
    )
    area_ids = fields.Many2many(
        "res.territory", compute="_compute_in_force", string="Areas covered today"
    )
    capacity_per_day = fields.Integer(
        string="Orders per day",
        compute="_compute_in_force",
        help="What the station can take on a day. 0: without limit.",
    )
    open_limit = fields.Integer(
        string="Open orders at most",
        compute="_compute_in_force",
        help="How much unfinished work it may have. 0: without limit.",
    )
    load_today = fields.Integer(string="Orders today", compute="_compute_load")
    open_count = fields.Integer(string="Open orders", compute="_compute_load")
    load_words = fields.Char(string="Load today", compute="_compute_load")
    load_percent = fields.Integer(string="Load %", compute="_compute_load")
    load_state = fields.Selection(
        [("free", "Free"), ("busy", "Nearly full"), ("full", "Full"), ("over", "Over")],
        string="Load in a word",
        compute="_compute_load",
    )
    person_count = fields.Integer(string="People", compute="_compute_person_count")

    _code_uniq = models.UniqueIndex(
        "(code, company_id) WHERE code IS NOT NULL",
        "Another station of the company has this number.",
    )

    @api.depends_context("vas_day")
    def _compute_in_force(self):
        day = self._get_day()
        capacities = self.env["vas.service.station.capacity"]._in_force(self, day)
        coverages = self.env["vas.service.station.coverage"]._in_force(self, day)
        for station in self:
            line = capacities.get(station._origin)
            station.capacity_per_day = line.orders_per_day if line else 0
            station.open_limit = line.open_limit if line else 0
            station.area_ids = coverages[station._origin].territory_id

    @api.model
    def _get_day(self):
        """The day that is being looked at: today unless the context names one.

        Days begin and end where the company works, whoever looks from wherever.
        """
        day = self.env.context.get("vas_day")
        if day:
            return fields.Date.to_date(day)
        return self._get_local(fields.Datetime.now(), self.env.company).date()

    @api.model
    def _get_local(self, moment, company):
        """Return a moment (naive UTC) as the clocks of a company show it."""
        # Whose hours count is no secret.
        zone = company.sudo().resource_calendar_id.tz or "UTC"
        return utc.localize(moment).astimezone(timezone(zone))

    @api.depends_context("vas_day")
    def _compute_load(self):
        loads = self._get_loads(self._get_day())
        rule = self.env["vas.overload.rule"]._get_rule()
        for station in self:
            today, opened = loads[station._origin]
            station.load_today, station.open_count = today, opened
            limits = [
                (today, station.capacity_per_day),
                (opened, station.open_limit),
            ]
            percent = max(
                (done * 100 // limit for done, limit in limits if limit), default=0
            )
            station.load_percent = percent
            station.load_state = rule._get_state(percent)
            station.load_words = rule._in_words(
                today, station.capacity_per_day, station.load_state
            )

    def _get_loads(self, day):
        """Return {station: (orders of that day, open orders)} in two queries."""
        orders = self.env["fsm.order"]
        mine = Domain("vas_station_id", "in", self._origin.ids)
        live = Domain("vas_cancelled_at", "=", False)
        today = dict(
            orders._read_group(
                mine & live & Domain("vas_work_date", "=", day),
                ["vas_station_id"],
                ["__count"],
            )
        )
        opened = dict(
            orders._read_group(
                mine & live & Domain("vas_is_open", "=", True),
                ["vas_station_id"],
                ["__count"],
            )
        )
        return {
            station: (today.get(station, 0), opened.get(station, 0))
            for station in self._origin
        }

    @api.depends("person_ids")
    def _compute_person_count(self):
        for station in self:
            station.person_count = len(station.person_ids)

    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.fsm_order_action_vas"
        )
        return dict(
            action,
            domain=[("vas_station_id", "=", self.id)],
            context={"default_vas_station_id": self.id, "search_default_vas_open": 1},
            display_name=self.name,
        )

    def action_view_changes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_service_station_change_action"
        )
        return dict(
            action,
            domain=[("station_id", "=", self.id)],
            context={"default_station_id": self.id},
            display_name=self.name,
        )
