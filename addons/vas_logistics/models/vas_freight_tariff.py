from typing import NamedTuple

from odoo import fields, models

from ..tools import freight

BASES = [
    ("order", "Order"),
    ("kg", "kg"),
    ("tonne", "Tonne"),
    ("m3", "m³"),
    ("km", "km of the lane"),
    ("tonne_km", "Tonne-kilometre of the lane"),
]


class Shipment(NamedTuple):
    """What a price looks at: an order, or goods that came back with their old weight.

    Outlets and the cargo class are records, weight and room kg and m³.
    """

    name: str
    origin: models.Model
    destination: models.Model
    cargo_class: models.Model
    kg: float
    m3: float


class VasFreightTariff(models.Model):
    """A price for all orders or for some; the first that fits counts."""

    _name = "vas.freight.tariff"
    _description = "Freight Price"
    _order = "agreement_id, sequence, id"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        comodel_name="vas.freight.agreement",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="agreement_id.currency_id")
    sequence = fields.Integer(default=10)
    applies_to = fields.Selection(
        selection=[
            ("delivery", "Delivered goods"),
            ("return", "Goods that come back"),
        ],
        required=True,
        default="delivery",
        string="For",
        help="Prices of goods that come back count when the agreement charges them by"
        " own prices; origin and destination are those of the order.",
    )
    origin_id = fields.Many2one(
        comodel_name="vas.outlet", help="Empty: from anywhere.", check_company=True
    )
    destination_id = fields.Many2one(
        comodel_name="vas.outlet", help="Empty: to anywhere.", check_company=True
    )
    cargo_class_id = fields.Many2one(
        comodel_name="vas.cargo.class", help="Empty: all goods."
    )
    basis = fields.Selection(
        selection=BASES,
        string="Per",
        required=True,
        default="tonne_km",
    )
    price = fields.Float(required=True, digits="Product Price")
    minimum = fields.Monetary(help="Least price of an order.")
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="Until")

    _price_positive = models.Constraint(
        "CHECK(price >= 0 AND minimum >= 0)", "Freight prices must not be negative."
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_from IS NULL OR date_to >= date_from)",
        "A freight price must not end before it begins.",
    )

    def _fits(self, applies_to, goods, day):
        self.ensure_one()
        return (
            self.applies_to == applies_to
            and self.origin_id in (goods.origin, self.origin_id.browse())
            and self.destination_id in (goods.destination, self.destination_id.browse())
            and self.cargo_class_id in (goods.cargo_class, self.cargo_class_id.browse())
            and (not self.date_from or self.date_from <= day)
            and (not self.date_to or day <= self.date_to)
        )

    def _price(self, applies_to, goods, km, day):
        """Contract price of a shipment with its arithmetic: ``(amount, text)``.

        ``(None, reason)`` when no price fits or its distance is unknown. Amounts are
        in the currency of the agreement.
        """
        tariff = next(
            (line for line in self if line._fits(applies_to, goods, day)), None
        )
        if tariff is None:
            return None, self.env._("no price for %(order)s", order=goods.name)
        cargo = freight.Cargo(goods.kg, goods.m3, km)
        try:
            units = freight.quantity(tariff.basis, cargo)
            amount = freight.price(
                tariff.basis,
                cargo,
                tariff.price,
                tariff.minimum,
                tariff.currency_id.rounding,
            )
        except ValueError:
            return None, self.env._(
                "no distance from %(origin)s to %(destination)s for %(order)s",
                origin=goods.origin.display_name,
                destination=goods.destination.display_name,
                order=goods.name,
            )
        bases = dict(self._fields["basis"]._description_selection(self.env))
        text = self.env._(
            "%(order)s: %(units)s %(basis)s × %(price)s",
            order=goods.name,
            units=f"{units.normalize():f}",
            basis=bases[tariff.basis],
            price=f"{tariff.price:g}",
        )
        if amount == tariff.minimum and units * freight._decimal(
            tariff.price
        ) < freight._decimal(tariff.minimum):
            text = self.env._("%(text)s, at least %(least)s", text=text, least=amount)
        return amount, text
