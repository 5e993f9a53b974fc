from odoo import api, fields, models


class VasWorkTeam(models.Model):
    """A shift or gang that earns together and shares by hours and factor (班组)."""

    _name = "vas.work.team"
    _description = "Warehouse Team"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    leader_id = fields.Many2one(comodel_name="hr.employee", check_company=True)
    member_ids = fields.One2many(
        comodel_name="vas.work.team.member", inverse_name="team_id", string="Members"
    )
    member_count = fields.Integer(compute="_compute_member_count")

    @api.depends("member_ids")
    def _compute_member_count(self):
        for team in self:
            team.member_count = len(team.member_ids)
