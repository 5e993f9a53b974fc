from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _trigger_scheduler(self):
        """Goods of customers are carried, not reordered.

        Core would look for a reordering rule move by move.
        """
        own = self.filtered(lambda move: not move.picking_id.vas_is_transport)
        return super(StockMove, own)._trigger_scheduler()
