from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasSimulationChange(models.Model):
    """One number of a scorecard version that a simulation tries differently.

    The version itself keeps its number; only the simulation reads this one.
    """

    _name = "vas.simulation.change"
    _description = "Changed number of a simulation"
    _order = "sequence, id"

    simulation_id = fields.Many2one(
        comodel_name="vas.simulation", required=True, ondelete="cascade", index=True
    )
    scorecard_id = fields.Many2one(related="simulation_id.scorecard_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=[
            ("weight", "Weight of a section"),
            ("max_points", "Maximum of a criterion"),
            ("knot", "Point of a scale"),
            ("band", "Lower bound of a band"),
            ("left_out", "Leave a criterion out"),
        ],
        string="What changes",
        required=True,
        default="weight",
    )
    section_id = fields.Many2one(
        comodel_name="vas.scorecard.section",
        domain="[('scorecard_id', '=', scorecard_id)]",
        ondelete="cascade",
    )
    criterion_id = fields.Many2one(
        comodel_name="vas.scorecard.criterion",
        domain="[('scorecard_id', '=', scorecard_id)]",
        ondelete="cascade",
    )
    scale_id = fields.Many2one(related="criterion_id.scale_id")
    scale_line_id = fields.Many2one(
        comodel_name="vas.scale.line",
        string="Point",
        domain="[('scale_id', '=', scale_id)]",
        ondelete="cascade",
    )
    value_format = fields.Selection(related="scale_id.value_format")
    band_id = fields.Many2one(
        comodel_name="vas.scorecard.band",
        domain="[('scorecard_id', '=', scorecard_id),"
        " ('only_by_override', '=', False)]",
        ondelete="cascade",
    )
    new_value = fields.Float(
        compute="_compute_new_value",
        store=True,
        readonly=False,
        digits=(20, 9),
        help="Weight in percent, maximum points, lower bound, or the value at which"
        " the point of the scale lies.",
    )
    new_points = fields.Float(
        compute="_compute_new_value", store=True, readonly=False, digits=(16, 6)
    )
    old_text = fields.Char(string="Now", compute="_compute_texts")
    new_text = fields.Char(string="Tried", compute="_compute_texts")

    @api.depends("kind", "section_id", "criterion_id", "scale_line_id", "band_id")
    def _compute_new_value(self):
        """Start from the number in force, so that only the difference is typed."""
        for change in self:
            values = {
                "weight": change.section_id.weight,
                "max_points": change.criterion_id.max_points,
                "knot": change._get_scale_line_value(),
                "band": change.band_id.min_value,
            }
            change.new_value = values.get(change.kind, 0.0)
            change.new_points = change.scale_line_id.points

    def _get_scale_line_value(self):
        self.ensure_one()
        line = self.scale_line_id
        return line.min_value if line.line_type == "bands" else line.value

    def _get_target(self):
        """Return the record whose number is tried differently."""
        self.ensure_one()
        return {
            "weight": self.section_id,
            "max_points": self.criterion_id,
            "left_out": self.criterion_id,
            "knot": self.scale_line_id,
            "band": self.band_id,
        }[self.kind]

    @api.depends(
        "kind",
        "section_id",
        "criterion_id",
        "scale_line_id",
        "band_id",
        "new_value",
        "new_points",
    )
    def _compute_texts(self):
        for change in self:
            change.old_text, change.new_text = change._get_texts()

    def _get_texts(self):
        self.ensure_one()
        if not self._get_target():
            return "", ""
        if self.kind == "weight":
            return f"{self.section_id.weight:g} %", f"{self.new_value:g} %"
        if self.kind == "max_points":
            return f"{self.criterion_id.max_points:g}", f"{self.new_value:g}"
        if self.kind == "left_out":
            return self.env._("counts"), self.env._("left out")
        if self.kind == "band":
            sign = ">" if self.band_id.min_type == "open" else "≥"
            old = (
                self.env._("no lower limit")
                if self.band_id.min_type == "none"
                else f"{sign} {self.band_id.min_value:g}"
            )
            return old, f"{sign} {self.new_value:g}"
        show = self.scale_id._format_scale_value
        return (
            f"{show(self._get_scale_line_value())} → {self.scale_line_id.points:g}",
            f"{show(self.new_value)} → {self.new_points:g}",
        )

    @api.depends("kind", "section_id", "criterion_id", "band_id", "scale_line_id")
    def _compute_display_name(self):
        for change in self:
            target = change.section_id if change.kind == "weight" else change.band_id
            if change.kind in ("max_points", "left_out", "knot"):
                target = change.criterion_id
            label = dict(self._fields["kind"]._description_selection(self.env))
            change.display_name = f"{label.get(change.kind, '')}: {target.name or ''}"

    @api.constrains("kind", "section_id", "criterion_id", "scale_line_id", "band_id")
    def _check_target(self):
        for change in self:
            target = change._get_target()
            if not target:
                raise ValidationError(
                    self.env._(
                        "%(change)s: choose what the new number is for.",
                        change=change.display_name,
                    )
                )
            owner = change.criterion_id if change.kind == "knot" else target
            wrong_scale = (
                change.kind == "knot"
                and change.scale_line_id.scale_id != change.criterion_id.scale_id
            )
            if owner.scorecard_id != change.scorecard_id or wrong_scale:
                raise ValidationError(
                    self.env._(
                        "%(change)s: this is not a part of %(scorecard)s.",
                        change=change.display_name,
                        scorecard=change.scorecard_id.display_name,
                    )
                )

    @api.constrains("kind", "new_value")
    def _check_new_value(self):
        for change in self:
            if change.kind in ("weight", "max_points") and change.new_value < 0:
                raise ValidationError(
                    self.env._(
                        "%(change)s: the new number cannot be negative.",
                        change=change.display_name,
                    )
                )
