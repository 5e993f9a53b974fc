from odoo import fields, models


class VasSlaHealthLine(models.TransientModel):
    """Something in the configuration that does not do what it seems to."""

    _name = "vas.sla.health.line"
    _description = "Finding about Service Promises"
    _order = "severity, id"
    _rec_name = "text"

    health_id = fields.Many2one("vas.sla.health", required=True, ondelete="cascade")
    severity = fields.Selection(
        [
            ("1_error", "Broken"),
            ("2_warning", "Look at it"),
            ("3_info", "Good to know"),
        ],
        required=True,
    )
    check_name = fields.Selection(
        selection=lambda self: self.env["vas.sla.health"]._get_checks(), string="Check"
    )
    text = fields.Char(string="Finding")
    res_model = fields.Char(string="Kind")
    res_id = fields.Many2oneReference(string="Record", model_field="res_model")

    def action_fix(self):
        """Open the record that is to be changed."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
