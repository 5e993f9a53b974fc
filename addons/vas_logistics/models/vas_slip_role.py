from odoo import fields, models


class VasSlipRole(models.Model):
    """A signature that a slip needs, and who may give it."""

    _name = "vas.slip.role"
    _description = "Signature of a Slip"
    _order = "slip_type_id, sequence, id"

    slip_type_id = fields.Many2one(
        comodel_name="vas.slip.type", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="slip_type_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Signs As", required=True, translate=True)
    group_id = fields.Many2one(
        comodel_name="res.groups",
        string="Members Of",
        help="Who may sign. Empty: everybody who may open the transfer.",
    )
    user_ids = fields.Many2many(
        comodel_name="res.users",
        string="People",
        help="Only these people. Empty: everybody of the group.",
    )

    def _may_sign(self, user):
        self.ensure_one()
        if self.user_ids and user not in self.user_ids:
            return False
        return not self.group_id or self.group_id in user.all_group_ids
