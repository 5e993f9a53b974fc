from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    vas_settlement_ids = fields.One2many(
        comodel_name="vas.settlement",
        inverse_name="bill_id",
        string="Settlement",
        readonly=True,
    )
    vas_settlement_count = fields.Integer(compute="_compute_vas_settlement_count")

    def _compute_vas_settlement_count(self):
        model = self.env["vas.settlement"]
        counts = {}
        if model.has_access("read"):
            counts = dict(
                model._read_group(
                    [("bill_id", "in", self.ids)], ["bill_id"], ["__count"]
                )
            )
        for move in self:
            move.vas_settlement_count = counts.get(move, 0)

    def action_open_vas_settlement(self):
        self.ensure_one()
        return self.vas_settlement_ids._get_records_action()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_vas_settlement(self):
        # A settlement the accountant cannot read still rests on its bill.
        for settlement in self.sudo().vas_settlement_ids:
            raise UserError(
                self.env._(
                    "This bill comes from settlement %(settlement)s. Take the"
                    " settlement back to draft there; the bill goes with it.",
                    settlement=settlement.name,
                )
            )
