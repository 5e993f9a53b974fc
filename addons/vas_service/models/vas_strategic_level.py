from odoo import fields, models


class VasStrategicLevel(models.Model):
    """A level of strategic influence that a customer can be rated with (GRD-06)."""

    _name = "vas.strategic.level"
    _description = "Strategic Influence"
    _order = "value desc, id"

    name = fields.Char(required=True, translate=True)
    value = fields.Float(
        required=True, help="The value that is recorded and scored for this level."
    )
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)

    _value_uniq = models.UniqueIndex(
        "(value) WHERE active IS TRUE",
        "Two levels of strategic influence cannot have the same value.",
    )
