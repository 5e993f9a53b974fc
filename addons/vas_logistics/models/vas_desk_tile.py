from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasDeskTile(models.Model):
    """Questions of the dispatcher, the warehouse and the accountant of trips, on
    dashboards of their own."""

    _inherit = "vas.desk.tile"

    area = fields.Selection(
        selection_add=[("logistics", "Logistics"), ("money", "Money of trips")],
        ondelete={"logistics": "cascade", "money": "cascade"},
    )
    base_field_id = fields.Many2one(
        comodel_name="ir.model.fields",
        string="In Proportion to",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('store', '=', True), "
        "('ttype', 'in', ('float', 'integer', 'monetary'))]",
        help="The sum of the first field divided by the sum of this one, over all"
        " records: large trips count more than small ones. Empty: an average.",
    )

    @api.constrains("base_field_id", "measure_field_id", "model_id")
    def _check_base_field(self):
        for tile in self:
            base, measure = tile.base_field_id, tile.measure_field_id
            if base and (not measure or base.model_id != tile.model_id):
                raise ValidationError(
                    self.env._(
                        "Tile “%(tile)s”: a proportion needs two fields of %(model)s.",
                        tile=tile.name,
                        model=tile.model_id.name,
                    )
                )

    def _measure(self):
        self.ensure_one()
        # The administrator chose the fields; the reader's rights are asked for.
        tile_sudo = self.sudo()
        if not tile_sudo.base_field_id:
            return super()._measure()
        model = self.env[tile_sudo.model_id.model]
        if not model.has_access("read"):
            return None
        part, whole = (
            f"{field.name}:sum"
            for field in (tile_sudo.measure_field_id, tile_sudo.base_field_id)
        )
        ((upper, lower),) = model._read_group(self._get_domain(), [], [part, whole])
        if not lower:
            return None
        value = float(upper or 0.0) / float(lower)
        return value * 100 if self.as_percent else value
