from odoo import api, fields, models


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    vas_is_transport = fields.Boolean(
        string="Transport Orders",
        help="Transfers of this type are transport orders between outlets: they have "
        "a shipper, a load and a routing level, and can be planned for co-delivery.",
    )

    @api.model
    def _get_vas_transport_type(self, company):
        """The operation type for new transport orders of a company."""
        return self.search(
            [("vas_is_transport", "=", True), ("company_id", "=", company.id)], limit=1
        )
