from odoo import api, fields, models


class VasComplaint(models.Model):
    """The device a complaint is about, so that complaints are counted by device, model
    and service company."""

    _name = "vas.complaint"
    _inherit = ["vas.complaint"]

    equipment_id = fields.Many2one(
        "fsm.equipment",
        string="Device",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="The device whose service it is about, if it is about one.",
    )
    device_type_id = fields.Many2one(
        related="equipment_id.vas_type_id", string="Device type", store=True
    )
    device_model_id = fields.Many2one(
        related="equipment_id.vas_model_id", string="Model", store=True
    )

    @api.onchange("equipment_id")
    def _onchange_equipment_id(self):
        if self.equipment_id and not self.about_partner_id:
            self.about_partner_id = self.equipment_id.vas_provider_id

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever names a device and nobody means the company that serves it."""
        # The customer's device; who serves it is known to the customer.
        devices_sudo = self.env["fsm.equipment"].sudo()
        for vals in vals_list:
            if vals.get("equipment_id") and "about_partner_id" not in vals:
                device_sudo = devices_sudo.browse(vals["equipment_id"])
                vals["about_partner_id"] = device_sudo.vas_provider_id.id
        return super().create(vals_list)

    @api.model
    def _get_closed_fields(self):
        return super()._get_closed_fields() | {"equipment_id"}
