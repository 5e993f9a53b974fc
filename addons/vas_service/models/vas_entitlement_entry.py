from odoo import api, fields, models
from odoo.exceptions import UserError


class VasEntitlementEntry(models.Model):
    """The ledger of entitlements. Entries are added, never changed or removed.

    An entry without lot opens one (granted or gone over); all others take from a lot or
    give back to it. What is left of a lot is the sum of its entries.
    """

    _name = "vas.entitlement.entry"
    _description = "Entitlement Entry"
    _order = "entitlement_id, number desc"
    _rec_name = "entitlement_id"

    entitlement_id = fields.Many2one(
        "vas.entitlement", required=True, index=True, ondelete="restrict", readonly=True
    )
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    contract_id = fields.Many2one(
        related="entitlement_id.contract_id",
        store=True,
        index=True,
        string="Agreement",
    )
    company_id = fields.Many2one(
        related="entitlement_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="entitlement_id.partner_id", store=True, string="Customer"
    )
    unit = fields.Selection(related="entitlement_id.unit", store=True)
    kind = fields.Selection(
        [
            ("grant", "Granted"),
            ("carry_in", "Gone over from before"),
            ("use", "Used"),
            ("give_back", "Given back"),
            ("carry_out", "Gone over to the next period"),
            ("expire", "Expired"),
        ],
        string="What happened",
        required=True,
        readonly=True,
    )
    quantity = fields.Float(required=True, readonly=True, digits=(16, 2))
    date = fields.Date(required=True, readonly=True, index=True)
    date_from = fields.Date(string="Usable from", readonly=True)
    expires_on = fields.Date(string="Usable until", readonly=True)
    lot_id = fields.Many2one(
        "vas.entitlement.entry",
        string="Taken from",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    from_lot_id = fields.Many2one(
        "vas.entitlement.entry",
        string="Went over from",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    res_model = fields.Char(string="Document type", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    reason = fields.Char(string="For what", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="By", readonly=True, default=lambda self: self.env.user
    )

    _number_uniq = models.UniqueIndex(
        "(entitlement_id, number)",
        "Two people used the same entitlement at the same moment. Try again.",
    )
    _period_uniq = models.UniqueIndex(
        "(entitlement_id, date_from) WHERE kind = 'grant'",
        "A period is granted once.",
    )
    _document_idx = models.Index("(res_model, res_id) WHERE res_id IS NOT NULL")

    @api.depends("entitlement_id.name", "number")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = f"{entry.entitlement_id.name} #{entry.number}"

    def _is_usable(self, day):
        """Whether this lot can be used on *day*."""
        self.ensure_one()
        return self.date_from <= day and (not self.expires_on or day <= self.expires_on)

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._(
                    "The ledger of entitlements is only added to. Give units back by "
                    "cancelling the work they were used for."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Entries of the ledger of entitlements stay as proof.")
        )

    def action_open_document(self):
        """Open what the units were used for."""
        self.ensure_one()
        if not self.res_id or self.res_model not in self.env:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
