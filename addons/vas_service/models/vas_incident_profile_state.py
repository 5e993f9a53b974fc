from odoo import fields, models


class VasIncidentProfileState(models.Model):
    _name = "vas.incident.profile.state"
    _description = "State of an Incident Log"
    _order = "profile_id, sequence, id"

    profile_id = fields.Many2one(
        "vas.incident.profile", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("In the log", required=True)
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        "Here",
        required=True,
        help="A closed stage fulfils the promise.",
    )
    pauses = fields.Boolean(help="The clock stands still in this state.")
    reason = fields.Char(
        translate=True, help="Shown in the history of the promise for a pause."
    )

    _name_uniq = models.Constraint(
        "UNIQUE (profile_id, name)", "A state of the log is listed once."
    )
