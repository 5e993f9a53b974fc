from odoo import fields, models


class VasDeviceHistory(models.Model):
    """Who owned a device, where it stood and who served it, from when to when."""

    _name = "vas.device.history"
    _description = "Device History"
    _order = "date_from desc, id desc"

    equipment_id = fields.Many2one(
        "fsm.equipment",
        string="Device",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="equipment_id.company_id", store=True)
    date_from = fields.Datetime(string="From", required=True, readonly=True)
    date_to = fields.Datetime(string="Until", readonly=True)
    owner_id = fields.Many2one("res.partner", string="Bank or branch", readonly=True)
    provider_id = fields.Many2one(
        "res.partner", string="Service company", readonly=True
    )
    location_id = fields.Many2one("fsm.location", string="Site", readonly=True)
    user_id = fields.Many2one("res.users", string="Entered by", readonly=True)

    _one_present = models.UniqueIndex(
        "(equipment_id) WHERE date_to IS NULL", "A device is in one place at a time."
    )
