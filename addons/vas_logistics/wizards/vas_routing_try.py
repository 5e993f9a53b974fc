from odoo import api, fields, models
from odoo.fields import Command, Domain

from ..models.vas_routing_level import Routing


class VasRoutingTry(models.TransientModel):
    """What the routing rules of today would have said about orders of the past."""

    _name = "vas.routing.try"
    _description = "Routing Rules on Past Orders"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    since = fields.Date(string="Orders Since", help="Empty: all orders.")
    routing_level_id = fields.Many2one(
        comodel_name="vas.routing.level",
        string="Rule to Try",
        context={"active_test": False},
        help="An archived rule is tried as if it were in force. Empty: the rules as "
        "they are now.",
    )
    line_ids = fields.One2many(
        comodel_name="vas.routing.try.line",
        inverse_name="try_id",
        string="Pairs of Levels",
        compute="_compute_line_ids",
        store=True,
    )
    order_count = fields.Integer(string="Orders", compute="_compute_counts")
    changed_count = fields.Integer(
        string="Handled by Somebody Else", compute="_compute_counts"
    )
    open_count = fields.Integer(string="Of These Open", compute="_compute_counts")
    summary = fields.Char(compute="_compute_counts")

    @api.depends("line_ids.order_count", "line_ids.changed", "line_ids.open_count")
    def _compute_counts(self):
        for attempt in self:
            changed = attempt.line_ids.filtered("changed")
            attempt.order_count = sum(attempt.line_ids.mapped("order_count"))
            attempt.changed_count = sum(changed.mapped("order_count"))
            attempt.open_count = sum(changed.mapped("open_count"))
            attempt.summary = attempt._get_summary()

    def _get_summary(self):
        if not self.order_count:
            return self.env._("No orders in this time.")
        return self.env._(
            "Of %(orders)s orders, %(changed)s would be handled by somebody else; "
            "%(open)s of these are open and on no trip.",
            orders=self.order_count,
            changed=self.changed_count,
            open=self.open_count,
        )

    @api.depends("company_id", "since", "routing_level_id")
    def _compute_line_ids(self):
        for attempt in self:
            attempt.line_ids = [
                Command.clear(),
                *map(Command.create, attempt._prepare_lines()),
            ]

    def _get_order_domain(self):
        """Orders that the rules route, changed by hand ones left out."""
        self.ensure_one()
        domain = Domain(
            [
                ("vas_is_transport", "=", True),
                ("company_id", "=", self.company_id.id),
                ("vas_origin_id", "!=", False),
                ("vas_destination_id", "!=", False),
                ("vas_handler_override", "=", False),
            ]
        )
        if self.since:
            domain &= Domain("create_date", ">=", self.since)
        return domain

    def _get_open_domain(self):
        """Those that nobody has planned yet."""
        return self._get_order_domain() & Domain(
            [("batch_id", "=", False), ("state", "not in", ("done", "cancel"))]
        )

    def _get_now(self, pairs):
        """Routing of pairs of levels by the rules of today and the one to try."""
        rules = self.env["vas.routing.level"]
        now = rules._get_routings(pairs)
        rule = self.routing_level_id
        key = (rule.origin_level_id.id, rule.destination_level_id.id)
        if rule and key in now:
            now[key] = Routing(rule, rule.code, rule.handler)
        return now

    def _count_orders(self, domain):
        """Return {(origin, destination, code, handler): orders}, outlets as records."""
        groups = self.env["stock.picking"]._read_group(
            domain,
            [
                "vas_origin_id",
                "vas_destination_id",
                "vas_routing_code",
                "vas_handler",
            ],
            ["__count"],
        )
        return {tuple(key): count for *key, count in groups}

    def _prepare_lines(self):
        """One line per pair of levels and former answer: two queries for all orders."""
        waiting = self._count_orders(self._get_open_domain())
        lines = {}
        for key, count in self._count_orders(self._get_order_domain()).items():
            origin, destination, code, handler = key
            pair = (origin.level_id, destination.level_id, code, handler)
            line = lines.setdefault(pair, [0, 0])
            line[0] += count
            line[1] += waiting.get(key, 0)
        now = self._get_now({pair[:2] for pair in lines})
        values = []
        for pair, (count, still) in lines.items():
            origin, destination, code, handler = pair
            routing = now[origin.id, destination.id]
            values.append(
                {
                    "origin_level_id": origin.id,
                    "destination_level_id": destination.id,
                    "order_count": count,
                    "open_count": still,
                    "code_before": code,
                    "handler_before": handler,
                    "code_now": routing.code,
                    "handler_now": routing.handler,
                }
            )
        return sorted(values, key=lambda line: -line["order_count"])

    def action_apply(self):
        """Route the orders again that nobody has planned yet; twice changes nothing.

        A rule that is tried while archived comes into force with this.
        """
        self.ensure_one()
        self.env["vas.routing.level"].check_access("write")
        if self.routing_level_id:
            self.routing_level_id.active = True
        orders = self.env["stock.picking"].search(self._get_open_domain())
        before = {order: order.vas_handler for order in orders}
        orders._compute_vas_routing()
        changed = orders.filtered(lambda order: order.vas_handler != before[order])
        field = orders._fields["vas_handler"]
        handlers = dict(field._description_selection(self.env))
        for order in changed:
            order._message_log(
                body=self.env._(
                    "Routed again: handled by %(handler)s.",
                    handler=handlers[order.vas_handler],
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s open orders are handled by somebody else now.",
                    count=len(changed),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
