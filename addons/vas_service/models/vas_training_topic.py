from odoo import fields, models


class VasTrainingTopic(models.Model):
    """What customers are trained in."""

    _name = "vas.training.topic"
    _description = "Training Topic"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer(string="Colour")
    note = fields.Text(string="Content", translate=True)

    _name_uniq = models.UniqueIndex(
        "(name) WHERE active IS TRUE", "A training topic with this name exists already."
    )
