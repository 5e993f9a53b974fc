from odoo import fields, models


class VasVisitRole(models.Model):
    """Who visits a customer or rates one: a role of the business and its users."""

    _name = "vas.visit.role"
    _description = "Visit Role"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    group_id = fields.Many2one(
        "res.groups",
        string="Access group",
        help="Members of this group hold the role.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Users",
        help="Users who hold the role besides the members of the group.",
    )
    holder_ids = fields.Many2many(
        "res.users", string="Holders", compute="_compute_holder_ids"
    )

    def _compute_holder_ids(self):
        for role in self:
            # Reading who belongs to a group is reserved to administrators; the names of
            # the colleagues who hold a role are not secret inside the company.
            role_sudo = role.sudo()
            role.holder_ids = role_sudo.user_ids | role_sudo.group_id.all_user_ids
