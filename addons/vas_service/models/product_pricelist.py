from datetime import datetime, time

from odoo import api, models

from ..tools import premium


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    @api.model
    def _get_vas_premiums(self, pricelists, reference, company, day):
        """Compare contract price lists with the reference prices, all lists at once.

        The services compared are those that the contract list names one by one; for a
        list with general rules only, those that the reference list names. Without a
        reference list the sales price of a service is its reference.

        :param pricelists: the contract price lists
        :param reference: the list of reference prices, may be empty
        :return: {price list id: (sum of references, contract sum less references)} in
            the currency of the company, (0.0, 0.0) where nothing can be compared
        """
        rules_by_pricelist = self._get_vas_rules(pricelists | reference, day)
        reference_rules = rules_by_pricelist.get(reference.id, [])
        reference_products = self._get_vas_named_products(reference_rules)
        products_by_pricelist = {
            pricelist: (
                self._get_vas_named_products(rules_by_pricelist.get(pricelist.id, []))
                or reference_products
            )
            for pricelist in pricelists
        }
        everything = self.env["product.product"].union(*products_by_pricelist.values())
        options = {
            "quantity": 1.0,
            "currency": company.currency_id,
            "date": datetime.combine(day, time()),
        }
        references = {
            product.id: self._get_vas_price(product, reference_rules, options)
            for product in everything.with_company(company)
        }
        return {
            pricelist.id: premium.totals(
                (
                    self._get_vas_price(
                        product, rules_by_pricelist.get(pricelist.id, []), options
                    ),
                    references[product.id],
                )
                for product in products.with_company(company)
            )
            for pricelist, products in products_by_pricelist.items()
        }

    @api.model
    def _get_vas_rules(self, pricelists, day):
        """Return {price list id: rules valid on a day, the most specific first}."""
        rules = self.env["product.pricelist.item"].search(
            [
                ("pricelist_id", "in", pricelists.ids),
                "|",
                ("date_start", "=", False),
                ("date_start", "<=", datetime.combine(day, time.max)),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", datetime.combine(day, time.min)),
            ]
        )
        return {
            pricelist.id: list(group)
            for pricelist, group in rules.grouped("pricelist_id").items()
        }

    @api.model
    def _get_vas_named_products(self, rules):
        """Return the active services that rules name one by one."""
        products = self.env["product.product"]
        for rule in rules:
            products |= rule.product_id or rule.product_tmpl_id.product_variant_id
        return products.filtered("active")

    @api.model
    def _get_vas_price(self, product, rules, options):
        """Return the price of one unit by the first rule that applies."""
        fitting = self.env["product.pricelist.item"]
        for rule in rules:
            if rule._is_applicable_for(product, options["quantity"]):
                fitting = rule
                break
        return fitting._compute_price(
            product,
            options["quantity"],
            product.uom_id,
            date=options["date"],
            currency=options["currency"],
        )
