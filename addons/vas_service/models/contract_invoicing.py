from odoo import Command, fields, models
from odoo.exceptions import UserError


class ContractContract(models.Model):
    """Over-use and service credits go on the next invoice of the agreement."""

    _name = "contract.contract"
    _inherit = "contract.contract"

    vas_charge_ids = fields.One2many(
        "vas.agreement.charge", "contract_id", string="Charges and credits"
    )
    vas_pending_amount = fields.Monetary(
        string="On the next invoice",
        compute="_compute_vas_pending_amount",
        currency_field="vas_currency_id",
        help="Over-use and service credits that wait for an invoice, before taxes.",
    )
    vas_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )

    def _compute_vas_pending_amount(self):
        sums = dict(
            self.env["vas.agreement.charge"]._read_group(
                [("contract_id", "in", self.ids), ("state", "=", "pending")],
                ["contract_id"],
                ["amount:sum"],
            )
        )
        for contract in self:
            contract.vas_pending_amount = sums.get(contract, 0.0)

    def _prepare_invoice(self, date_invoice, journal=None):
        """Add what waits; credits that are more than the invoice wait for another."""
        values = super()._prepare_invoice(date_invoice, journal=journal)
        bare = self.env.context.get("vas_without_charges")
        if bare or values["move_type"] != "out_invoice":
            return values
        fees = sum(self._get_lines_to_invoice(date_invoice).mapped("price_subtotal"))
        charges = self._vas_get_charges(fees)
        values["invoice_line_ids"] += [
            Command.create(charge._prepare_invoice_line()) for charge in charges
        ]
        return values

    def _vas_get_charges(self, fees):
        """Return what fits on an invoice of *fees*: its total is not negative."""
        self.ensure_one()
        # Whoever invoices an agreement invoices its charges.
        charges_sudo = self.env["vas.agreement.charge"].sudo()
        pending = charges_sudo.search(
            [("contract_id", "=", self.id), ("state", "=", "pending")], order="id"
        )
        chosen = pending.filtered(lambda charge: charge.amount >= 0)
        total = fees + sum(chosen.mapped("amount"))
        for charge in pending - chosen:
            if total + charge.amount >= 0:
                total += charge.amount
                chosen |= charge
        return chosen.sorted("id")

    def action_vas_invoice_charges(self):
        """Invoice what waits without the fees; a credit note if it is a credit."""
        self.ensure_one()
        self._lock_or_refuse()
        # Whoever may make invoices may invoice what waits here.
        charges_sudo = self.env["vas.agreement.charge"].sudo()
        pending = charges_sudo.search(
            [("contract_id", "=", self.id), ("state", "=", "pending")], order="id"
        )
        if not pending:
            raise UserError(
                self.env._(
                    "%(contract)s: nothing waits for an invoice.",
                    contract=self.display_name,
                )
            )
        sign = -1 if sum(pending.mapped("amount")) < 0 else 1
        bare = self.with_context(vas_without_charges=True)
        values = bare._prepare_invoice(fields.Date.context_today(self))
        values |= {
            "move_type": "out_refund" if sign < 0 else "out_invoice",
            "invoice_line_ids": [
                Command.create(charge._prepare_invoice_line(sign)) for charge in pending
            ],
        }
        move = self.env["account.move"].create(values)
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": move.id,
            "views": [(False, "form")],
        }

    def action_vas_view_charges(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_agreement_charge_action"
        )
        return dict(action, domain=[("contract_id", "=", self.id)], context={})
