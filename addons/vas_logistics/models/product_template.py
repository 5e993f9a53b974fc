from odoo import api, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.model
    def _get_vas_unit_factors(self):
        """What one unit of weight and of volume of this database is in kg and m³.

        Weights and volumes of products and of vehicle classes are stored in the units
        that the settings choose (kg or lb, m³ or ft³).
        """
        weight = self._get_weight_uom_id_from_ir_config_parameter()
        volume = self._get_volume_uom_id_from_ir_config_parameter()
        kilogram = self.env.ref("uom.product_uom_kgm")
        cubic_metre = self.env.ref("uom.product_uom_cubic_meter")
        return weight.factor / kilogram.factor, volume.factor / cubic_metre.factor
