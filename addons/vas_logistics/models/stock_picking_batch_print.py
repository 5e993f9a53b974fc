from odoo import models
from odoo.exceptions import UserError


class StockPickingBatch(models.Model):
    """What is printed for a trip."""

    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    def _check_vas_printable(self):
        """Refuse to print an empty sheet; return the trips."""
        for batch in self:
            if not batch.picking_ids.filtered(lambda order: order.state != "cancel"):
                raise UserError(
                    self.env._(
                        "Trip %(trip)s has no orders: there is nothing to print.",
                        trip=batch.name,
                    )
                )
        return self

    def _get_vas_sheet_lang(self):
        """The driver's language when it is set, else that of who prints."""
        self.ensure_one()
        return self.driver_id.user_ids[:1].lang or self.env.lang or self.env.user.lang

    def _get_vas_sheet_name(self):
        """File name of a printed trip."""
        self.ensure_one()
        return f"{self.name.replace('/', '-')} {self.vehicle_id.license_plate or ''}"

    def _get_vas_loading_order(self, stops):
        """Orders in the order of loading: what leaves the vehicle last goes in first.

        :return: list of ``{"order", "number", "outlet"}``; ``number`` is the stop where
            the order is unloaded
        """
        self.ensure_one()
        return [
            {"order": order, "number": number, "outlet": stop["outlet"]}
            for number, stop in reversed(list(enumerate(stops, 1)))
            for order in stop["deliveries"]
        ]
