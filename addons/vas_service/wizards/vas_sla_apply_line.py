from odoo import fields, models


class VasSlaApplyLine(models.TransientModel):
    """A deadline that would move."""

    _name = "vas.sla.apply.line"
    _description = "Deadline That Would Move"

    wizard_id = fields.Many2one("vas.sla.apply", required=True, ondelete="cascade")
    clock_id = fields.Many2one("vas.sla.clock", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="clock_id.partner_id")
    deadline_before = fields.Datetime(string="Now")
    deadline_after = fields.Datetime(string="Then")
    shift_hours = fields.Float(string="Moved (h)")
    effect = fields.Selection(
        [
            ("broken", "Broken by it"),
            ("saved", "Saved by it"),
            ("withdrawn", "No longer promised"),
        ]
    )
