from odoo import fields, models


class VasRoleCategory(models.Model):
    """A group of the role library, with the scorecard its roles start from."""

    _name = "vas.role.category"
    _description = "Group of roles"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    template_id = fields.Many2one(
        comodel_name="vas.scorecard",
        string="Starts from",
        domain=[("subject_model", "=", "hr.employee")],
        ondelete="set null",
        help="The scorecard that a new one for a role of this group is copied from.",
    )
    role_ids = fields.One2many(
        comodel_name="vas.role.profile", inverse_name="category_id"
    )
