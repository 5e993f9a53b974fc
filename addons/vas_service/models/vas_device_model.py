from odoo import api, fields, models


class VasDeviceModel(models.Model):
    """A model of a brand; it knows the type and the usual warranty of its devices."""

    _name = "vas.device.model"
    _description = "Device Model"
    _order = "type_id, brand_id, name, id"
    _rec_names_search = ["name", "brand_id.name"]  # noqa: RUF012
    _check_company_auto = True

    name = fields.Char(string="Model", required=True)
    type_id = fields.Many2one(
        "vas.device.type",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    brand_id = fields.Many2one(
        "vas.device.brand",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    warranty_months = fields.Integer(
        string="Usual warranty (months)",
        help="Fills the end of the warranty of a new device from its installation. "
        "0: the end is typed.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: offered in every company.",
    )
    note = fields.Html(string="Notes", translate=True, groups="base.group_user")
    device_count = fields.Integer(string="Devices", compute="_compute_device_count")

    _name_uniq = models.UniqueIndex(
        "(brand_id, name, COALESCE(company_id, 0))", "The brand has this model already."
    )
    _warranty_check = models.Constraint(
        "CHECK (warranty_months >= 0)", "A warranty is not shorter than nothing."
    )

    @api.depends("name", "brand_id.name")
    def _compute_display_name(self):
        for model in self:
            brand = model.brand_id.name
            model.display_name = f"{brand} {model.name}" if brand else model.name

    def _compute_device_count(self):
        counts = dict(
            self.env["fsm.equipment"]._read_group(
                [("vas_model_id", "in", self.ids)], ["vas_model_id"], ["__count"]
            )
        )
        for model in self:
            model.device_count = counts.get(model, 0)

    def action_view_devices(self):
        self.ensure_one()
        devices = self.env["fsm.equipment"]
        return devices._vas_get_action(
            [("vas_model_id", "=", self.id)], self.display_name
        )
