from odoo import models


class StockPicking(models.Model):
    """Orders in co-delivery plans that nobody has accepted yet."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    def action_cancel(self):
        """A cancelled order leaves the plans that it waits in, and their trips."""
        waiting = self.filtered(
            lambda order: (
                order.vas_is_transport
                and not order.batch_id
                and order.state not in ("done", "cancel")
            )
        )
        result = super().action_cancel()
        waiting.filtered(lambda order: order.state == "cancel")._leave_vas_plans()
        return result

    def _leave_vas_plans(self):
        if not self:
            return
        # Whoever may cancel an order need not be a dispatcher.
        every_sudo = self.env["vas.codelivery.plan"].sudo()
        plans_sudo = every_sudo.search(
            [
                ("picking_ids", "in", self.ids),
                ("state", "in", ("draft", "running", "planned")),
            ]
        )
        if plans_sudo:
            plans_sudo._lock_or_refuse()
        for plan_sudo in plans_sudo:
            plan_sudo._drop_cancelled(self)
