from odoo import fields, models


class ContractContract(models.Model):
    _inherit = "contract.contract"

    vas_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Service hours",
        check_company=True,
        help="Service promises under this agreement are counted in these hours, unless "
        "their policy has its own.",
    )
