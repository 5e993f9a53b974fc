from odoo import fields, models


class VasCargoClass(models.Model):
    """Class of goods; vehicle classes say which of them they may load (FLT-02)."""

    _name = "vas.cargo.class"
    _description = "Cargo Class"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer(string="Colour")
    description = fields.Text(translate=True)
    vehicle_category_ids = fields.Many2many(
        comodel_name="fleet.vehicle.model.category",
        relation="vas_cargo_class_vehicle_category_rel",
        column1="cargo_class_id",
        column2="category_id",
        string="Vehicle Classes",
        help="Vehicle classes that may load these goods. A class without any cargo "
        "class loads everything.",
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code)", "Another cargo class already has this code."
    )
