from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    vas_charge_id = fields.Many2one(
        "vas.agreement.charge",
        string="Charge of an agreement",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _vas_charge_uniq = models.UniqueIndex(
        "(vas_charge_id) "
        "WHERE vas_charge_id IS NOT NULL AND parent_state IS DISTINCT FROM 'cancel'",
        "This charge of the agreement is on another invoice already.",
    )
