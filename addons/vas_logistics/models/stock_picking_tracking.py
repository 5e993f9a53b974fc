from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext

STATUSES = [
    ("new", "New"),
    ("waiting", "Waiting for a vehicle"),
    ("planned", "Planned"),
    ("road", "On the road"),
    ("arrived", "Arrived"),
    ("problem", "Problem"),
    ("delivered", "Delivered"),
    ("returning", "Coming back"),
    ("returned", "Returned"),
    ("cancelled", "Cancelled"),
]


class StockPicking(models.Model):
    """Where a transport order is, from entry to proof of delivery."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_status = fields.Selection(
        selection=STATUSES,
        string="Transport Status",
        compute="_compute_vas_status",
        store=True,
        index="btree_not_null",
    )
    vas_loaded_date = fields.Datetime(string="Loaded On", readonly=True, copy=False)
    vas_arrived_date = fields.Datetime(string="Arrived On", readonly=True, copy=False)
    vas_problem_id = fields.Many2one(
        comodel_name="vas.delivery.reason",
        string="Problem",
        readonly=True,
        copy=False,
        tracking=True,
    )
    vas_problem_note = fields.Char(string="Problem in Words", readonly=True, copy=False)
    vas_receiver = fields.Char(string="Received By", readonly=True, copy=False)
    vas_event_ids = fields.Many2many(
        comodel_name="vas.trip.event",
        relation="vas_trip_event_picking_rel",
        column1="picking_id",
        column2="event_id",
        string="What Happened",
        readonly=True,
        copy=False,
    )
    vas_late = fields.Boolean(
        string="Late",
        compute="_compute_vas_late",
        search="_search_vas_late",
        help="Promised until a moment that has passed, or delivered after it.",
    )

    @api.depends(
        "vas_is_transport",
        "state",
        "batch_id.state",
        "vas_loaded_date",
        "vas_arrived_date",
        "vas_problem_id",
    )
    def _compute_vas_status(self):
        for order in self:
            order.vas_status = order._get_vas_status()

    def _get_vas_status(self):
        self.ensure_one()
        if not self.vas_is_transport:
            return False
        if self.state == "cancel":
            return "cancelled"
        if self.state == "done":
            return "delivered"
        if self.vas_problem_id:
            return "problem"
        if self.batch_id.state == "in_progress":
            if self.vas_arrived_date:
                return "arrived"
            return "road" if self.vas_loaded_date else "planned"
        return "new" if self.state == "draft" else "waiting"

    @api.depends("vas_deliver_to", "vas_feedback_date", "date_done", "state")
    def _compute_vas_late(self):
        now = fields.Datetime.now()
        for order in self:
            done = order.vas_feedback_date or order.date_done
            order.vas_late = bool(
                order.vas_is_transport
                and order.vas_deliver_to
                and order.state != "cancel"
                and (done or now) > order.vas_deliver_to
            )

    def _search_vas_late(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        promised = Domain(
            [
                ("vas_is_transport", "=", True),
                ("state", "!=", "cancel"),
                ("vas_deliver_to", "<", fields.Datetime.now()),
            ]
        )

        def after(model, alias, _query):
            return SQL(
                "COALESCE(%s, %s, now() AT TIME ZONE 'UTC') > %s",
                model._field_to_sql(alias, "vas_feedback_date"),
                model._field_to_sql(alias, "date_done"),
                model._field_to_sql(alias, "vas_deliver_to"),
            )

        return promised & Domain.custom(
            to_sql=after, predicate=lambda order: order.vas_late
        )

    def _get_vas_goods(self):
        """The goods of the order in words."""
        self.ensure_one()
        return self.vas_goods or ", ".join(
            dict.fromkeys(self.move_ids.product_id.mapped("display_name"))
        )

    def _get_vas_remark(self):
        """What the driver should read about the order."""
        self.ensure_one()
        return html2plaintext(self.note or "").strip()

    # ------------------------------------------------------------------
    # On the road
    # ------------------------------------------------------------------

    def _vas_deliver(self, date, receiver):
        """Hand the goods over: the transfer is done, whatever was reserved.

        The driver stands before the receiver, so the goods are there, and the count on
        the order is the count delivered.
        """
        todo = self.filtered(lambda order: order.state not in ("done", "cancel"))
        if not todo:
            return
        todo.filtered(lambda order: order.state == "draft").action_confirm()
        moves = todo.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        moves.filtered(
            lambda move: move.state in ("confirmed", "waiting", "partially_available")
        )._action_assign()
        for move in moves:
            if move.quantity != move.product_uom_qty:
                move.quantity = move.product_uom_qty
        moves.picked = True
        todo.with_context(skip_backorder=True, skip_sms=True).button_validate()
        undone = todo.filtered(lambda order: order.state != "done")
        if undone:
            raise UserError(
                self.env._(
                    "Order %(orders)s could not be completed: please validate the "
                    "transfer in the office.",
                    orders=", ".join(undone.mapped("name")),
                )
            )
        todo.write(
            {
                "vas_feedback_date": date,
                "vas_receiver": receiver,
                "vas_problem_id": False,
                "vas_problem_note": False,
            }
        )

    def _vas_leave_trip(self):
        """Back to the open orders: the next plan or trip may take them."""
        orders = self.filtered(lambda order: order.state not in ("done", "cancel"))
        batches = orders.batch_id
        orders._clear_vas_schedule()
        orders.write(
            {"batch_id": False, "vas_loaded_date": False, "vas_arrived_date": False}
        )
        batches._close_vas_empty()
        batches._price_vas_again()
        return orders
