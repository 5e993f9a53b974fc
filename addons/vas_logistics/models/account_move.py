from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_vas_open_trips(self):
        """The trips that an invoice or bill is about."""
        lines = self.invoice_line_ids
        ledgers = lines.vas_ledger_id | lines.vas_ledger_line_id.ledger_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_trip_ledger_action"
        )
        action["domain"] = [("id", "in", ledgers.ids)]
        action["context"] = {}
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
