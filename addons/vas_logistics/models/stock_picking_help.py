from odoo import api, models


class StockPicking(models.Model):
    """Empty lists of our own windows speak of what belongs there."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    @api.model
    def get_empty_list_help(self, help_message):
        """Keep the words of our own windows; core puts its barcode app there."""
        own = ("vas_transport_order", "vas_gate_delivery")
        if any(self.env.context.get(window) for window in own):
            return help_message
        return super().get_empty_list_help(help_message)
