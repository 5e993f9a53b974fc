from odoo import fields, models


class ContractTemplate(models.Model):
    """A template is the standard of a kind of agreement (CON-07)."""

    _inherit = "contract.template"

    vas_kind_id = fields.Many2one(
        "vas.agreement.kind",
        string="Kind of agreement",
        index="btree_not_null",
        check_company=True,
        help="What the agreement means for the service desk. Empty: an ordinary "
        "contract that only invoices.",
    )
