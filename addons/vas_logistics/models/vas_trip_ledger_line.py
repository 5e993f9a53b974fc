from odoo import api, fields, models
from odoo.tools import format_date


class VasTripLedgerLine(models.Model):
    """One customer of a trip: price, share, charge, cost and what is left."""

    _name = "vas.trip.ledger.line"
    _description = "Customer of a Trip Ledger"
    _order = "ledger_id, partner_id, id"

    ledger_id = fields.Many2one(
        comodel_name="vas.trip.ledger",
        string="Trip",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="ledger_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(related="ledger_id.date", store=True)
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", required=True, index=True
    )
    agreement_id = fields.Many2one(
        comodel_name="vas.freight.agreement", ondelete="restrict"
    )
    picking_ids = fields.Many2many(
        comodel_name="stock.picking",
        relation="vas_trip_ledger_line_picking_rel",
        column1="line_id",
        column2="picking_id",
        string="Orders",
    )
    order_ids = fields.One2many(
        comodel_name="vas.trip.ledger.order",
        inverse_name="line_id",
        string="By Order",
        readonly=True,
    )
    lane = fields.Char(compute="_compute_lane", store=True)
    contract_price = fields.Monetary()
    has_contract_price = fields.Boolean()
    share = fields.Monetary(
        string="Share of Cost", help="Of the planned cost, with the agreed markup."
    )
    has_share = fields.Boolean()
    alone_cost = fields.Monetary(
        string="Separate Delivery",
        help="What the customer would pay without the others, for the orders that were"
        " on the trip.",
    )
    co2_kg = fields.Float(
        string="CO₂ (kg)", help="By share of the vehicle and direct distance."
    )
    saving = fields.Monetary(
        compute="_compute_money",
        store=True,
        help="What the customer pays less than a vehicle of its own would cost.",
    )
    charge = fields.Monetary(
        help="What the customer pays by the agreement, as the trip stands now."
    )
    return_charge = fields.Monetary(
        string="For Goods That Came Back", help="Part of the charge."
    )
    invoice_currency_id = fields.Many2one(
        comodel_name="res.currency", help="Of the freight agreement."
    )
    invoice_amount = fields.Monetary(
        currency_field="invoice_currency_id",
        help="The charge as it is invoiced, in the currency of the agreement.",
    )
    return_invoice_amount = fields.Monetary(
        string="Invoiced for Goods That Came Back",
        currency_field="invoice_currency_id",
    )
    goods_key = fields.Char(
        help="Which orders and returns the charge is for, to see that they changed."
    )
    invoiced = fields.Monetary(
        string="On Invoices",
        compute="_compute_documents",
        store=True,
        help="Invoices less credit notes of this trip, drafts included, without taxes.",
    )
    covered = fields.Monetary(
        string="Settled by Documents",
        currency_field="invoice_currency_id",
        compute="_compute_documents",
        store=True,
        help="The part of the charge that invoices and credit notes were made for. A"
        " price that the accountant changed on a draft stays as it is.",
    )
    kept = fields.Monetary(
        string="Left as Invoiced",
        currency_field="invoice_currency_id",
        help="A difference that the accountant decided not to invoice or credit.",
    )
    to_invoice = fields.Monetary(
        compute="_compute_documents",
        store=True,
        help="Not on an invoice yet; after an invoice, what is charged in addition.",
    )
    credit_due = fields.Monetary(
        string="To Credit",
        compute="_compute_documents",
        store=True,
        help="Invoiced, but not due any more: an order was cancelled or came back, or"
        " a price was corrected.",
    )
    revenue = fields.Monetary(
        compute="_compute_documents",
        store=True,
        help="On invoices, and what is still to be invoiced or credited.",
    )
    why = fields.Char(
        string="Why This Charge", help="Which figure of the agreement counted."
    )
    basis = fields.Char(help="How the contract price came about.")
    problem = fields.Char()
    cost = fields.Monetary(string="Actual Cost", help="Part of the trip's actual cost.")
    margin = fields.Monetary(compute="_compute_money", store=True)
    invoice_line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="vas_ledger_line_id",
        string="Invoice Lines",
    )
    is_invoiced = fields.Boolean(compute="_compute_documents", store=True)

    @api.depends(
        "picking_ids.vas_origin_id",
        "picking_ids.vas_destination_id",
        "ledger_id.return_ids.lane",
    )
    def _compute_lane(self):
        # Outlets are named for accountants, too.
        for line in self.sudo():
            lanes = {
                f"{order.vas_origin_id.display_name}"
                f" → {order.vas_destination_id.display_name}"
                for order in line.picking_ids
            }
            lanes.update(line._get_returns().mapped("lane"))
            line.lane = ", ".join(sorted(lanes))

    @api.depends("revenue", "cost", "alone_cost")
    def _compute_money(self):
        for line in self:
            line.margin = line.revenue - line.cost
            line.saving = line.alone_cost - line.revenue if line.alone_cost else 0.0

    @api.depends(
        "charge",
        "invoice_amount",
        "kept",
        "invoice_line_ids.parent_state",
        "invoice_line_ids.price_subtotal",
        "invoice_line_ids.vas_agreed_amount",
        "invoice_line_ids.move_id.payment_state",
    )
    def _compute_documents(self):
        """What is on documents, and what is still to be invoiced or credited.

        Cancelled, deleted and reversed documents count for nothing, so that what they
        were made for is free for others.
        """
        for line in self:
            # Dispatchers see that a trip is invoiced, not the invoice.
            standing_sudo = line.sudo().invoice_line_ids.filtered(
                lambda one: one.parent_state != "cancel"
            )
            invoiced = covered = 0.0
            for one in standing_sudo:
                invoiced += line._get_invoiced_amount(one)
                covered += one._get_vas_covered()
            currency = line._get_invoice_currency()
            line.invoiced = invoiced
            line.covered = currency.round(covered)
            line.is_invoiced = not currency.is_zero(covered)
            due = line._get_due()
            line.to_invoice = max(0.0, due)
            line.credit_due = max(0.0, -due)
            line.revenue = invoiced + due

    def _get_due(self):
        """What is to be invoiced, below zero to be credited; the company's currency."""
        self.ensure_one()
        if not self.covered and not self.kept:
            return self.charge
        due = self._get_due_on_documents()
        return self._from_invoice_currency(due)

    def _get_due_on_documents(self):
        """As above, in the currency of the invoice."""
        self.ensure_one()
        currency = self._get_invoice_currency()
        return currency.round(self._get_agreed() - self.covered - self.kept)

    def _get_agreed(self):
        """The charge in the currency of the invoice."""
        self.ensure_one()
        # Lines of earlier versions know the company's currency only.
        return self.invoice_amount if self.invoice_currency_id else self.charge

    def _get_invoiced_amount(self, invoice_line):
        """Amount of an invoice's line in the company's currency, on the trip's day."""
        self.ensure_one()
        sign = -1 if invoice_line.move_id.move_type == "out_refund" else 1
        return invoice_line.currency_id._convert(
            sign * invoice_line.price_subtotal,
            self.currency_id,
            self.company_id,
            self.date,
        )

    def _from_invoice_currency(self, amount):
        self.ensure_one()
        return self._get_invoice_currency()._convert(
            amount, self.currency_id, self.company_id, self.date
        )

    def _keep_as_invoiced(self):
        """Let what is on the documents stand; returns what is kept for the record."""
        texts = []
        for line in self:
            due = line._get_due_on_documents()
            # Computed figures: nobody may write them by hand.
            line.sudo().kept += due
            texts.append(
                self.env._(
                    "%(customer)s: left as invoiced, %(amount)s not corrected.",
                    customer=line.partner_id.display_name,
                    amount=line._get_invoice_currency().format(due),
                )
            )
        return texts

    def _get_cost_key(self):
        """What the actual cost is shared by: the share, or the weight without one."""
        self.ensure_one()
        # An accountant's posting spreads the cost of trips hidden from accountants.
        line_sudo = self.sudo()
        if line_sudo.ledger_id.batch_id.vas_proposal_id:
            return self.share
        return sum(line_sudo.picking_ids.mapped("vas_kg")) + sum(
            line_sudo._get_returns().mapped("kg")
        )

    def _get_returns(self):
        """Goods of this customer that came back with the trip."""
        self.ensure_one()
        return self.ledger_id.return_ids.filtered(
            lambda goods: goods.partner_id == self.partner_id
        )

    def _get_invoice_currency(self):
        return self.invoice_currency_id or self.currency_id

    def _group_for_documents(self):
        """Lines by ``(company, customer, currency)``: one document for each.

        The agreement says whether trips or months have documents of their own. The
        lines write in the language of their customer.
        """
        groups = self.sorted(lambda line: (line.date, line.id)).grouped(
            lambda line: (
                line.company_id,
                line.partner_id,
                line._get_invoice_currency(),
                line.agreement_id._get_invoice_key(line.ledger_id),
            )
        )
        return [
            (key[:3], group.with_context(lang=key[1].lang or self.env.lang))
            for key, group in groups.items()
        ]

    def action_open_trip(self):
        """Open the money of the trip."""
        self.ensure_one()
        return self.ledger_id._get_form_action()

    def _prepare_credit_line(self):
        """What is given back: for goods that were not delivered, or for a price."""
        self.ensure_one()
        # Accountants read the numbers of orders on the ledger, not the orders.
        gone_sudo = self.sudo().picking_ids - self.sudo()._get_charged_orders()
        if gone_sudo:
            text = self.env._(
                "Transport %(trip)s: not delivered after it was invoiced (%(orders)s)",
                trip=self.ledger_id.name,
                orders=", ".join(gone_sudo.mapped("name")),
            )
        else:
            text = self.env._(
                "Transport %(trip)s: price corrected after it was invoiced",
                trip=self.ledger_id.name,
            )
        return self._prepare_document_line(text, -self._get_due_on_documents())

    def _prepare_invoice_lines(self):
        """What was delivered, and what was carried out and back, in two lines.

        What is charged after an invoice is one line for the difference.
        """
        self.ensure_one()
        if self.covered or self.kept:
            text = self.env._(
                "Transport %(trip)s: charged in addition to %(invoices)s",
                trip=self.ledger_id.name,
                invoices=self._get_document_names(),
            )
            return [self._prepare_document_line(text, self._get_due_on_documents())]
        total, back = self._get_agreed(), self.return_invoice_amount
        lines = []
        if total - back:
            # As above.
            orders_sudo = self.sudo()._get_charged_orders()
            lines.append(
                self._prepare_document_line(
                    self.env._(
                        "Transport %(trip)s of %(date)s: %(lane)s (%(orders)s)",
                        trip=self.ledger_id.name,
                        date=format_date(self.env, self.date),
                        lane=self.lane,
                        orders=", ".join(orders_sudo.mapped(self._get_order_text)),
                    ),
                    total - back,
                )
            )
        if back:
            lines.append(
                self._prepare_document_line(
                    self.env._(
                        "Transport %(trip)s: goods that came back (%(orders)s)",
                        trip=self.ledger_id.name,
                        orders=", ".join(
                            goods.name for goods in self._get_returns() if goods.charge
                        ),
                    ),
                    back,
                )
            )
        return lines

    def _get_order_text(self, order):
        """Number of an order, with the customer's own reference."""
        if order.vas_customer_ref:
            return f"{order.name} / {order.vas_customer_ref}"
        return order.name

    def _get_charged_orders(self):
        """Orders that the charge is for; those that left the trip are not."""
        self.ensure_one()
        return self.picking_ids.filtered(
            lambda order: (
                order.batch_id == self.ledger_id.batch_id and order.state != "cancel"
            )
        )

    def _get_document_names(self):
        """Names of the invoices that stand; a draft has none of its own yet."""
        self.ensure_one()
        return ", ".join(
            self.invoice_line_ids.move_id.filtered(
                lambda move: move.move_type == "out_invoice" and move.state != "cancel"
            ).mapped("display_name")
        )

    def _prepare_document_line(self, name, amount):
        return {
            "product_id": self.agreement_id.product_id.id,
            "name": name,
            "quantity": 1,
            "price_unit": amount,
            "vas_agreed_amount": amount,
            "vas_ledger_line_id": self.id,
        }
