from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    vas_settlement_line_id = fields.Many2one(
        comodel_name="vas.settlement.line",
        string="Settlement line",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
