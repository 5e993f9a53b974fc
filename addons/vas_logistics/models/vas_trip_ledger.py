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
    carrier_line_ids = fields.One2many(
        comodel_name="account.move.line",
        inverse_name="vas_ledger_id",
        string="Carrier's Bill Lines",
        readonly=True,
    )
    actual_cost = fields.Monetary(
        compute="_compute_actual_cost",
        store=True,
        help="Posted bills of the carrier, without taxes; the planned cost until then.",
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
    revenue = fields.Monetary(compute="_compute_money", store=True)
    margin = fields.Monetary(compute="_compute_money", store=True)
    margin_rate = fields.Float(
        string="Margin (%)", compute="_compute_money", store=True, aggregator="avg"
    )
    problem = fields.Char(compute="_compute_problem", store=True)
    state = fields.Selection(
        selection=[
            ("problem", "Price Missing"),
            ("credit", "To Credit"),
            ("open", "To Invoice"),
            ("invoiced", "Invoiced"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    invoice_count = fields.Integer(compute="_compute_document_counts")
    bill_count = fields.Integer(compute="_compute_document_counts")

    _one_per_trip = models.UniqueIndex("(batch_id)", "This trip already has a ledger.")
    _cost_positive = models.Constraint(
        "CHECK(planned_cost >= 0)", "The planned cost of a trip must not be negative."
    )

    @api.depends(
        "planned_cost", "carrier_line_ids.parent_state", "carrier_line_ids.balance"
    )
    def _compute_actual_cost(self):
        # Dispatchers see the cost of their trips, not the bills behind it.
        for ledger in self:
            # Of the bills only their sum leaves this method.
            posted_sudo = ledger.sudo().carrier_line_ids.filtered(
                lambda line: line.parent_state == "posted"
            )
            ledger.cost_is_actual = bool(posted_sudo)
            ledger.actual_cost = (
                sum(posted_sudo.mapped("balance"))
                if posted_sudo
                else ledger.planned_cost
            )

    @api.depends("line_ids.charge", "line_ids.credited", "actual_cost")
    def _compute_money(self):
        for ledger in self:
            lines = ledger.line_ids
            ledger.revenue = sum(lines.mapped("charge")) - sum(lines.mapped("credited"))
            ledger.margin = ledger.revenue - ledger.actual_cost
            ledger.margin_rate = ledger.margin / ledger.revenue if ledger.revenue else 0

    @api.depends("line_ids.problem")
    def _compute_problem(self):
        for ledger in self:
            problems = [line.problem for line in ledger.line_ids if line.problem]
            ledger.problem = "; ".join(problems) or False

    @api.depends("problem", "line_ids.is_invoiced", "line_ids.credit_due")
    def _compute_state(self):
        for ledger in self:
            if ledger.problem:
                ledger.state = "problem"
            elif any(
                ledger.currency_id.compare_amounts(line.credit_due, 0) > 0
                for line in ledger.line_ids
            ):
                ledger.state = "credit"
            elif ledger.line_ids and all(ledger.line_ids.mapped("is_invoiced")):
                ledger.state = "invoiced"
            else:
                ledger.state = "open"

    def _compute_document_counts(self):
        for ledger in self:
            # The number is shown to dispatchers, too; the documents are not.
            ledger_sudo = ledger.sudo()
            ledger.invoice_count = len(ledger_sudo.line_ids.invoice_line_ids.move_id)
            ledger.bill_count = len(ledger_sudo._get_open_bill_lines().move_id)

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

    def _price_customers(self):
        """Write the customers' lines: contract price, share, charge and why."""
        for company, ledgers in self.grouped("company_id").items():
            ledgers._price_customers_of(company)

    def _price_customers_of(self, company):
        orders = self.batch_id.picking_ids.filtered(lambda o: o.state != "cancel")
        customers = orders.owner_id.commercial_partner_id
        # Dispatchers price their trips without reading the agreements.
        agreements_sudo = self.env["vas.freight.agreement"].sudo()
        agreements = agreements_sudo._get_by_customer(company, customers)
        outlets = orders.vas_origin_id | orders.vas_destination_id
        distance, _hours = self.env["vas.lane"]._get_matrix(outlets)
        vals_list, stale = [], self.env["vas.trip.ledger.line"]
        changes = []
        for ledger in self:
            settled = ledger.line_ids.filtered("is_invoiced")
            stale |= ledger.line_ids - settled
            riders = (orders & ledger.batch_id.picking_ids).grouped(
                lambda order: order.owner_id.commercial_partner_id
            )
            planned = {
                share.partner_id.commercial_partner_id: share
                for share in ledger.batch_id.vas_proposal_id.share_ids
            }
            for line in settled:
                # What was invoiced stays; less goods than that are to be credited.
                left = riders.get(line.partner_id, orders.browse()) & line.picking_ids
                if line.picking_ids - left:
                    due = ledger._get_due_charge(
                        line, left, planned.get(line.partner_id), distance
                    )
                    changes.append((line, {"undelivered": line.charge - due}))
            # Lines of cancelled invoices stay with them and are priced anew.
            known = {
                line.partner_id: line
                for line in ledger.line_ids - settled
                if line.sudo().invoice_line_ids
            }
            for customer in known.keys() - riders.keys():
                changes.append((known[customer], {"charge": 0.0, "problem": False}))
            for customer, own in riders.items():
                if customer in settled.partner_id:
                    continue
                values = ledger._prepare_line(
                    customer,
                    own,
                    agreements.get(customer.id),
                    planned.get(customer),
                    distance,
                )
                if customer in known:
                    changes.append((known[customer], values))
                else:
                    vals_list.append(values)
            stale -= ledger.line_ids.browse([line.id for line in known.values()])
        # Lines come from the computation alone: nobody may write them by hand.
        stale.sudo().unlink()
        # As above.
        self.env["vas.trip.ledger.line"].sudo().create(vals_list)
        for line, values in changes:
            # As above: computed figures.
            line.sudo().write(values)
        self._spread_cost()

    def _get_due_charge(self, line, orders, share, distance):
        """What an invoiced customer would pay for the orders that are left."""
        if not orders:
            return 0.0
        # As above: prices without the right to read agreements.
        values = self._prepare_line(
            line.partner_id, orders, line.sudo().agreement_id, share, distance
        )
        return min(line.charge, values["charge"])

    def _prepare_line(self, customer, orders, agreement, share, distance):
        self.ensure_one()
        problems, texts = [], []
        contract = 0.0
        for order in orders:
            pair = (str(order.vas_origin_id.id), str(order.vas_destination_id.id))
            amount, text = self._get_contract_price(
                order, agreement, distance.get(pair)
            )
            if amount is None:
                problems.append(text)
            else:
                contract += amount
                texts.append(text)
        price = None if problems else contract
        part = None
        if share:
            part = self.currency_id.round(share.amount * (1 + (agreement.markup or 0)))
        charge = None
        problem = False
        if not agreement:
            problem = self.env._(
                "no freight agreement for %(customer)s", customer=customer.display_name
            )
        else:
            charge = freight.charge(agreement.method, price, part)
            if charge is None and agreement.method == "share":
                problem = self.env._(
                    "the trip has no cost shares: it was not planned here"
                )
            elif charge is None:
                problem = "; ".join(problems)
        return {
            "ledger_id": self.id,
            "partner_id": customer.id,
            "agreement_id": agreement.id if agreement else False,
            "picking_ids": [Command.set(orders.ids)],
            "contract_price": price or 0.0,
            "has_contract_price": price is not None,
            "share": part or 0.0,
            "has_share": part is not None,
            "alone_cost": share.separate_cost if share else 0.0,
            "charge": charge or 0.0,
            "basis": "; ".join(texts),
            "problem": problem,
        }

    def _get_contract_price(self, order, agreement, km):
        """A sale's own price goes before the agreement's."""
        if order.vas_sale_id.amount_untaxed:
            sale = order.vas_sale_id
            amount = sale.currency_id._convert(
                sale.amount_untaxed, self.currency_id, self.company_id, self.date
            )
            return amount, self.env._("%(sale)s: sold", sale=sale.name)
        return self.env["vas.freight.tariff"]._price(
            agreement.tariff_ids if agreement else (), order, km, self.date
        )

    def _spread_cost(self):
        """Each customer's part of the actual cost, in proportion to the planned one."""
        for ledger in self:
            lines = ledger.line_ids
            if not lines:
                continue
            keys = {str(line.id): line._get_cost_key() for line in lines}
            parts = freight.spread(max(0.0, ledger.actual_cost), keys)
            # Computed figures: nobody may write them by hand.
            for line in lines.sudo():
                line.cost = parts[str(line.id)]

    # ------------------------------------------------------------------ actions
    def action_refresh(self):
        self.check_access("write")
        self._lock_or_refuse()
        self._price_customers()

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
            lambda line: not line.is_invoiced and line.charge
        )
        if not lines:
            raise UserError(self.env._("There is nothing left to invoice."))
        groups = lines.grouped(lambda line: (line.company_id, line.partner_id))
        moves = self._create_moves(
            "out_invoice",
            [
                (
                    *key,
                    group.ledger_id,
                    [line._prepare_invoice_line() for line in group],
                )
                for key, group in groups.items()
            ],
        )
        return self._open_moves(moves, "account.action_move_out_invoice_type")

    def action_create_credits(self):
        """Draft credit notes for what was invoiced and not delivered; never twice."""
        self._lock_or_refuse()
        lines = self.line_ids.filtered(
            lambda line: line.currency_id.compare_amounts(line.credit_due, 0) > 0
        )
        if not lines:
            raise UserError(self.env._("There is nothing to credit."))
        groups = lines.grouped(lambda line: (line.company_id, line.partner_id))
        moves = self._create_moves(
            "out_refund",
            [
                (*key, group.ledger_id, [line._prepare_credit_line() for line in group])
                for key, group in groups.items()
            ],
        )
        return self._open_moves(moves, "account.action_move_out_refund_type")

    def action_create_bills(self):
        """One draft bill per carrier with a line per trip; never twice."""
        self._lock_or_refuse()
        todo = self.filtered(
            lambda ledger: (
                ledger.carrier_id
                and not ledger._get_open_bill_lines()
                and ledger.planned_cost
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
        groups = todo.grouped(lambda ledger: (ledger.company_id, ledger.carrier_id))
        moves = self._create_moves(
            "in_invoice",
            [
                (*key, group, [ledger._prepare_bill_line() for ledger in group])
                for key, group in groups.items()
            ],
        )
        return self._open_moves(moves, "account.action_move_in_invoice_type")

    def _get_open_bill_lines(self):
        """Lines of bills that stand; a cancelled bill makes way for another."""
        return self.carrier_line_ids.filtered(
            lambda line: line.parent_state != "cancel"
        )

    def _prepare_bill_line(self):
        self.ensure_one()
        # Accountants read the name of the vehicle on the bill, not the fleet.
        vehicle_sudo = self.sudo().vehicle_id
        return {
            "product_id": self.company_id.vas_carrier_product_id.id,
            "name": self.env._(
                "Trip %(trip)s, %(vehicle)s",
                trip=self.name,
                vehicle=vehicle_sudo.display_name or "",
            ),
            "quantity": 1,
            "price_unit": self.planned_cost,
            "vas_ledger_id": self.id,
        }

    @api.model
    def _create_moves(self, move_type, groups):
        """Draft documents, those of one company at once.

        :param groups: list of ``(company, partner, ledgers, values of lines)``
        """
        moves = self.env["account.move"]
        for company in {group[0] for group in groups}:
            moves |= moves.with_company(company).create(
                [
                    {
                        "move_type": move_type,
                        "company_id": company.id,
                        "partner_id": partner.id,
                        "currency_id": company.currency_id.id,
                        "invoice_origin": ", ".join(ledgers.mapped("name")),
                        "invoice_line_ids": [Command.create(line) for line in lines],
                    }
                    for owner, partner, ledgers, lines in groups
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

    def action_open_invoices(self):
        return self._open_moves(
            self.line_ids.invoice_line_ids.move_id,
            "account.action_move_out_invoice_type",
        )

    def action_open_bills(self):
        return self._open_moves(
            self._get_open_bill_lines().move_id, "account.action_move_in_invoice_type"
        )
