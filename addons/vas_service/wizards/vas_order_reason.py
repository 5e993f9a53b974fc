from odoo import api, fields, models


class VasOrderReason(models.TransientModel):
    """Why work orders wait, go back, are special or are cancelled."""

    _name = "vas.order.reason"
    _description = "Reason for Work Orders (question)"

    order_ids = fields.Many2many("fsm.order", string="Work orders", required=True)
    kind = fields.Selection(
        selection=lambda self: (
            self.env["vas.dispatch.reason"]
            ._fields["kind"]
            ._description_selection(self.env)
        ),
        required=True,
    )
    allowed_reason_ids = fields.Many2many(
        "vas.dispatch.reason",
        "vas_order_reason_allowed_rel",
        compute="_compute_allowed_reason_ids",
    )
    reason_id = fields.Many2one(
        "vas.dispatch.reason",
        required=True,
        domain="[('id', 'in', allowed_reason_ids)]",
    )
    reason_note = fields.Text(related="reason_id.note", string="What to do")
    needs_note = fields.Boolean(related="reason_id.needs_note")
    pauses = fields.Boolean(related="reason_id.pauses")
    note = fields.Text(string="Explanation")
    until = fields.Datetime(help="The ticket goes on by itself then. Empty: by hand.")

    @api.depends("kind")
    def _compute_allowed_reason_ids(self):
        reasons = self.env["vas.dispatch.reason"].search([("active", "=", True)])
        mine = reasons.filtered(lambda reason: reason._is_for(self.env.user))
        for wizard in self:
            wizard.allowed_reason_ids = mine.filtered(
                lambda reason, kind=wizard.kind: reason.kind == kind
            )

    def action_confirm(self):
        self.ensure_one()
        self.order_ids._vas_apply_reason(self.reason_id, self.note, self.until)
        return {"type": "ir.actions.act_window_close"}
