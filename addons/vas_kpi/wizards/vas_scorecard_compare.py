from odoo import api, fields, models


class VasScorecardCompare(models.TransientModel):
    """Two versions of a scorecard side by side, in words."""

    _name = "vas.scorecard.compare"
    _description = "Compare versions"

    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard",
        string="Version",
        required=True,
        ondelete="cascade",
    )
    code = fields.Char(related="scorecard_id.code")
    other_id = fields.Many2one(
        comodel_name="vas.scorecard",
        string="Compared with",
        domain="[('code', '=', code), ('id', '!=', scorecard_id)]",
        ondelete="cascade",
    )
    diff_html = fields.Html(
        string="Changes", compute="_compute_diff_html", sanitize=False
    )

    @api.depends("scorecard_id", "other_id")
    def _compute_diff_html(self):
        for wizard in self:
            new, old = wizard.scorecard_id, wizard.other_id
            wizard.diff_html = (
                new._render_changes(old, new._get_changes(old))
                if new and old
                else False
            )
