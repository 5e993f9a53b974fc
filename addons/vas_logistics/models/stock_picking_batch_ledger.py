from odoo import api, fields, models


class StockPickingBatch(models.Model):
    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    vas_ledger_ids = fields.One2many(
        comodel_name="vas.trip.ledger", inverse_name="batch_id", string="Ledger"
    )

    vas_trip_return_ids = fields.One2many(
        comodel_name="vas.trip.return",
        inverse_name="batch_id",
        string="Goods That Came Back",
        groups="vas_logistics.group_vas_logistics_officer",
    )

    def action_vas_ledger(self):
        """Open the money of these trips; ledgers that are missing are made."""
        ledgers = self.env["vas.trip.ledger"]._make(self)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_trip_ledger_action"
        )
        action["domain"] = [("id", "in", ledgers.ids)]
        action["context"] = {}
        if len(ledgers) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = ledgers.id
        return action

    def _price_vas_again(self):
        """Orders that left a trip with a ledger are not charged, or credited.

        A trip that ended because its last goods turned back gets its ledger.
        """
        # Whoever takes an order off need not see the money of the trip.
        ledgers_sudo = self.sudo().vas_ledger_ids
        (self - ledgers_sudo.batch_id)._make_ledgers_of_done()
        if ledgers_sudo:
            ledgers_sudo._lock_or_refuse()
            ledgers_sudo._price_customers()

    def action_done(self):
        result = super().action_done()
        self._make_ledgers_of_done()
        return result

    @api.model
    def _cron_vas_ledgers(self):
        """Ledgers for finished trips that have none, e.g. ended by the driver."""
        self.search(
            [
                ("picking_type_id.vas_is_transport", "=", True),
                ("vas_ledger_ids", "=", False),
                "|",
                ("state", "=", "done"),
                "&",
                ("state", "=", "cancel"),
                ("vas_trip_return_ids", "!=", False),
            ]
        )._make_ledgers_of_done()

    def _make_ledgers_of_done(self):
        # Whoever drove the trip need not read what came back with it.
        driven_sudo = self.sudo().filtered("vas_trip_return_ids")
        done = self.filtered(
            lambda batch: (
                batch.state == "done"
                or (batch.state == "cancel" and batch in driven_sudo)
            )
        )
        if done:
            # Whoever finishes a trip need not see its money.
            self.env["vas.trip.ledger"].sudo()._make(done)
