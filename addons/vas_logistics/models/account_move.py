from odoo import api, fields, models


class AccountMove(models.Model):
    """Invoices and bills of trips: what they are about, and what follows them."""

    _inherit = "account.move"

    vas_trip_count = fields.Integer(
        string="Trips",
        compute="_compute_vas_trip_count",
        groups="account.group_account_invoice",
    )

    @api.depends(
        "invoice_line_ids.vas_ledger_line_id", "invoice_line_ids.vas_ledger_id"
    )
    def _compute_vas_trip_count(self):
        for move in self:
            move.vas_trip_count = len(move._get_vas_ledgers())

    def _get_vas_ledgers(self):
        """The trips that these invoices and bills are about."""
        lines = self.invoice_line_ids
        return lines.vas_ledger_id | lines.vas_ledger_line_id.ledger_id

    def action_vas_open_trips(self):
        """The trips that an invoice or bill is about."""
        ledgers = self._get_vas_ledgers()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_trip_ledger_action"
        )
        action["domain"] = [("id", "in", ledgers.ids)]
        action["context"] = {}
        if len(ledgers) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = ledgers.id
        return action

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._spread_trip_costs()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._spread_trip_costs()
        return result

    def _spread_trip_costs(self):
        """A carrier's bill changes what each customer of the trip costs."""
        # An accountant posts the bill; the figures of the trip follow it.
        ledgers_sudo = self.sudo().invoice_line_ids.vas_ledger_id
        if ledgers_sudo:
            ledgers_sudo._spread_cost()
