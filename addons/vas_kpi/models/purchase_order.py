from odoo import api, fields, models
from odoo.exceptions import UserError


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    vas_purchase_hold = fields.Selection(
        selection=[("none", "None"), ("warn", "Warning"), ("block", "Blocked")],
        string="Purchase hold",
        compute="_compute_vas_purchase_hold",
    )
    vas_purchase_hold_reason = fields.Text(
        string="Reason of the purchase hold", compute="_compute_vas_purchase_hold"
    )

    @api.depends("partner_id.vas_purchase_hold", "company_id", "state")
    @api.depends_context("lang")
    def _compute_vas_purchase_hold(self):
        for company, orders in self.grouped("company_id").items():
            for order in orders:
                open_order = order.state in ("draft", "sent", "to approve")
                partner = order.partner_id.with_company(company or self.env.company)
                order.vas_purchase_hold = (
                    partner.vas_purchase_hold if partner and open_order else "none"
                )
                order.vas_purchase_hold_reason = (
                    partner.vas_purchase_hold_reason if partner and open_order else ""
                )

    def _check_vas_purchase_hold(self):
        """Refuse to order from a vendor whose results block it."""
        for order in self:
            if order.vas_purchase_hold == "block":
                raise UserError(
                    self.env._(
                        "%(order)s: no orders and requests go to %(vendor)s.\n"
                        "%(reason)s",
                        order=order.name,
                        vendor=order.partner_id.display_name,
                        reason=order.vas_purchase_hold_reason,
                    )
                )

    def action_rfq_send(self):
        self._check_vas_purchase_hold()
        return super().action_rfq_send()

    def print_quotation(self):
        self._check_vas_purchase_hold()
        return super().print_quotation()

    def button_confirm(self):
        self._check_vas_purchase_hold()
        return super().button_confirm()

    def button_approve(self, force=False):
        self._check_vas_purchase_hold()
        return super().button_approve(force=force)
