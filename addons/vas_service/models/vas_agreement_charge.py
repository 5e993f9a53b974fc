from odoo import api, fields, models
from odoo.tools import float_is_zero


class VasAgreementCharge(models.Model):
    """What goes on the next invoice of an agreement besides its fees.

    A charge is invoiced once: an invoice line points to it, and a second line in an
    invoice that is not cancelled is refused by the database. A draft that is deleted or
    cancelled frees it again.
    """

    _name = "vas.agreement.charge"
    _description = "Charge of an Agreement"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="On the invoice", required=True, readonly=True)
    contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    contract_line_id = fields.Many2one(
        "contract.line", string="Service line", readonly=True, ondelete="set null"
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, string="Customer"
    )
    kind = fields.Selection(
        [("overuse", "Over-use"), ("credit", "Service credit")],
        required=True,
        readonly=True,
    )
    overuse_id = fields.Many2one(
        "vas.entitlement.overuse",
        string="Over-use",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    credit_id = fields.Many2one(
        "vas.service.credit",
        string="Service credit",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    quantity = fields.Float(readonly=True, digits=(16, 2), default=1.0)
    price_unit = fields.Monetary(string="Price", readonly=True)
    amount = fields.Monetary(compute="_compute_amount", store=True)
    cancelled = fields.Boolean(readonly=True)
    move_line_ids = fields.One2many(
        "account.move.line",
        "vas_charge_id",
        string="Invoice lines",
        groups="account.group_account_invoice",
    )
    state = fields.Selection(
        [
            ("pending", "On the next invoice"),
            ("invoiced", "Invoiced"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )

    @api.depends("quantity", "price_unit")
    def _compute_amount(self):
        for charge in self:
            charge.amount = charge.quantity * charge.price_unit

    @api.depends("cancelled", "move_line_ids.parent_state")
    def _compute_state(self):
        for charge in self:
            # Whether it is invoiced is no secret, the invoice is.
            lines_sudo = charge.sudo().move_line_ids
            if any(line.parent_state != "cancel" for line in lines_sudo):
                charge.state = "invoiced"
            else:
                charge.state = "cancelled" if charge.cancelled else "pending"

    @api.model
    def _set_total(self, source, quantity, price_unit, name):
        """Let the charges of *source* (over-use or credit) add up to this.

        What waits for an invoice is corrected; what is invoiced stays, and the
        difference waits for the next invoice.
        """
        source.ensure_one()
        field = {
            "vas.entitlement.overuse": "overuse_id",
            "vas.service.credit": "credit_id",
        }[source._name]
        mine = self.search([(field, "=", source.id), ("state", "!=", "cancelled")])
        invoiced = mine.filtered(lambda charge: charge.state == "invoiced")
        pending = mine - invoiced
        currency = source.currency_id
        wanted = currency.round(quantity * price_unit)
        missing = wanted - sum(invoiced.mapped("amount"))
        if float_is_zero(missing, precision_rounding=currency.rounding):
            pending.cancelled = True
            return
        values = {
            "name": name,
            "quantity": quantity if not invoiced else 1.0,
            "price_unit": price_unit if not invoiced else missing,
        }
        if invoiced:
            values["name"] = self.env._("Correction: %(what)s", what=name)
        if pending:
            pending[1:].cancelled = True
            pending[0].write(values)
            return
        self.create(
            values
            | {
                field: source.id,
                "kind": field.removesuffix("_id"),
                "contract_id": source.contract_id.id,
                "contract_line_id": source._vas_get_charged_line().id,
            }
        )

    def _prepare_invoice_line(self, sign=1):
        """Return the values of the invoice line of this charge."""
        self.ensure_one()
        line = self.contract_line_id
        values = {
            "name": self.name,
            "quantity": self.quantity,
            "price_unit": sign * self.price_unit,
            "product_id": line.product_id.id,
            "analytic_distribution": line.analytic_distribution,
            "contract_line_id": line.id,
            "vas_charge_id": self.id,
            "sequence": 1000,
            "display_type": "product",
        }
        return {name: value for name, value in values.items() if value}

    def action_view_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_line_ids.move_id[:1].id,
            "views": [(False, "form")],
        }
