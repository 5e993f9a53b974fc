from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import freight


class VasTripLedger(models.Model):
    """Money of one trip: what the carrier costs, what each customer pays, what is left.

    One ledger per trip. Customers' invoices and the carrier's bill are made from it as
    drafts; actual cost and revenue are read back from the posted documents.
    """

    _name = "vas.trip.ledger"
    _description = "Trip Ledger"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    batch_id = fields.Many2one(
        comodel_name="stock.picking.batch",
        string="Trip",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    name = fields.Char(related="batch_id.name", store=True)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True, index=True)
    vehicle_id = fields.Many2one(comodel_name="fleet.vehicle", readonly=True)
    carrier_id = fields.Many2one(
        comodel_name="res.partner",
        index="btree_not_null",
        tracking=True,
        help="Who sends a bill for the trip. Empty: an own vehicle.",
    )
    km = fields.Float(string="Distance (km)", readonly=True)
    load_rate = fields.Float(readonly=True, aggregator="avg")
    planned_cost = fields.Monetary(
        tracking=True, help="From the plan; the carrier's draft bill begins with it."
    )
    return_ids = fields.One2many(
        comodel_name="vas.trip.return",
        inverse_name="ledger_id",
        string="Goods That Came Back",
        readonly=True,
    )
    return_cost = fields.Monetary(
        string="Asked for the Way Back",
        compute="_compute_return_cost",
        store=True,
        help="By the carrier's terms, for goods that came back; beside the planned"
        " cost.",
    )
    carrier_line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="vas_ledger_id",
        string="Carrier's Bill Lines",
        readonly=True,
    )
    actual_cost = fields.Monetary(
        compute="_compute_actual_cost",
        store=True,
        help="Posted bills of the carrier, without taxes; until then the planned cost"
        " and what is asked for the way back.",
    )
    cost_is_actual = fields.Boolean(
        string="Cost Confirmed", compute="_compute_actual_cost", store=True
    )
    line_ids = fields.One2many(
        comodel_name="vas.trip.ledger.line",
        inverse_name="ledger_id",
        string="Customers",
        readonly=True,
    )
    bill_difference = fields.Monetary(
        string="Billed Above Plan",
        compute="_compute_actual_cost",
        store=True,
        help="What the carrier billed more than expected; below zero: less.",
    )
    to_bill = fields.Monetary(
        string="Bill to Expect",
        compute="_compute_actual_cost",
        store=True,
        help="Expected from the carrier and on no bill yet; below zero: to be given"
        " back.",
    )
    revenue = fields.Monetary(
        compute="_compute_money",
        store=True,
        help="On invoices, and what is still to be invoiced or credited.",
    )
    to_invoice = fields.Monetary(compute="_compute_money", store=True)
    to_credit = fields.Monetary(compute="_compute_money", store=True)
    margin = fields.Monetary(compute="_compute_money", store=True)
    margin_rate = fields.Float(
        string="Margin (%)", compute="_compute_money", store=True, aggregator=None
    )
    order_ids = fields.One2many(
        comodel_name="vas.trip.ledger.order",
        inverse_name="ledger_id",
        string="By Order",
        readonly=True,
    )
    separate_cost = fields.Monetary(
        string="Separate Delivery",
        compute="_compute_separate",
        store=True,
        help="What a vehicle for each order alone would have cost, for the orders that"
        " were on the trip; as found when it was planned.",
    )
    saving = fields.Monetary(
        string="Saving Against Separate Delivery",
        compute="_compute_separate",
        store=True,
        help="Separate delivery less the actual cost.",
    )
    saving_rate = fields.Float(
        string="Saving (%)", compute="_compute_separate", store=True, aggregator=None
    )
    co2_kg = fields.Float(string="CO₂ (kg)", compute="_compute_separate", store=True)
    problem = fields.Char(compute="_compute_problem", store=True)
    state = fields.Selection(
        selection=[
            ("problem", "Price Missing"),
            ("credit", "To Credit"),
            ("open", "To Invoice"),
            ("invoiced", "Invoiced"),
            ("nothing", "Nothing to Invoice"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    has_difference = fields.Boolean(compute="_compute_document_counts")
    invoice_count = fields.Integer(compute="_compute_document_counts")
    bill_count = fields.Integer(compute="_compute_document_counts")

    _one_per_trip = models.UniqueIndex("(batch_id)", "This trip already has a ledger.")
    _cost_positive = models.Constraint(
        "CHECK(planned_cost >= 0)", "The planned cost of a trip must not be negative."
    )

    @api.depends("return_ids.carrier_cost")
    def _compute_return_cost(self):
        for ledger in self:
            ledger.return_cost = sum(ledger.return_ids.mapped("carrier_cost"))

    @api.depends(
        "carrier_id",
        "planned_cost",
        "return_cost",
        "carrier_line_ids.parent_state",
        "carrier_line_ids.balance",
        "carrier_line_ids.vas_agreed_amount",
        "carrier_line_ids.move_id.payment_state",
    )
    def _compute_actual_cost(self):
        # Dispatchers see the cost of their trips, not the bills behind it.
        for ledger in self:
            expected = ledger.planned_cost + ledger.return_cost
            # Of the bills only their sums leave this method.
            standing_sudo = ledger.sudo()._get_open_bill_lines()
            posted_sudo = standing_sudo.filtered(
                lambda line: line.parent_state == "posted"
            )
            billed = sum(posted_sudo.mapped("balance"))
            missing = expected - ledger._get_covered_cost(posted_sudo)
            ledger.actual_cost = billed + missing
            ledger.cost_is_actual = bool(posted_sudo) and ledger.currency_id.is_zero(
                missing
            )
            ledger.bill_difference = (
                ledger.actual_cost - expected if posted_sudo else 0.0
            )
            ledger.to_bill = 0.0
            if ledger.carrier_id:
                ledger.to_bill = expected - ledger._get_covered_cost(standing_sudo)

    def _get_covered_cost(self, lines):
        """What of the expected cost these bill lines were made for.

        A line that the accountant typed stands for the whole trip as planned.
        """
        self.ensure_one()
        covered = sum(line._get_vas_covered() for line in lines)
        typed = lines.filtered(
            lambda line: (
                line.move_id.move_type == "in_invoice"
                and line.move_id.payment_state != "reversed"
                and not line.vas_agreed_amount
            )
        )
        return max(covered, self.planned_cost) if typed else covered

    @api.depends(
        "line_ids.revenue", "line_ids.to_invoice", "line_ids.credit_due", "actual_cost"
    )
    def _compute_money(self):
        for ledger in self:
            lines = ledger.line_ids
            ledger.revenue = sum(lines.mapped("revenue"))
            ledger.to_invoice = sum(lines.mapped("to_invoice"))
            ledger.to_credit = sum(lines.mapped("credit_due"))
            ledger.margin = ledger.revenue - ledger.actual_cost
            ledger.margin_rate = ledger.margin / ledger.revenue if ledger.revenue else 0

    @api.depends("order_ids.separate_cost", "line_ids.co2_kg", "actual_cost")
    def _compute_separate(self):
        for ledger in self:
            separate = sum(ledger.order_ids.mapped("separate_cost"))
            ledger.separate_cost = separate
            ledger.saving = separate - ledger.actual_cost if separate else 0.0
            ledger.saving_rate = ledger.saving / separate if separate else 0.0
            ledger.co2_kg = sum(ledger.line_ids.mapped("co2_kg"))

    @api.depends("line_ids.problem")
    def _compute_problem(self):
        for ledger in self:
            problems = [line.problem for line in ledger.line_ids if line.problem]
            ledger.problem = "; ".join(problems) or False

    @api.depends("problem", "line_ids.is_invoiced", "to_invoice", "to_credit")
    def _compute_state(self):
        for ledger in self:
            if ledger.problem:
                ledger.state = "problem"
            elif ledger.currency_id.compare_amounts(ledger.to_credit, 0) > 0:
                ledger.state = "credit"
            elif ledger.currency_id.compare_amounts(ledger.to_invoice, 0) > 0:
                ledger.state = "open"
            else:
                invoiced = any(ledger.line_ids.mapped("is_invoiced"))
                ledger.state = "invoiced" if invoiced else "nothing"

    def _compute_document_counts(self):
        for ledger in self:
            # The number is shown to dispatchers, too; the documents are not.
            ledger_sudo = ledger.sudo()
            ledger.invoice_count = len(ledger_sudo.line_ids.invoice_line_ids.move_id)
            ledger.bill_count = len(ledger_sudo._get_open_bill_lines().move_id)
            ledger.has_difference = any(
                line.is_invoiced and line.to_invoice + line.credit_due
                for line in ledger_sudo.line_ids
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invoiced(self):
        for ledger in self:
            # A cancelled bill is history of the trip, too.
            if ledger.invoice_count or ledger.sudo().carrier_line_ids:
                raise UserError(
                    self.env._(
                        "%(trip)s has invoices or bills and its ledger stays.",
                        trip=ledger.name,
                    )
                )

    # ------------------------------------------------------------------ making
    @api.model
    def _make(self, batches):
        """Make or refresh the ledgers of trips; invoiced customers stay as they are."""
        batches = batches.filtered("vas_is_transport")
        batches.lock_for_update()
        known = {
            ledger.batch_id: ledger
            for ledger in self.search([("batch_id", "in", batches.ids)])
        }
        fresh = self.create(
            [self._prepare_from_batch(batch) for batch in batches if batch not in known]
        )
        ledgers = self.browse([ledger.id for ledger in known.values()]) | fresh
        ledgers._price_customers()
        return ledgers

    @api.model
    def _prepare_from_batch(self, batch):
        trip = batch.vas_proposal_id
        when = batch.vas_departure_date or batch.scheduled_date or fields.Datetime.now()
        return {
            "batch_id": batch.id,
            "company_id": batch.company_id.id,
            "date": fields.Datetime.context_timestamp(batch, when).date(),
            "vehicle_id": batch.vehicle_id.id,
            "carrier_id": batch.vehicle_id.vas_carrier_id.id,
            "km": trip.km,
            "load_rate": batch.vas_load_rate,
            "planned_cost": trip.cost,
        }

    def _spread_cost(self):
        """Each customer's part of the actual cost, in proportion to the planned one.

        What the carrier asks for the way back is borne by those whose goods came back.
        """
        for ledger in self:
            lines = ledger.line_ids
            if not lines:
                continue
            keys = {str(line.id): line._get_cost_key() for line in lines}
            back = {
                str(line.id): sum(line._get_returns().mapped("carrier_cost"))
                for line in lines
            }
            parts = freight.spread_with_returns(
                max(0.0, ledger.actual_cost),
                keys,
                back,
                ledger.currency_id.rounding,
            )
            # Computed figures: nobody may write them by hand.
            for line in lines.sudo():
                line.cost = parts[str(line.id)]

    # ------------------------------------------------------------------ actions
    def action_refresh(self):
        """Price again, by the agreements as they are now; invoices stay, and what
        they miss or have too much becomes due."""
        self.check_access("write")
        self._lock_or_refuse()
        self._price_customers(corrected=True)

    def action_create_invoices(self):
        """One draft invoice per customer for everything of these trips; never twice."""
        self._lock_or_refuse()
        for ledger in self:
            if ledger.problem:
                raise UserError(
                    self.env._(
                        "%(trip)s cannot be invoiced: %(problem)s.",
                        trip=ledger.name,
                        problem=ledger.problem,
                    )
                )
        lines = self.line_ids.filtered(
            lambda line: line.currency_id.compare_amounts(line.to_invoice, 0) > 0
        )
        if not lines:
            raise UserError(self.env._("There is nothing left to invoice."))
        moves = self._create_moves(
            "out_invoice",
            [
                (
                    *key,
                    group.ledger_id,
                    [
                        values
                        for line in group
                        for values in line._prepare_invoice_lines()
                    ],
                )
                for key, group in lines._group_for_documents()
            ],
        )
        return self._open_moves(moves, "account.action_move_out_invoice_type")

    def action_create_credits(self):
        """Draft credit notes for what was invoiced and is not due; never twice."""
        self._lock_or_refuse()
        lines = self.line_ids.filtered(
            lambda line: line.currency_id.compare_amounts(line.credit_due, 0) > 0
        )
        if not lines:
            raise UserError(self.env._("There is nothing to credit."))
        moves = self._create_moves(
            "out_refund",
            [
                (*key, group.ledger_id, [line._prepare_credit_line() for line in group])
                for key, group in lines._group_for_documents()
            ],
        )
        return self._open_moves(moves, "account.action_move_out_refund_type")

    def action_create_bills(self):
        """One draft bill per carrier with a line per trip; never twice."""
        self._lock_or_refuse()
        todo = self.filtered(
            lambda ledger: (
                ledger.carrier_id and not ledger.currency_id.is_zero(ledger.to_bill)
            )
        )
        if not todo:
            raise UserError(
                self.env._(
                    "No bill to expect: these trips run on own vehicles, cost nothing"
                    " or have a bill already."
                )
            )
        for company in todo.company_id:
            if not company.vas_carrier_product_id:
                raise UserError(
                    self.env._(
                        "%(company)s has no product for carriers' bills. Choose one in"
                        " the settings of VAS Logistics.",
                        company=company.name,
                    )
                )
        moves = self.env["account.move"]
        for move_type, ledgers in (
            ("in_invoice", todo.filtered(lambda ledger: ledger.to_bill > 0)),
            ("in_refund", todo.filtered(lambda ledger: ledger.to_bill < 0)),
        ):
            groups = ledgers.grouped(
                lambda ledger: (ledger.company_id, ledger.carrier_id)
            )
            moves |= self._create_moves(
                move_type,
                [
                    (
                        company,
                        carrier,
                        company.currency_id,
                        group,
                        [
                            values
                            for ledger in group
                            for values in ledger._prepare_bill_lines()
                        ],
                    )
                    for (company, carrier), group in groups.items()
                ],
            )
        return self._open_moves(moves, "account.action_move_in_invoice_type")

    def action_keep_as_invoiced(self):
        """The accountant's decision that a difference is neither invoiced nor
        credited; kept in the history of the trip."""
        self._lock_or_refuse()
        lines = self.line_ids.filtered(
            lambda line: (
                line.invoice_line_ids
                and not line.currency_id.is_zero(line.to_invoice + line.credit_due)
            )
        )
        if not lines:
            raise UserError(
                self.env._("No difference after an invoice: there is nothing to leave.")
            )
        for ledger, group in lines.grouped("ledger_id").items():
            for text in group._keep_as_invoiced():
                ledger.message_post(body=text)
        return True

    def _get_open_bill_lines(self):
        """Lines of bills that stand; a cancelled bill makes way for another."""
        return self.carrier_line_ids.filtered(
            lambda line: line.parent_state != "cancel"
        )

    def _prepare_bill_lines(self):
        """The trip as planned, and what is asked for goods that came back; after a
        bill, the difference."""
        self.ensure_one()
        names = self._get_open_bill_lines().move_id.mapped("display_name")
        if names:
            texts = {
                self.env._(
                    "Trip %(trip)s: difference to %(bills)s",
                    trip=self.name,
                    bills=", ".join(names),
                ): abs(self.to_bill)
            }
        else:
            # Accountants read the name of the vehicle on the bill, not the fleet.
            vehicle_sudo = self.sudo().vehicle_id
            texts = {
                self.env._(
                    "Trip %(trip)s, %(vehicle)s",
                    trip=self.name,
                    vehicle=vehicle_sudo.display_name or "",
                ): self.planned_cost,
                self.env._(
                    "Trip %(trip)s: goods carried back (%(orders)s)",
                    trip=self.name,
                    orders=", ".join(self.return_ids.mapped("name")),
                ): self.return_cost,
            }
        return [
            {
                "product_id": self.company_id.vas_carrier_product_id.id,
                "name": text,
                "quantity": 1,
                "price_unit": amount,
                "vas_agreed_amount": amount,
                "vas_ledger_id": self.id,
            }
            for text, amount in texts.items()
            if amount
        ]

    @api.model
    def _create_moves(self, move_type, groups):
        """Draft documents, those of one company at once.

        :param groups: list of ``(company, partner, currency, ledgers, line values)``
        """
        moves = self.env["account.move"]
        for company in {group[0] for group in groups}:
            moves |= moves.with_company(company).create(
                [
                    {
                        "move_type": move_type,
                        "company_id": company.id,
                        "partner_id": partner.id,
                        "currency_id": currency.id,
                        "invoice_origin": ", ".join(ledgers.mapped("name")),
                        "invoice_line_ids": [Command.create(line) for line in lines],
                    }
                    for owner, partner, currency, ledgers, lines in groups
                    if owner == company
                ]
            )
        return moves

    def _open_moves(self, moves, xml_id):
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        action["domain"] = [("id", "in", moves.ids)]
        if len(moves) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = moves.id
        return action

    def _get_form_action(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_trip_ledger_action"
        )
        return {
            **action,
            "views": [(False, "form")],
            "res_id": self.id,
            "context": {},
        }

    def action_open_invoices(self):
        return self._open_moves(
            self.line_ids.invoice_line_ids.move_id,
            "account.action_move_out_invoice_type",
        )

    def action_open_bills(self):
        return self._open_moves(
            self._get_open_bill_lines().move_id, "account.action_move_in_invoice_type"
        )
