from odoo import fields, models


class VasSettlementAgreementTier(models.Model):
    """Units up to a limit at their own price."""

    _name = "vas.settlement.agreement.tier"
    _description = "Price tier"
    _inherit = ["vas.settlement.terms.mixin"]
    _order = "sequence, id"

    agreement_id = fields.Many2one(
        comodel_name="vas.settlement.agreement",
        required=True,
        ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(default=10)
    has_limit = fields.Boolean(string="Limited", default=True)
    up_to = fields.Float(
        string="Up to (units)", digits=(16, 4), help="Included in this tier."
    )
    unit_price = fields.Float(digits=(16, 6))
