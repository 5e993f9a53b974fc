from odoo import fields, models


class VasDeviceType(models.Model):
    """What kind of device: cash machine, passbook printer, card terminal …"""

    _name = "vas.device.type"
    _description = "Device Type"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: offered in every company.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Tickets go to",
        check_company=True,
        help="The team of the tickets about these devices, unless another is chosen.",
    )
    model_ids = fields.One2many("vas.device.model", "type_id", string="Models")
    device_count = fields.Integer(string="Devices", compute="_compute_device_count")

    def _compute_device_count(self):
        counts = dict(
            self.env["fsm.equipment"]._read_group(
                [("vas_type_id", "in", self.ids)], ["vas_type_id"], ["__count"]
            )
        )
        for device_type in self:
            device_type.device_count = counts.get(device_type, 0)

    def action_view_devices(self):
        self.ensure_one()
        devices = self.env["fsm.equipment"]
        return devices._vas_get_action([("vas_type_id", "=", self.id)], self.name)
