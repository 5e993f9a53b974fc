from odoo import fields, models


class VasDeviceBrand(models.Model):
    """Who makes the device."""

    _name = "vas.device.brand"
    _description = "Device Brand"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: offered in every company.",
    )
    model_ids = fields.One2many("vas.device.model", "brand_id", string="Models")
    device_count = fields.Integer(string="Devices", compute="_compute_device_count")

    def _compute_device_count(self):
        counts = dict(
            self.env["fsm.equipment"]._read_group(
                [("vas_brand_id", "in", self.ids)], ["vas_brand_id"], ["__count"]
            )
        )
        for brand in self:
            brand.device_count = counts.get(brand, 0)

    def action_view_devices(self):
        self.ensure_one()
        devices = self.env["fsm.equipment"]
        return devices._vas_get_action([("vas_brand_id", "=", self.id)], self.name)
