from odoo import api, fields, models


class VasBoundsMixin(models.AbstractModel):
    """A range of numbers with explicitly open or closed ends."""

    _name = "vas.bounds.mixin"
    _description = "Range with open or closed ends"

    min_type = fields.Selection(
        selection=[("none", "No lower limit"), ("closed", "From"), ("open", "Above")],
        string="Lower limit",
        required=True,
        default="closed",
        help="“From 90” includes 90, “above 90” does not.",
    )
    min_value = fields.Float(string="Lower value", digits=(20, 9))
    max_type = fields.Selection(
        selection=[("none", "No upper limit"), ("closed", "Up to"), ("open", "Below")],
        string="Upper limit",
        required=True,
        default="none",
        help="“Up to 100” includes 100, “below 100” does not.",
    )
    max_value = fields.Float(string="Upper value", digits=(20, 9))
    bounds_text = fields.Char(string="Range", compute="_compute_bounds_text")

    def _bounds_dict(self):
        """Return the range as the pure tools read it."""
        self.ensure_one()
        return {
            "min": None if self.min_type == "none" else self.min_value,
            "min_open": self.min_type == "open",
            "max": None if self.max_type == "none" else self.max_value,
            "max_open": self.max_type == "open",
        }

    @api.model
    def _bounds_values(self, bounds):
        """Return field values for ``{"min", "min_open", "max", "max_open"}``."""
        values = {}
        for side in ("min", "max"):
            bound = bounds.get(side)
            if bound is None:
                values.update({f"{side}_type": "none", f"{side}_value": 0.0})
            else:
                kind = "open" if bounds.get(f"{side}_open") else "closed"
                values.update({f"{side}_type": kind, f"{side}_value": bound})
        return values

    @api.depends("min_type", "min_value", "max_type", "max_value")
    def _compute_bounds_text(self):
        for record in self:
            record.bounds_text = self._describe_bounds(record._bounds_dict())

    @api.model
    def _describe_bounds(self, bounds, formatter=None):
        """Write a range in mathematical signs: “≥ 12 and < 14”."""
        formatter = formatter or (lambda number: f"{number:,.10g}")
        parts = []
        if bounds.get("min") is not None:
            sign = ">" if bounds.get("min_open") else "≥"
            parts.append(f"{sign} {formatter(bounds['min'])}")
        if bounds.get("max") is not None:
            sign = "<" if bounds.get("max_open") else "≤"
            parts.append(f"{sign} {formatter(bounds['max'])}")
        if not parts:
            return self.env._("any value")
        if len(parts) == 1:
            return parts[0]
        return self.env._("%(low)s and %(high)s", low=parts[0], high=parts[1])
