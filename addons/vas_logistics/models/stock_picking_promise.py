from odoo import models


class StockPicking(models.Model):
    """Clocks follow the end of an order.

    The state of a transfer comes from its moves, so no transfer is written when it is
    cancelled or done, and nobody would ask its promises.
    """

    _name = "stock.picking"
    _inherit = "stock.picking"

    def action_cancel(self):
        result = super().action_cancel()
        self._follow_vas_promises()
        return result

    def _action_done(self):
        result = super()._action_done()
        self._follow_vas_promises()
        return result

    def _follow_vas_promises(self):
        if self._name in self.env["vas.sla.policy"]._get_watched_models():
            self.env["vas.sla.engine"]._sync(self)
