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
    vas_agreed_amount = fields.Monetary(
        string="Agreed for the Trip",
        currency_field="currency_id",
        copy=False,
        readonly=True,
        help="What the ledger of the trip asked for when this line was made; the price"
        " may be changed by hand.",
    )
    vas_why = fields.Char(
        related="vas_ledger_line_id.why",
        string="Why This Price",
        groups="account.group_account_invoice",
    )

    def _copy_data_extend_business_fields(self, values):
        """A reversal, and an invoice made anew after one, are about the same trip."""
        result = super()._copy_data_extend_business_fields(values)
        values["vas_ledger_line_id"] = self.vas_ledger_line_id.id
        values["vas_ledger_id"] = self.vas_ledger_id.id
        values["vas_agreed_amount"] = self.vas_agreed_amount
        return result

    def _get_vas_covered(self):
        """The part of what was agreed that this line settles; below zero for credits.

        A reversal takes back what its document was made for once it is posted, whole
        and unchanged. A smaller one is the accountant's decision about the price.
        """
        self.ensure_one()
        move = self.move_id
        if not move.is_inbound() and not move.is_outbound():
            return 0.0
        if move.move_type in ("out_invoice", "in_invoice"):
            return self.vas_agreed_amount
        origin = move.reversed_entry_id
        if not origin:
            return -self.vas_agreed_amount
        whole = not self.currency_id.compare_amounts(
            sum(origin.invoice_line_ids.mapped("price_subtotal")),
            sum(move.invoice_line_ids.mapped("price_subtotal")),
        )
        return -self.vas_agreed_amount if whole and move.state == "posted" else 0.0
