from odoo import api, fields, models


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
    lane = fields.Char(compute="_compute_lane", store=True)
    contract_price = fields.Monetary()
    has_contract_price = fields.Boolean()
    share = fields.Monetary(
        string="Share of Cost", help="Of the planned cost, with the agreed markup."
    )
    has_share = fields.Boolean()
    alone_cost = fields.Monetary(string="Separate Delivery")
    saving = fields.Monetary(
        compute="_compute_money",
        store=True,
        help="What the customer pays less than a vehicle of its own would cost.",
    )
    charge = fields.Monetary()
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
    undelivered = fields.Monetary(
        string="Not Delivered",
        help="Part of the invoiced charge for orders that left the trip afterwards.",
    )
    credited = fields.Monetary(
        compute="_compute_credited", store=True, help="On credit notes of this trip."
    )
    credit_due = fields.Monetary(
        string="To Credit",
        compute="_compute_credit_due",
        store=True,
        help="Invoiced, but the order was cancelled or came back afterwards.",
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
    is_invoiced = fields.Boolean(compute="_compute_is_invoiced", store=True)

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

    @api.depends("charge", "credited", "cost", "alone_cost")
    def _compute_money(self):
        for line in self:
            paid = line.charge - line.credited
            line.margin = paid - line.cost
            line.saving = line.alone_cost - paid if line.alone_cost else 0.0

    @api.depends(
        "invoice_line_ids.parent_state", "invoice_line_ids.move_id.payment_state"
    )
    def _compute_is_invoiced(self):
        """A cancelled, deleted or reversed invoice frees the line for another one."""
        for line in self:
            # Dispatchers see that a trip is invoiced, not the invoice.
            lines_sudo = line.sudo().invoice_line_ids
            line.is_invoiced = any(
                one.move_id.move_type == "out_invoice"
                and one.parent_state != "cancel"
                and one.move_id.payment_state != "reversed"
                for one in lines_sudo
            )

    @api.depends(
        "invoice_line_ids.parent_state",
        "invoice_line_ids.price_subtotal",
        "is_invoiced",
    )
    def _compute_credited(self):
        for line in self:
            # As above.
            notes_sudo = line.sudo().invoice_line_ids.filtered(
                lambda one: (
                    one.move_id.move_type == "out_refund"
                    and one.parent_state != "cancel"
                )
            )
            line.credited = 0.0
            if line.is_invoiced:
                amount = sum(notes_sudo.mapped("price_subtotal"))
                # In the company's currency at the rate of the charge, so that a full
                # credit note leaves nothing.
                line.credited = line._convert_invoiced(amount)

    @api.depends("is_invoiced", "undelivered", "credited")
    def _compute_credit_due(self):
        for line in self:
            over = line.undelivered - line.credited
            line.credit_due = max(0.0, over) if line.is_invoiced else 0.0

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

    def _convert_invoiced(self, amount):
        """An amount of invoices in the company's currency, at the charge's own rate."""
        self.ensure_one()
        if self._get_invoice_currency() == self.currency_id or not self.invoice_amount:
            return amount
        return self.currency_id.round(amount * self.charge / self.invoice_amount)

    def _group_for_documents(self):
        """Lines by ``(company, customer, currency)``: one document for each.

        The lines write in the language of their customer.
        """
        groups = self.grouped(
            lambda line: (
                line.company_id,
                line.partner_id,
                line._get_invoice_currency(),
            )
        )
        return [
            (key, group.with_context(lang=key[1].lang or self.env.lang))
            for key, group in groups.items()
        ]

    def _prepare_credit_line(self):
        self.ensure_one()
        currency = self._get_invoice_currency()
        due = self.credit_due
        if currency != self.currency_id:
            due = currency.round(due * self.invoice_amount / self.charge)
        return self._prepare_document_line(
            self.env._(
                "Transport %(trip)s: not delivered after it was invoiced",
                trip=self.ledger_id.name,
            ),
            due,
        )

    def _prepare_invoice_lines(self):
        """What was delivered, and what was carried out and back, in two lines."""
        self.ensure_one()
        # Lines of earlier versions know the company's currency only.
        total = self.invoice_amount if self.invoice_currency_id else self.charge
        back = self.return_invoice_amount
        # Accountants read the numbers of orders on the ledger, not the orders.
        orders_sudo = self.sudo().picking_ids
        lines = []
        if total - back:
            lines.append(
                self._prepare_document_line(
                    self.env._(
                        "Transport %(trip)s: %(lane)s (%(orders)s)",
                        trip=self.ledger_id.name,
                        lane=self.lane,
                        orders=", ".join(orders_sudo.mapped("name")),
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

    def _prepare_document_line(self, name, amount):
        return {
            "product_id": self.agreement_id.product_id.id,
            "name": name,
            "quantity": 1,
            "price_unit": amount,
            "vas_ledger_line_id": self.id,
        }
