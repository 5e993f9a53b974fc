from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .vas_freight_tariff import Shipment

RETURN_STATES = [("coming", "Goods coming back"), ("back", "Goods back")]


class StockPicking(models.Model):
    """Goods that were on the road and come back undelivered.

    The stock of the origin outlet never left it in the books, so nothing is booked: the
    outlet says that the goods are there, and that they go again or not.
    """

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_return_state = fields.Selection(
        selection=RETURN_STATES,
        string="Undelivered Goods",
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
    )
    vas_return_trip_id = fields.Many2one(
        comodel_name="stock.picking.batch",
        string="Comes Back With",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )

    def _get_vas_shipment(self):
        """The order as freight prices look at it."""
        self.ensure_one()
        return Shipment(
            self.name,
            self.vas_origin_id,
            self.vas_destination_id,
            self.vas_cargo_class_id,
            self.vas_kg,
            self.vas_m3,
        )

    def _send_vas_back(self, reason=None):
        """Take goods that are on board off their trip, but not off its vehicle."""
        loaded = self.filtered(
            lambda order: order.vas_loaded_date and order.state != "done"
        )
        for trip, orders in loaded.grouped("batch_id").items():
            orders.write({"vas_return_state": "coming", "vas_return_trip_id": trip.id})
            self.env["vas.trip.return"]._record(trip, orders, "refused", reason)
        return loaded

    def action_cancel(self):
        """Goods on the road turn back; noted before they weigh nothing any more."""
        on_board = self.filtered(
            lambda order: (
                order.vas_is_transport
                and order.vas_loaded_date
                and order.batch_id.vas_departure_date
                and order.state not in ("done", "cancel")
            )
        )
        for trip, orders in on_board.grouped("batch_id").items():
            self.env["vas.trip.return"]._record(trip, orders, "cancelled")
        return super().action_cancel()

    def _check_vas_not_coming(self):
        coming = self.filtered(lambda order: order.vas_return_state == "coming")
        if coming:
            raise UserError(
                self.env._(
                    "The goods of order %(orders)s are still coming back. Press Goods "
                    "Are Back when they have arrived.",
                    orders=", ".join(coming.mapped("name")),
                )
            )

    def _lock_vas_coming(self):
        """Those whose goods are still expected; a second click finds none."""
        self.check_access("write")
        self.lock_for_update(allow_referencing=True)
        self.invalidate_recordset(["vas_return_state", "state"])
        return self.filtered(lambda order: order.vas_return_state == "coming")

    def action_vas_back(self):
        """The goods are at their outlet again and wait for another trip."""
        coming = self._lock_vas_coming()
        coming.write(
            {
                "vas_return_state": "back",
                "vas_problem_id": False,
                "vas_problem_note": False,
            }
        )
        return True

    def action_vas_back_close(self):
        """The goods are at their outlet again and the order ends there."""
        coming = self._lock_vas_coming()
        coming.vas_return_state = "back"
        coming.filtered(lambda order: order.state != "cancel").action_cancel()
        return True

    @api.model
    def _get_vas_to_plan_domain(self):
        domain = super()._get_vas_to_plan_domain()
        return domain & Domain("vas_return_state", "!=", "coming")

    def _get_vas_status(self):
        if self.vas_is_transport and self.state != "done":
            if self.vas_return_state == "coming":
                return "returning"
            if self.vas_return_state == "back" and self.state == "cancel":
                return "returned"
        return super()._get_vas_status()

    @api.depends("vas_return_state")
    def _compute_vas_status(self):
        return super()._compute_vas_status()

    def write(self, vals):
        if vals.get("batch_id"):
            self._check_vas_not_coming()
            if any(order.vas_return_state for order in self):
                # A new trip is a new try.
                vals = {"vas_return_state": False, "vas_return_trip_id": False, **vals}
        return super().write(vals)
