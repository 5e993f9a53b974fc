from odoo import fields, models


class ResGroups(models.Model):
    _inherit = "res.groups"

    vas_complaint_barred = fields.Boolean(
        string="May not handle complaints",
        help="Members belong to the service that is complained about: they see no "
        "complaints and cannot be made their handlers.",
    )
