from odoo import fields, models


class VasDeviceGroupMixin(models.AbstractModel):
    """Something that devices of the register have in common: type, brand or model.

    Who inherits names the field of devices that holds it.
    """

    _name = "vas.device.group.mixin"
    _description = "Devices with Something in Common"
    #: The field of devices that holds a record of this model.
    _device_field = ""

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: offered in every company.",
    )
    device_count = fields.Integer(string="Devices", compute="_compute_device_count")

    def _compute_device_count(self):
        counts = dict(
            self.env["fsm.equipment"]._read_group(
                [(self._device_field, "in", self.ids)],
                [self._device_field],
                ["__count"],
            )
        )
        for group in self:
            group.device_count = counts.get(group, 0)

    def action_view_devices(self):
        """Open the devices that have this in common."""
        self.ensure_one()
        return self.env["fsm.equipment"]._vas_get_action(
            [(self._device_field, "=", self.id)], self.display_name
        )
