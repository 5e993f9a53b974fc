from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasSettlementAgreementTariff(models.Model):
    """A bonus or deduction that follows from a figure (STL-02, AMB-61).

    Examples: 500.00 per registration offence; 0.4 % … of the score as an amount.
    """

    _name = "vas.settlement.agreement.tariff"
    _description = "Bonus or deduction rule"
    _order = "sequence, id"

    agreement_id = fields.Many2one(
        comodel_name="vas.settlement.agreement",
        required=True,
        ondelete="cascade",
        index=True,
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        selection=[("bonus", "Bonus"), ("penalty", "Deduction")],
        required=True,
        default="penalty",
    )
    basis = fields.Selection(
        selection=[
            ("metric", "Per unit of a metric"),
            ("score", "By the score"),
            ("fixed", "Fixed per period"),
        ],
        required=True,
        default="metric",
    )
    metric_id = fields.Many2one(
        comodel_name="vas.metric",
        ondelete="restrict",
        domain=[("subject_model", "=", "res.partner")],
    )
    scale_id = fields.Many2one(
        comodel_name="vas.scale",
        string="Amount by score",
        ondelete="restrict",
        help="A scale whose points are the amount of money.",
    )
    unit_amount = fields.Float(string="Amount", digits=(16, 4))

    @api.constrains("basis", "metric_id", "scale_id", "unit_amount")
    def _check_basis(self):
        for tariff in self:
            missing = False
            if tariff.basis == "metric" and not tariff.metric_id:
                missing = self.env._("the metric that is counted")
            elif tariff.basis == "score" and not tariff.scale_id:
                missing = self.env._("the scale that gives the amount")
            if missing:
                raise ValidationError(
                    self.env._(
                        "%(tariff)s: choose %(missing)s.",
                        tariff=tariff.name,
                        missing=missing,
                    )
                )
            if tariff.unit_amount < 0:
                raise ValidationError(
                    self.env._(
                        "%(tariff)s: enter the amount without sign; the kind says"
                        " which way it goes.",
                        tariff=tariff.name,
                    )
                )
