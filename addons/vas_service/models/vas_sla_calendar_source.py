from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasSlaCalendarSource(models.Model):
    """Where the working hours of a promise come from.

    The places are asked in their order; the first that names working hours decides.
    """

    _name = "vas.sla.calendar.source"
    _description = "Source of the Working Hours of a Promise"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("policy", "The policy"), ("path", "A field of the document")],
        string="Taken from",
        required=True,
        default="path",
    )
    path = fields.Char(
        string="Field",
        help="Path from the document to working hours, such as "
        "team_id.vas_calendar_id. Documents without these fields skip this place.",
    )

    @api.constrains("kind", "path")
    def _check_path(self):
        for source in self:
            if source.kind == "path" and not (source.path or "").strip():
                raise ValidationError(
                    self.env._(
                        "“%(source)s”: a field is missing. Expected: a path such as "
                        "team_id.vas_calendar_id.",
                        source=source.name,
                    )
                )

    def _get_calendar(self, record, policy):
        """Return the working hours this place names for *record*, may be empty."""
        self.ensure_one()
        none = self.env["resource.calendar"]
        if self.kind == "policy":
            return policy.calendar_id
        found = record
        for name in self.path.strip().split("."):
            if name not in found._fields:
                return none
            found = found[name]
            if not isinstance(found, models.BaseModel):
                return none
        return found[:1] if found._name == none._name else none
