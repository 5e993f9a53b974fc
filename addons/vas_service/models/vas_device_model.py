from odoo import api, fields, models
from odoo.fields import Domain


class VasDeviceModel(models.Model):
    """A model of a brand; it knows the type and the usual warranty of its devices."""

    _name = "vas.device.model"
    _description = "Device Model"
    _inherit = "vas.device.group.mixin"
    _order = "type_id, brand_id, name, id"
    _rec_name = "complete_name"
    _rec_names_search = ["name", "complete_name"]  # noqa: RUF012
    _check_company_auto = True
    _device_field = "vas_model_id"

    name = fields.Char(string="Model", required=True)
    complete_name = fields.Char(
        string="Brand and model",
        compute="_compute_complete_name",
        search="_search_complete_name",
    )
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
    note = fields.Html(string="Notes", translate=True, groups="base.group_user")

    _name_uniq = models.UniqueIndex(
        "(brand_id, name, COALESCE(company_id, 0))", "The brand has this model already."
    )
    _warranty_check = models.Constraint(
        "CHECK (warranty_months >= 0)", "A warranty is not shorter than nothing."
    )

    @api.depends("name", "brand_id.name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for model in self:
            model.complete_name = " ".join(
                part for part in (model.brand_id.name, model.name) if part
            )

    @api.model
    def _search_complete_name(self, operator, value):
        """Find a model by brand and model together, as lists and imports name it."""
        if operator in ("ilike", "like"):
            words = [value]
        elif operator == "in":
            words = list(value)
        else:
            return NotImplemented
        found = self.browse()
        # A search per text that was typed, not per model.
        for text in words:
            # Each word is part of the model's or the brand's name.
            parts = [
                Domain("name", "ilike", word) | Domain("brand_id.name", "ilike", word)
                for word in (text or "").split()
            ]
            models = self.search(Domain.AND(parts)) if parts else self.browse()
            if operator == "in":
                models = models.filtered(
                    lambda model, text=text: model.complete_name == text
                )
            found |= models
        return [("id", "in", found.ids)]
