from odoo import api, fields, models


class VasScaleLine(models.Model):
    """A knot (value → points) or a band (range → points) of a scale."""

    _name = "vas.scale.line"
    _description = "Scale line"
    _inherit = ["vas.bounds.mixin"]
    _order = "sequence, id"

    scale_id = fields.Many2one(
        comodel_name="vas.scale", required=True, ondelete="cascade", index=True
    )
    line_type = fields.Selection(
        selection=[("knots", "Knot"), ("bands", "Band"), ("per_unit", "Per unit")],
        compute="_compute_line_type",
        store=True,
        precompute=True,
    )
    value_format = fields.Selection(related="scale_id.value_format")
    sequence = fields.Integer(default=10)
    value = fields.Float(digits=(20, 9))
    points = fields.Float(digits=(16, 6))
    label = fields.Char(translate=True)

    @api.depends("scale_id.scale_type")
    def _compute_line_type(self):
        for line in self:
            line.line_type = line.scale_id.scale_type

    @api.depends("value", "points", "bounds_text", "line_type")
    def _compute_display_name(self):
        for line in self:
            side = line.bounds_text if line.line_type == "bands" else f"{line.value:g}"
            line.display_name = f"{side} → {line.points:g}"
