from odoo import api, models


class StockPicking(models.Model):
    """Empty lists of transport orders speak of transport orders."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    @api.model
    def get_empty_list_help(self, help_message):
        """Keep the words of our own windows; core puts its barcode app there."""
        if self.env.context.get("vas_transport_order"):
            return help_message
        return super().get_empty_list_help(help_message)
