from odoo import api, fields, models

from ..tools.scale import ScaleError


class VasAssessmentLine(models.Model):
    _inherit = "vas.assessment.line"

    curve = fields.Json(compute="_compute_curve")

    @api.depends("criterion_id", "value", "has_value")
    @api.depends_context("lang")
    def _compute_curve(self):
        """The scale's curve with the measured value marked on it."""
        for line in self:
            # The scale explains points that the reader may see.
            scale_sudo = line.sudo().criterion_id.scale_id
            try:
                line.curve = scale_sudo._get_curve(
                    line.value if line.has_value else None
                )
            except ScaleError:
                # A shared scale that was emptied since: nothing to draw.
                line.curve = False

    def action_open_curve(self):
        """Show how the value became points."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "views": [
                (self.env.ref("vas_kpi.vas_assessment_line_view_form_curve").id, "form")
            ],
            "target": "new",
        }
