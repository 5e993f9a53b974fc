from odoo import fields, models


class VasDeviceType(models.Model):
    """What kind of device: cash machine, passbook printer, card terminal …"""

    _name = "vas.device.type"
    _description = "Device Type"
    _inherit = "vas.device.group.mixin"
    _order = "sequence, name, id"
    _check_company_auto = True
    _device_field = "vas_type_id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Tickets go to",
        check_company=True,
        help="The team of the tickets about these devices, unless another is chosen.",
    )
    model_ids = fields.One2many("vas.device.model", "type_id", string="Models")
