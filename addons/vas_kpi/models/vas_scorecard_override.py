from odoo import api, fields, models


class VasScorecardOverride(models.Model):
    """A rule that names the band whatever the total says; the first match wins.

    Example: first business within a year → C (GRD-08).
    """

    _name = "vas.scorecard.override"
    _description = "Override rule"
    _inherit = ["vas.frozen.mixin", "vas.rule.mixin"]
    _order = "sequence, id"
    _rec_name = "reason"

    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    reason = fields.Char(required=True, translate=True)
    subject_model = fields.Char(related="scorecard_id.subject_model")
    domain = fields.Char(string="Subjects", required=True, default="[]")
    band_id = fields.Many2one(
        comodel_name="vas.scorecard.band",
        string="Result",
        domain="[('scorecard_id', '=', scorecard_id)]",
        ondelete="restrict",
        help="Empty: these subjects get no band.",
    )

    @api.constrains("domain", "scorecard_id")
    def _check_domain(self):
        for override in self:
            override._check_domain_field("domain", override.subject_model)
