from odoo import api, fields, models

from ..tools import freight
from .vas_freight_tariff import Shipment


class VasTripReturn(models.Model):
    """Goods that a vehicle carried out and back: what that earns and costs.

    Kept with the weight of that moment: the order itself may go out again on another
    trip, or end as cancelled and weigh nothing any more.
    """

    _name = "vas.trip.return"
    _description = "Goods That Came Back"
    _order = "date desc, id desc"
    _check_company_auto = True

    batch_id = fields.Many2one(
        comodel_name="stock.picking.batch",
        string="Trip",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    picking_id = fields.Many2one(
        comodel_name="stock.picking",
        string="Order",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    name = fields.Char(related="picking_id.name", store=True, string="Order Number")
    trip_name = fields.Char(
        related="batch_id.name", store=True, string="Number of the Trip"
    )
    company_id = fields.Many2one(
        related="batch_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    ledger_id = fields.Many2one(
        comodel_name="vas.trip.ledger",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        selection=[
            ("refused", "Not accepted"),
            ("cancelled", "Cancelled on the road"),
        ],
        string="Why",
        required=True,
        readonly=True,
    )
    reason_id = fields.Many2one(
        comodel_name="vas.delivery.reason",
        string="Problem",
        readonly=True,
        ondelete="restrict",
    )
    date = fields.Datetime(string="Turned Back On", required=True, readonly=True)
    origin_id = fields.Many2one(
        comodel_name="vas.outlet", readonly=True, ondelete="restrict"
    )
    destination_id = fields.Many2one(
        comodel_name="vas.outlet", readonly=True, ondelete="restrict"
    )
    cargo_class_id = fields.Many2one(
        comodel_name="vas.cargo.class", readonly=True, ondelete="restrict"
    )
    lane = fields.Char(compute="_compute_lane", store=True)
    quantity = fields.Float(string="Pieces", readonly=True, digits="Product Unit")
    kg = fields.Float(string="Weight (kg)", readonly=True)
    m3 = fields.Float(string="Volume (m³)", readonly=True)
    charge = fields.Monetary(
        readonly=True, help="What the customer pays for the way out and back."
    )
    basis = fields.Char(readonly=True, help="How the charge came about.")
    carrier_cost = fields.Monetary(
        string="Asked by the Carrier",
        readonly=True,
        help="What the carrier asks for the way back, beside the trip.",
    )

    _once_per_trip = models.UniqueIndex(
        "(batch_id, picking_id)", "These goods came back with this trip already."
    )

    @api.depends("origin_id.name", "destination_id.name")
    def _compute_lane(self):
        # Outlets are named for accountants, too.
        for goods in self.sudo():
            goods.lane = (
                f"{goods.origin_id.display_name} → {goods.destination_id.display_name}"
            )

    @api.model
    def _record(self, batch, orders, kind, reason=None):
        """Note that goods on board turn back; a second report notes nothing."""
        # Drivers and whoever cancels an order report; nobody writes this by hand.
        returns_sudo = self.sudo()
        known = returns_sudo.search_fetch(
            [("batch_id", "=", batch.id), ("picking_id", "in", orders.ids)],
            ["picking_id"],
        ).picking_id
        return returns_sudo.create(
            [
                {
                    "batch_id": batch.id,
                    "picking_id": order.id,
                    "partner_id": order.owner_id.commercial_partner_id.id,
                    "kind": kind,
                    "reason_id": reason.id if reason else False,
                    "date": fields.Datetime.now(),
                    "origin_id": order.vas_origin_id.id,
                    "destination_id": order.vas_destination_id.id,
                    "cargo_class_id": order.vas_cargo_class_id.id,
                    "quantity": order.vas_quantity,
                    "kg": order.vas_kg,
                    "m3": order.vas_m3,
                }
                for order in orders - known
                if order.owner_id
            ]
        )

    def _get_vas_shipment(self):
        self.ensure_one()
        return Shipment(
            self.name,
            self.origin_id,
            self.destination_id,
            self.cargo_class_id,
            self.kg,
            self.m3,
        )

    def _price(self, ledger, agreement, share, km):
        """What goods that came back are charged, in the currency of the agreement.

        :param share: their part of the trip's cost with the markup, or None
        :return: ``(amount or None, arithmetic or what is missing)``
        """
        self.ensure_one()
        method = agreement.return_method
        methods = dict(
            agreement._fields["return_method"]._description_selection(self.env)
        )
        text = self.env._(
            "%(order)s came back: %(how)s", order=self.name, how=methods[method]
        )
        outward = own_price = None
        why = ""
        if method == "percent":
            outward, why = self._get_outward_price(ledger, agreement, share, km)
            text = self.env._(
                "%(order)s came back: %(rate)s%% of %(outward)s",
                order=self.name,
                rate=f"{agreement.return_rate * 100:g}",
                outward=f"{outward or 0:g}",
            )
        elif method == "price":
            own_price, why = agreement.tariff_ids._price(
                "return", self._get_vas_shipment(), km, ledger.date
            )
            if own_price is not None:
                text = self.env._("%(price)s (came back)", price=why)
        elif method == "share" and share is None:
            why = self.env._("the trip has no cost shares: it was not planned here")
        amount = freight.return_charge(
            method,
            agreement.return_rate,
            outward,
            own_price,
            share,
            agreement.currency_id.rounding,
        )
        if amount is None:
            return None, self.env._(
                "%(order)s came back: %(why)s", order=self.name, why=why
            )
        return amount, text

    def _get_outward_price(self, ledger, agreement, share, km):
        """What the delivery would have been charged: ``(amount or None, why not)``."""
        price, why = (
            None,
            self.env._("the trip has no cost shares: it was not planned here"),
        )
        if agreement.method != "share":
            price, why = ledger._get_contract_price(
                self.picking_id, self._get_vas_shipment(), agreement, km
            )
        return freight.charge(agreement.method, price, share), why
