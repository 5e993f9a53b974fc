from odoo import fields, models


class AccountMoveLine(models.Model):
    """Lines of invoices and bills that come from trips."""

    _inherit = "account.move.line"

    vas_ledger_line_id = fields.Many2one(
        comodel_name="vas.trip.ledger.line",
        string="Customer of the Trip",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )
    vas_ledger_id = fields.Many2one(
        comodel_name="vas.trip.ledger",
        string="Trip of the Carrier",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="A bill line of a carrier counts as the actual cost of this trip.",
    )
