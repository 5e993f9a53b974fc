from odoo import fields, models


class VasPriceLevel(models.Model):
    """A price level that a treatment grants, such as "best price".

    The sources name the levels but no percentages (AMB-10), therefore the level is the
    rule and the price list behind it is each company's own choice.
    """

    _name = "vas.price.level"
    _description = "Price Level"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10, help="The best price comes first.")
    active = fields.Boolean(default=True)
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price list",
        company_dependent=True,
        domain="[('company_id', 'in', (allowed_company_ids[0], False))]",
        help="The price list that customers of this level get in the current company.",
    )

    _code_uniq = models.UniqueIndex(
        "(code) WHERE active IS TRUE", "Two price levels cannot have the same code."
    )

    def action_create_pricelist(self):
        """Create an empty price list of the current company for levels without one."""
        missing = self.filtered(lambda level: not level.pricelist_id)
        pricelists = self.env["product.pricelist"].create(
            [
                {
                    "name": level.name,
                    "company_id": self.env.company.id,
                    "currency_id": self.env.company.currency_id.id,
                }
                for level in missing
            ]
        )
        for level, pricelist in zip(missing, pricelists, strict=True):
            level.pricelist_id = pricelist
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "product.product_pricelist_action2"
        )
        if len(self) == 1:
            action.update(
                views=[(False, "form")], res_id=self.pricelist_id.id, target="current"
            )
        return action
