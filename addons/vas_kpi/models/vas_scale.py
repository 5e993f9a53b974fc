from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import curve as curve_tool
from ..tools import scale as scale_tool


class VasScale(models.Model):
    """How a value becomes points. The arithmetic is in ``tools/scale.py``."""

    _name = "vas.scale"
    _description = "Scale"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(comodel_name="res.company")
    description = fields.Text(translate=True)
    scale_type = fields.Selection(
        selection=[
            ("knots", "Straight lines between points"),
            ("bands", "Steps (bands)"),
            ("per_unit", "Points per unit"),
        ],
        string="Type",
        required=True,
        default="knots",
        tracking=True,
    )
    value_format = fields.Selection(
        selection=[
            ("number", "Number"),
            ("percent", "Percentage"),
            ("money", "Amount of money"),
        ],
        string="Values are",
        required=True,
        default="number",
    )
    line_ids = fields.One2many(
        comodel_name="vas.scale.line", inverse_name="scale_id", copy=True
    )
    below_type = fields.Selection(
        selection=[("clamp", "The points of the first knot"), ("points", "Fixed")],
        string="Below the first knot",
        required=True,
        default="clamp",
    )
    below_points = fields.Float(string="Points below", digits=(16, 6))
    above_type = fields.Selection(
        selection=[("clamp", "The points of the last knot"), ("points", "Fixed")],
        string="Beyond the last knot",
        required=True,
        default="clamp",
    )
    above_points = fields.Float(string="Points beyond", digits=(16, 6))
    default_type = fields.Selection(
        selection=[("missing", "No points (counts as missing)"), ("points", "Fixed")],
        string="Outside all bands",
        required=True,
        default="missing",
    )
    default_points = fields.Float(string="Points outside", digits=(16, 6))
    points_per_unit = fields.Float(digits=(20, 9))
    is_capped = fields.Boolean(string="Limited")
    cap_points = fields.Float(string="Limit", digits=(16, 6))
    curve = fields.Json(compute="_compute_curve")
    criterion_ids = fields.One2many(
        comodel_name="vas.scorecard.criterion",
        inverse_name="scale_id",
        string="Used by",
    )

    @api.constrains(
        "scale_type",
        "line_ids",
        "below_type",
        "above_type",
        "default_type",
        "points_per_unit",
        "is_capped",
    )
    def _check_scale(self):
        for scale in self:
            scale._validate()

    def _validate(self):
        """Refuse a scale that cannot give points, naming what is expected."""
        self.ensure_one()
        lines = self.line_ids
        if self.scale_type == "knots" and not lines:
            raise ValidationError(
                self.env._(
                    "%(scale)s: enter at least one knot (a value and its points).",
                    scale=self.name,
                )
            )
        if self.scale_type == "bands" and not lines:
            raise ValidationError(
                self.env._("%(scale)s: enter at least one band.", scale=self.name)
            )
        try:
            scale_tool.validate(self._to_dict())
        except scale_tool.ScaleError as error:
            raise ValidationError(
                self.env._(
                    "%(scale)s cannot give points: %(error)s",
                    scale=self.name,
                    error=error,
                )
            ) from error

    def _to_dict(self):
        """Return the scale as ``tools/scale.py`` reads it."""
        self.ensure_one()
        if self.scale_type == "per_unit":
            return {
                "type": "per_unit",
                "points_per_unit": self.points_per_unit,
                "cap": self.cap_points if self.is_capped else None,
            }
        if self.scale_type == "bands":
            fixed = self.default_type == "points"
            return {
                "type": "bands",
                "bands": [
                    {**line._bounds_dict(), "points": line.points}
                    for line in self.line_ids
                ],
                "default": self.default_points if fixed else None,
            }
        return {
            "type": "knots",
            "knots": [[line.value, line.points] for line in self.line_ids],
            "below": self.below_points if self.below_type == "points" else "clamp",
            "above": self.above_points if self.above_type == "points" else "clamp",
        }

    @api.model
    def _values_from_dict(self, scale):
        """Return field values for a scale given as a dictionary.

        :raises ScaleError: when the dictionary is not a scale.
        """
        scale_tool.validate(scale)
        values = {"scale_type": scale["type"]}
        if scale["type"] == "per_unit":
            cap = scale.get("cap")
            values.update(
                points_per_unit=scale["points_per_unit"],
                is_capped=cap is not None,
                cap_points=cap or 0.0,
            )
            return values
        create = fields.Command.create
        if scale["type"] == "bands":
            default = scale.get("default")
            values.update(
                default_type="missing" if default is None else "points",
                default_points=default or 0.0,
                line_ids=[
                    create(
                        {
                            "sequence": index,
                            "points": band["points"],
                            **self.env["vas.scale.line"]._bounds_values(band),
                        }
                    )
                    for index, band in enumerate(scale["bands"])
                ],
            )
            return values
        for side in ("below", "above"):
            rule = scale.get(side, "clamp")
            values[f"{side}_type"] = "clamp" if rule == "clamp" else "points"
            values[f"{side}_points"] = 0.0 if rule == "clamp" else rule
        values["line_ids"] = [
            create({"sequence": i, "value": x, "points": points})
            for i, (x, points) in enumerate(scale["knots"])
        ]
        return values

    def _points(self, value):
        """Return the points of ``value`` (None: no points)."""
        self.ensure_one()
        return scale_tool.points_of(value, self._to_dict())

    # ------------------------------------------------------------- explanations
    def _format_scale_value(self, number):
        self.ensure_one()
        if self.value_format == "percent":
            return f"{number * 100:,.8g} %"
        return f"{number:,.12g}"

    def _write_scale(self):
        """Write the whole scale in one line, for comparisons of versions."""
        self.ensure_one()
        show, definition = self._format_scale_value, self._to_dict()
        if self.scale_type == "knots":
            parts = [
                f"{show(x)} → {points:g}" for x, points in definition.get("knots", [])
            ]
        elif self.scale_type == "bands":
            describe = self.env["vas.scale.line"]._describe_bounds
            parts = [
                f"{describe(band, show)} → {band['points']:g}"
                for band in definition.get("bands", [])
            ]
        else:
            parts = []
        return f"{self.name}: {'; '.join(parts)}" if parts else self.name

    def _describe_hit(self, hit):
        """Say in a sentence which part of the scale gave the points."""
        self.ensure_one()
        rule, data = hit["rule"], hit["data"]
        show = self._format_scale_value
        if rule == "missing":
            return self.env._("nothing measured")
        if rule == "between":
            (x0, y0), (x1, y1) = data["knots"]
            if x0 == x1:
                return self.env._(
                    "exactly %(value)s → %(points)s",
                    value=show(x0),
                    points=f"{y0:g}",
                )
            return self.env._(
                "between %(x0)s (%(y0)s) and %(x1)s (%(y1)s), straight line",
                x0=show(x0),
                y0=f"{y0:g}",
                x1=show(x1),
                y1=f"{y1:g}",
            )
        if rule == "below":
            return self.env._("below %(edge)s", edge=show(data["edge"]))
        if rule == "above":
            return self.env._("above %(edge)s", edge=show(data["edge"]))
        if rule == "band":
            return self.env["vas.scale.line"]._describe_bounds(data, show)
        if rule == "default":
            return self.env._("outside all bands")
        if rule == "cap":
            return self.env._("limited to %(cap)s points", cap=f"{data['cap']:g}")
        return self.env._(
            "%(points)s points per unit", points=f"{data['points_per_unit']:g}"
        )

    @api.depends(
        "scale_type",
        "value_format",
        "line_ids",
        "line_ids.value",
        "line_ids.points",
        "line_ids.min_type",
        "line_ids.min_value",
        "line_ids.max_type",
        "line_ids.max_value",
        "below_type",
        "below_points",
        "above_type",
        "above_points",
        "default_type",
        "default_points",
        "points_per_unit",
        "is_capped",
        "cap_points",
    )
    def _compute_curve(self):
        """Samples of the curve for drawing, with the table as text alternative."""
        for scale in self:
            try:
                scale.curve = scale._get_curve()
            except scale_tool.ScaleError:
                # Half-typed scale on the form: nothing to draw yet.
                scale.curve = False

    def _get_curve(self, value=None):
        """Return what the curve widget draws.

        :param value: a measured value to mark on the curve.
        """
        self.ensure_one()
        definition = self._to_dict()
        marks = self._get_curve_marks(definition)
        places = marks if value is None else marks | {value}
        low, high = min(places), max(places)
        margin = (high - low) * 0.15 or abs(high) * 0.15 or 1.0
        start, end = low - margin, high + margin
        if low >= 0 > start:
            start = 0.0
        step = (end - start) / 120
        epsilon = (end - start) / 1e5
        values = {start + step * i for i in range(121)}
        for mark in marks:
            values.update((mark - epsilon, mark, mark + epsilon))
        samples = [
            [value, scale_tool.points_of(value, definition)]
            for value in sorted(value for value in values if start <= value <= end)
        ]
        return {
            "kind": self.scale_type,
            "format": self.value_format,
            "definition": definition,
            "samples": samples,
            "marks": [
                {
                    "value": mark,
                    "label": self._format_scale_value(mark),
                    "points": scale_tool.points_of(mark, definition),
                }
                for mark in sorted(marks)
            ],
            "knots": definition.get("knots", []),
            **self._get_curve_bands(definition),
            "current": (
                None
                if value is None
                else self._describe_value(definition, self.value_format, value)
            ),
        }

    def _get_curve_bands(self, definition):
        """Return the steps in words and where they overlap."""
        bands = definition.get("bands", [])
        describe = self.env["vas.scale.line"]._describe_bounds
        labels = [describe(band, self._format_scale_value) for band in bands]
        found = curve_tool.overlaps(bands)
        return {
            "rows": [
                {"label": label, "points": band["points"]}
                for label, band in zip(labels, bands, strict=True)
            ],
            "overlaps": [[overlap.low, overlap.high] for overlap in found],
            "problems": [
                self.env._(
                    "“%(first)s” and “%(second)s” overlap: the upper one counts.",
                    first=labels[overlap.first],
                    second=labels[overlap.second],
                )
                for overlap in found
            ],
        }

    @api.model
    def _describe_value(self, definition, value_format, value):
        """Return the points of a value under a definition, and why, in words."""
        hit = scale_tool.evaluate(value, definition)
        shown = self.new({"value_format": value_format})
        return {
            "value": value,
            "label": shown._format_scale_value(value),
            "points": hit.points,
            "text": shown._describe_hit({"rule": hit.rule, "data": hit.data}),
        }

    @api.model
    @api.readonly
    def try_value(self, definition, value_format, text):
        """Return the points of a typed value on a scale that need not be saved yet.

        :param text: “15.5” or “15.5 %”; rates may be typed either way.
        """
        self.check_access("read")
        typed = (text or "").replace(",", "").replace("％", "%").strip()
        try:
            number = float(typed.rstrip("%").strip())
        except ValueError as error:
            raise ValidationError(
                self.env._("“%(text)s” is not a number.", text=text or "")
            ) from error
        if value_format == "percent" or typed.endswith("%"):
            number /= 100.0
        try:
            return self._describe_value(definition, value_format, number)
        except scale_tool.ScaleError as error:
            raise ValidationError(str(error)) from error

    def _get_curve_marks(self, definition):
        if definition["type"] == "knots":
            return {knot[0] for knot in definition["knots"]} or {0.0}
        if definition["type"] == "bands":
            bounds = {
                band[side]
                for band in definition["bands"]
                for side in ("min", "max")
                if band[side] is not None
            }
            return bounds or {0.0}
        cap, per_unit = definition["cap"], definition["points_per_unit"]
        if cap is not None and per_unit:
            return {0.0, cap / per_unit}
        return {0.0, 1.0, 10.0}
