from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasFreightAgreement(models.Model):
    """How a customer pays for transport: by contract price, by share, by the lower."""

    _name = "vas.freight.agreement"
    _description = "Freight Agreement"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.terms.mixin"]
    _order = "company_id, partner_id, id"
    _check_company_auto = True
    _party_field = "partner_id"
    _method_field = "method"

    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
        help="Prices are in this currency, and the customer is invoiced in it.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        index="btree_not_null",
        tracking=True,
        help="Empty: every customer without an agreement of its own.",
    )
    method = fields.Selection(
        selection=[
            ("contract", "Contract price"),
            ("share", "Share of the trip's cost"),
            ("lower", "The lower of price and share"),
        ],
        string="Charged",
        required=True,
        default="contract",
        tracking=True,
    )
    markup = fields.Float(
        string="Markup on the Share",
        tracking=True,
        help="Added to the share of the cost, e.g. 10 % for handling.",
    )
    return_method = fields.Selection(
        selection=[
            ("free", "Not charged"),
            ("percent", "Percent of the outward price"),
            ("price", "Own prices"),
            ("share", "Their share of the trip's cost"),
        ],
        string="Goods That Come Back",
        required=True,
        default="free",
        tracking=True,
        help="Refused, or cancelled on the road: they were carried out and back.",
    )
    return_rate = fields.Float(
        string="Percent of the Outward Price",
        tracking=True,
        help="50 %: the way out and back costs half a delivery; 150 %: the way out, and"
        " half of it back.",
    )
    invoice_per = fields.Selection(
        selection=[
            ("customer", "All trips invoiced together"),
            ("month", "Month"),
            ("trip", "Trip"),
        ],
        string="One Invoice Per",
        required=True,
        default="customer",
        tracking=True,
        help="Trips that are invoiced together are lines of one invoice, of one for"
        " each month, or have invoices of their own.",
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Invoiced As",
        required=True,
        domain="[('type', '=', 'service')]",
        check_company=True,
        help="Account and taxes of the invoice lines come from this product.",
    )
    tariff_ids = fields.One2many(
        comodel_name="vas.freight.tariff",
        inverse_name="agreement_id",
        string="Prices",
        copy=True,
    )

    _one_per_customer = models.UniqueIndex(
        "(company_id, COALESCE(partner_id, 0)) WHERE active IS TRUE",
        "This customer already has a freight agreement.",
    )
    _markup_least = models.Constraint(
        "CHECK(markup >= -1)", "A markup cannot take away more than the share."
    )

    _return_rate_least = models.Constraint(
        "CHECK(return_rate >= 0)",
        "The percent for goods that come back must not be negative.",
    )

    @api.depends("company_id")
    def _compute_currency_id(self):
        for agreement in self:
            agreement.currency_id = (
                agreement.currency_id or agreement.company_id.currency_id
            )

    @api.model
    def _get_all_others(self):
        return self.env._("Every customer")

    @api.constrains("method", "return_method", "tariff_ids")
    def _check_tariffs(self):
        for agreement in self:
            kinds = set(agreement.tariff_ids.mapped("applies_to"))
            if agreement.return_method == "price" and "return" not in kinds:
                raise ValidationError(
                    self.env._(
                        "%(agreement)s: charging goods that come back by own prices"
                        " needs at least one price for them.",
                        agreement=agreement.name,
                    )
                )
            if agreement.method == "contract" and "delivery" not in kinds:
                raise ValidationError(
                    self.env._(
                        "%(agreement)s: charging by contract price needs at least one"
                        " price.",
                        agreement=agreement.name,
                    )
                )

    def _get_invoice_key(self, ledger):
        """Trips with the same key are lines of the same invoice."""
        if self.invoice_per == "month":
            return ledger.date.replace(day=1)
        return ledger.id if self.invoice_per == "trip" else False
