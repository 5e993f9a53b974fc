from odoo import fields, models


class HelpdeskTicket(models.Model):
    """What a ticket keeps of the incident log it came from."""

    _inherit = "helpdesk.ticket"

    vas_incident_profile_id = fields.Many2one(
        "vas.incident.profile",
        string="Incident log",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    vas_log_made_sla = fields.Selection(
        [("yes", "Kept"), ("no", "Broken")],
        string="Promise in the log",
        readonly=True,
        copy=False,
        help="The verdict of the system the incident comes from.",
    )

    _vas_incident_uniq = models.UniqueIndex(
        "(vas_incident_profile_id, company_id, number) "
        "WHERE vas_incident_profile_id IS NOT NULL",
        "An incident of a log is imported once.",
    )
