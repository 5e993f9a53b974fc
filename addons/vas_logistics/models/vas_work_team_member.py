from odoo import fields, models


class VasWorkTeamMember(models.Model):
    """Somebody's place in a team with the factor of the share."""

    _name = "vas.work.team.member"
    _description = "Member of a Warehouse Team"
    _order = "team_id, id"
    _check_company_auto = True

    team_id = fields.Many2one(
        comodel_name="vas.work.team", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="team_id.company_id", store=True, index=True)
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    factor = fields.Float(
        default=1.0, help="Weight of an hour of this person: 1.2 for a skilled worker."
    )

    _once = models.UniqueIndex(
        "(team_id, employee_id)", "This person is already in the team."
    )
    _factor_positive = models.Constraint(
        "CHECK(factor > 0)", "The factor of a team member must be positive."
    )
