from odoo import api, fields, models


class VasResourceCase(models.Model):
    """A row of the table that says which case the findings on a line are.

    The limits of the reply hang on the case: policies name its code.
    """

    _name = "vas.resource.case"
    _description = "Resource Confirmation Case"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Policies name it by this.")
    sequence = fields.Integer(default=10, help="The first case that fits holds.")
    active = fields.Boolean(default=True)
    core = fields.Selection(
        selection="_selection_core", help="Empty: whatever the core network has."
    )
    access = fields.Selection(
        selection="_selection_access", help="Empty: whatever the access network has."
    )
    points_from = fields.Integer(
        string="Points from",
        help="Fits from so many points of the last segment that need work; 0: any.",
    )
    points_to = fields.Integer(
        string="Points to", help="Fits up to so many points; 0: no upper limit."
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Handed over to",
        help="The department that is asked before the reply. Empty: nobody else.",
    )
    needs_date = fields.Boolean(
        string="Reply names a date",
        help="The reply says from which day the line can be supplied.",
    )

    _code_uniq = models.Constraint(
        "unique (code)", "A resource case with this code exists already."
    )
    _points_check = models.Constraint(
        "CHECK (points_from >= 0 AND (points_to = 0 OR points_to >= points_from))",
        "“Points to” is not below “Points from”; 0 means no limit.",
    )

    @api.model
    def _selection_core(self):
        return [
            ("available", self.env._("Available")),
            ("lacking", self.env._("Not available")),
        ]

    @api.model
    def _selection_access(self):
        return [
            ("available", self.env._("Available")),
            ("work", self.env._("After work on the last segment")),
            ("lacking", self.env._("Not available")),
        ]

    def _find(self, core, access, points):
        """Return the first of these cases that fits the findings, or none."""
        return next(
            (
                case
                for case in self
                if (not case.core or case.core == core)
                and (not case.access or case.access == access)
                and case.points_from <= points
                and (not case.points_to or points <= case.points_to)
            ),
            self.browse(),
        )
