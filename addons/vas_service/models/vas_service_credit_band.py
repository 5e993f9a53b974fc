from odoo import fields, models


class VasServiceCreditBand(models.Model):
    """Kept below a share of the promises: so much is credited."""

    _name = "vas.service.credit.band"
    _description = "Service Credit Band"
    _order = "rule_id, below desc"

    rule_id = fields.Many2one(
        "vas.service.credit.rule", required=True, index=True, ondelete="cascade"
    )
    below = fields.Float(string="Kept below (%)", required=True, digits=(5, 2))
    value = fields.Float(string="Credited", required=True, digits=(16, 2))

    _below_uniq = models.Constraint(
        "UNIQUE (rule_id, below)", "Two bands of a rule have the same bound."
    )
    _below_check = models.Constraint(
        "CHECK (below > 0 AND below <= 100 AND value >= 0)",
        "A bound lies between 0 and 100 %, a credit is not negative.",
    )
