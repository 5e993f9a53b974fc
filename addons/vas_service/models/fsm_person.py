from odoo import api, fields, models
from odoo.fields import Domain


class FsmPerson(models.Model):
    """Engineers belong to a station and have a capacity of their own."""

    _inherit = "fsm.person"

    vas_station_id = fields.Many2one(
        "vas.service.station", string="Station", index="btree_not_null", tracking=True
    )
    vas_capacity_orders = fields.Integer(
        string="Work orders per day", help="0: without limit."
    )
    vas_capacity_hours = fields.Float(
        string="Working hours per day", help="0: without limit."
    )
    vas_load_today = fields.Integer(
        string="Work orders today", compute="_compute_vas_load"
    )
    vas_load_hours = fields.Float(
        string="Planned hours today", compute="_compute_vas_load"
    )
    vas_open_count = fields.Integer(
        string="Unfinished work orders", compute="_compute_vas_load"
    )
    vas_load_percent = fields.Integer(string="Load %", compute="_compute_vas_load")
    vas_load_words = fields.Char(string="Load today", compute="_compute_vas_load")
    vas_load_state = fields.Selection(
        [("free", "Free"), ("busy", "Nearly full"), ("full", "Full"), ("over", "Over")],
        string="Load in a word",
        compute="_compute_vas_load",
    )

    _vas_capacity_check = models.Constraint(
        "CHECK (vas_capacity_orders >= 0 AND vas_capacity_hours >= 0)",
        "The capacity of an engineer is not negative; 0 means without limit.",
    )

    @api.depends_context("vas_day")
    def _compute_vas_load(self):
        loads = self._vas_get_loads(self.env["vas.service.station"]._get_day())
        rule = self.env["vas.overload.rule"]._get_rule()
        for person in self:
            orders, hours, opened, _waiting = loads[person._origin]
            percent = person._vas_percent(rule, orders, hours)
            person.vas_load_today = orders
            person.vas_load_hours = hours
            person.vas_open_count = opened
            person.vas_load_percent = percent
            person.vas_load_state = rule._get_state(percent)
            person.vas_load_words = rule._in_words(
                orders, person.vas_capacity_orders, person.vas_load_state
            )

    def _vas_percent(self, rule, orders, hours):
        """Return how much of the capacity is used, by the definition of overload."""
        self.ensure_one()
        shares = []
        if rule.measure != "hours" and self.vas_capacity_orders:
            shares.append(orders * 100 / self.vas_capacity_orders)
        if rule.measure != "orders" and self.vas_capacity_hours:
            shares.append(hours * 100 / self.vas_capacity_hours)
        return round(max(shares, default=0))

    def _vas_get_loads(self, day):
        """Return {engineer: (orders and hours of the day, open orders, their hours)}
        in two queries."""
        orders = self.env["fsm.order"]
        mine = Domain("person_id", "in", self._origin.ids)
        today = {
            person: (count, hours or 0.0)
            for person, count, hours in orders._read_group(
                mine
                & Domain("vas_cancelled_at", "=", False)
                & Domain("vas_work_date", "=", day),
                ["person_id"],
                ["__count", "scheduled_duration:sum"],
            )
        }
        opened = {
            person: (count, hours or 0.0)
            for person, count, hours in orders._read_group(
                mine & Domain("vas_is_open", "=", True),
                ["person_id"],
                ["__count", "scheduled_duration:sum"],
            )
        }
        return {
            person: (*today.get(person, (0, 0.0)), *opened.get(person, (0, 0.0)))
            for person in self._origin
        }

    @api.depends("name", "vas_load_words")
    @api.depends_context("vas_show_load")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        if self.env.context.get("vas_show_load"):
            for person in self:
                person.display_name = self.env._(
                    "%(engineer)s · %(load)s",
                    engineer=person.name,
                    load=person.vas_load_words,
                )
        return result

    def action_vas_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.fsm_order_action_vas"
        )
        return dict(
            action,
            domain=[("person_id", "=", self.id)],
            context={"default_person_id": self.id, "search_default_vas_open": 1},
            display_name=self.name,
        )
