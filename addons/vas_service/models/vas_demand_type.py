from odoo import fields, models


class VasDemandType(models.Model):
    """What a group customer wants of a line: a new one, a change, the end of it."""

    _name = "vas.demand.type"
    _description = "Line Demand Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Policies and filters name it by this.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    solution_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Solution by",
        help="Works out the solution; a new demand without team goes to it.",
    )
    support_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Resources confirmed by",
        help="Drafts missing templates and confirms the resources of the network.",
    )
    first_type_id = fields.Many2one(
        "vas.demand.type",
        string="May run as first",
        help="For an adjustment: the demand that is carried out first, such as the "
        "stop of the old line.",
    )
    then_type_id = fields.Many2one(
        "vas.demand.type",
        string="And then",
        help="The demand that waits until the first one is done.",
    )
    note = fields.Text(translate=True)

    _code_uniq = models.Constraint(
        "unique (code)", "A demand type with this code exists already."
    )
    _split_check = models.Constraint(
        "CHECK ((first_type_id IS NULL) = (then_type_id IS NULL))",
        "A demand that runs in two parts names both: the first one and what follows.",
    )
