from odoo import fields, models


class VasIncidentProfilePriority(models.Model):
    _name = "vas.incident.profile.priority"
    _description = "Priority of an Incident Log"
    _order = "profile_id, name"

    profile_id = fields.Many2one(
        "vas.incident.profile", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char("In the log", required=True)
    priority = fields.Selection(
        selection=lambda self: self.env["vas.sla.policy"]._selection_priority(),
        string="Here",
        required=True,
    )

    _name_uniq = models.Constraint(
        "UNIQUE (profile_id, name)", "A priority of the log is listed once."
    )
