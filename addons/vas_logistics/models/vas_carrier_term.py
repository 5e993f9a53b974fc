from odoo import api, fields, models

from ..tools import freight
from .vas_freight_tariff import BASES


class VasCarrierTerm(models.Model):
    """What a carrier asks for goods that it carries back, beside the trip itself."""

    _name = "vas.carrier.term"
    _description = "Terms of a Carrier"
    _inherit = ["mail.thread", "vas.terms.mixin"]
    _order = "company_id, carrier_id, id"
    _check_company_auto = True
    _party_field = "carrier_id"
    _method_field = "return_method"

    currency_id = fields.Many2one(related="company_id.currency_id")
    carrier_id = fields.Many2one(
        comodel_name="res.partner",
        index="btree_not_null",
        tracking=True,
        help="Empty: every carrier without terms of its own.",
    )
    return_method = fields.Selection(
        selection=[
            ("free", "Nothing beside the trip"),
            ("percent", "Percent of what the way out costs"),
            ("price", "Own price"),
        ],
        string="Goods That Come Back",
        required=True,
        default="percent",
        tracking=True,
    )
    return_rate = fields.Float(
        string="Percent",
        tracking=True,
        help="Of the part of the trip's planned cost that these goods bear.",
    )
    return_price = fields.Float(string="Price", digits="Product Price", tracking=True)
    return_basis = fields.Selection(
        selection=BASES, string="Per", required=True, default="order"
    )

    _one_per_carrier = models.UniqueIndex(
        "(company_id, COALESCE(carrier_id, 0)) WHERE active IS TRUE",
        "This carrier already has terms.",
    )
    _not_negative = models.Constraint(
        "CHECK(return_rate >= 0 AND return_price >= 0)",
        "What a carrier asks must not be negative.",
    )

    @api.model
    def _get_all_others(self):
        return self.env._("Every carrier")

    def _get_return_cost(self, goods, planned_part, km):
        """What is asked for goods carried back; without a distance by km, nothing."""
        if not self or self.return_method == "free":
            return 0.0
        own_price = None
        if self.return_method == "price":
            cargo = freight.Cargo(goods.kg, goods.m3, km)
            if km is not None or self.return_basis not in freight.DISTANCE_BASES:
                own_price = freight.price(
                    self.return_basis,
                    cargo,
                    self.return_price,
                    rounding=self.currency_id.rounding,
                )
        return (
            freight.return_charge(
                self.return_method,
                self.return_rate,
                planned_part,
                own_price,
                None,
                self.currency_id.rounding,
            )
            or 0.0
        )
