from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.calendar_terms import (
    PERIOD_MONTHS,
    add_months,
    first_of_period,
    periods,
)
from ..tools.entitlement import EPSILON, Lot, allocate, billed_units, carry


class VasEntitlement(models.Model):
    """What an agreement grants per period, and what happens when it is used up.

    The truth is the ledger (``vas.entitlement.entry``), which is only ever added to.
    Every entry raises ``entry_count`` on this record: two transactions that count on
    the same rest cannot both commit.
    """

    _name = "vas.entitlement"
    _description = "Entitlement"
    _inherit = ["mail.thread", "vas.lock.mixin", "vas.rule.mixin"]
    _order = "contract_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10,
        help="When several fit, what is left of all of them is used; the over-use rule "
        "of the first one holds.",
    )
    contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    contract_line_id = fields.Many2one(
        "contract.line",
        string="Service line",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('contract_id', '=', contract_id), ('display_type', '=', False)]",
        help="Over-use is invoiced with the product and the taxes of this line.",
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id",
        store=True,
        string="Customer",
        index=True,
    )
    unit = fields.Selection(
        [("visit", "Visits"), ("hour", "Hours"), ("incident", "Incidents")],
        required=True,
        default="incident",
        tracking=True,
        help="Visits: work orders. Hours: working time of work orders and booked "
        "hours. Incidents: tickets.",
    )
    quantity = fields.Float(
        string="Granted per period", required=True, digits=(16, 2), tracking=True
    )
    period = fields.Selection(
        [
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("year", "Year"),
            ("contract", "Whole agreement"),
        ],
        required=True,
        default="month",
        tracking=True,
    )
    period_anchor = fields.Selection(
        [("start", "The first day"), ("calendar", "The calendar")],
        string="Periods begin with",
        required=True,
        default="calendar",
        help="The calendar: on the first of the month, quarter or year. The first day: "
        "on the day of the month on which the entitlement begins.",
    )
    date_from = fields.Date(
        string="From",
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    date_to = fields.Date(
        string="Until",
        compute="_compute_dates",
        store=True,
        readonly=False,
        precompute=True,
    )
    carry_over = fields.Selection(
        [("none", "Nothing"), ("limited", "Up to a number"), ("all", "Everything")],
        string="Goes over to the next period",
        required=True,
        default="none",
        tracking=True,
    )
    carry_limit = fields.Float(string="At most", digits=(16, 2), tracking=True)
    carry_periods = fields.Integer(
        string="Usable for (periods)",
        default=1,
        tracking=True,
        help="How many periods longer what went over can be used; 0: until the end of "
        "the agreement.",
    )
    over_use = fields.Selection(
        [
            ("approve", "A manager approves"),
            ("bill", "It is invoiced"),
            ("block", "It is refused"),
        ],
        string="When nothing is left",
        required=True,
        default="approve",
        tracking=True,
    )
    over_price = fields.Monetary(
        string="Price of over-use",
        tracking=True,
        help="Per unit, before taxes, on the next invoice of the agreement.",
    )
    approver_id = fields.Many2one(
        "res.users",
        string="Asked for approval",
        domain=[("share", "=", False)],
        help="Empty: the person responsible for the agreement.",
    )
    step = fields.Float(
        string="Counted in steps of",
        digits=(16, 2),
        help="Hours: a begun step counts in full. 0: counted as it is.",
    )
    minimum = fields.Float(
        string="At least per work",
        digits=(16, 2),
        help="Hours: less counts as this much.",
    )
    ticket_domain = fields.Char(
        string="Which services",
        default="[]",
        help="Only tickets that meet these conditions use this entitlement; work "
        "without a ticket always does.",
    )
    ticket_model = fields.Char(compute="_compute_ticket_model")
    entry_ids = fields.One2many(
        "vas.entitlement.entry", "entitlement_id", string="Ledger"
    )
    overuse_ids = fields.One2many(
        "vas.entitlement.overuse", "entitlement_id", string="Over-use of it"
    )
    entry_count = fields.Integer(string="Entries", readonly=True, copy=False)
    granted = fields.Float(
        string="Available in this period",
        compute="_compute_balance",
        digits=(16, 2),
        help="What could be used since the present period began, with what went over.",
    )
    used = fields.Float(compute="_compute_balance", digits=(16, 2))
    balance = fields.Float(string="Left", compute="_compute_balance", digits=(16, 2))
    used_percent = fields.Float(
        string="Used (%)", compute="_compute_balance", digits=(5, 1)
    )
    next_expiry = fields.Date(string="Next expiry", compute="_compute_balance")
    over_used = fields.Float(
        string="Over-use", compute="_compute_over_used", digits=(16, 2)
    )
    waiting_count = fields.Integer(
        string="Waits for approval", compute="_compute_over_used"
    )
    balance_text = fields.Char(string="What is left", compute="_compute_balance_text")

    _quantity_check = models.Constraint(
        "CHECK (quantity >= 0 AND carry_limit >= 0 AND carry_periods >= 0 "
        "AND over_price >= 0 AND step >= 0 AND minimum >= 0)",
        "Quantities, periods and prices of an entitlement are not negative.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_from <= date_to)",
        "An entitlement does not end before it begins.",
    )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("contract_line_id", "contract_id.date_start", "contract_id.date_end")
    def _compute_dates(self):
        for entitlement in self:
            contract, line = entitlement.contract_id, entitlement.contract_line_id
            entitlement.date_from = (
                entitlement.date_from
                or line.date_start
                or contract.date_start
                or fields.Date.context_today(entitlement)
            )
            entitlement.date_to = line.date_end or contract.date_end

    def _compute_ticket_model(self):
        self.ticket_model = "helpdesk.ticket"

    @api.constrains("ticket_domain")
    def _check_ticket_domain(self):
        for entitlement in self:
            entitlement._check_domain_field("ticket_domain", "helpdesk.ticket")

    @api.constrains("contract_id", "contract_line_id")
    def _check_line(self):
        for entitlement in self:
            line = entitlement.contract_line_id
            if line and line.contract_id != entitlement.contract_id:
                raise ValidationError(
                    self.env._(
                        "%(entitlement)s: the line “%(line)s” belongs to %(other)s. "
                        "Expected: a line of %(contract)s.",
                        entitlement=entitlement.name,
                        line=line.name,
                        other=line.contract_id.display_name,
                        contract=entitlement.contract_id.display_name,
                    )
                )

    @api.constrains("over_use", "over_price")
    def _check_over_price(self):
        for entitlement in self:
            if entitlement.over_use == "bill" and not entitlement.over_price:
                raise ValidationError(
                    self.env._(
                        "%(entitlement)s: over-use is invoiced, but has no price. "
                        "Expected: a price per unit.",
                        entitlement=entitlement.name,
                    )
                )

    @api.depends("name", "contract_id.name")
    @api.depends_context("vas_with_contract")
    def _compute_display_name(self):
        for entitlement in self:
            name = entitlement.name
            if self.env.context.get("vas_with_contract"):
                name = f"{entitlement.contract_id.display_name} – {name}"
            entitlement.display_name = name

    @api.depends("entry_count")
    def _compute_balance(self):
        day = fields.Date.context_today(self)
        lots = self._get_lots()
        for entitlement in self:
            usable = [
                (opener, rest)
                for opener, rest in lots.get(entitlement._origin.id, ())
                if opener._is_usable(day)
            ]
            granted = sum(opener.quantity for opener, _rest in usable)
            left = sum(max(rest, 0.0) for _opener, rest in usable)
            entitlement.granted = granted
            entitlement.balance = left
            entitlement.used = granted - left
            entitlement.used_percent = (
                100 * (granted - left) / granted if granted else 0.0
            )
            entitlement.next_expiry = min(
                (
                    opener.expires_on
                    for opener, rest in usable
                    if opener.expires_on and rest >= EPSILON
                ),
                default=False,
            )

    def _compute_over_used(self):
        overs = self.env["vas.entitlement.overuse"]
        groups = overs._read_group(
            [("entitlement_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["entitlement_id", "state"],
            ["quantity:sum", "__count"],
        )
        sums, waiting = defaultdict(float), defaultdict(int)
        for entitlement, state, quantity, count in groups:
            if state != "refused":
                sums[entitlement.id] += quantity
            if state == "waiting":
                waiting[entitlement.id] += count
        for entitlement in self:
            entitlement.over_used = sums[entitlement._origin.id]
            entitlement.waiting_count = waiting[entitlement._origin.id]

    @api.depends("balance", "granted", "unit", "next_expiry")
    @api.depends_context("lang")
    def _compute_balance_text(self):
        units = dict(self._fields["unit"]._description_selection(self.env))
        for entitlement in self:
            entitlement.balance_text = self.env._(
                "%(left)s of %(granted)s %(unit)s left",
                left=f"{entitlement.balance:g}",
                granted=f"{entitlement.granted:g}",
                unit=units.get(entitlement.unit, ""),
            )

    # ------------------------------------------------------------------
    # Ledger
    # ------------------------------------------------------------------

    def _get_lots(self):
        """Return {id: [(entry that opened the lot, what is left)]}; two queries."""
        entries = self.env["vas.entitlement.entry"]
        openers = entries.search_fetch(
            [("entitlement_id", "in", self.ids), ("lot_id", "=", False)],
            ["entitlement_id", "quantity", "date_from", "expires_on", "kind"],
        )
        taken = dict(
            entries._read_group(
                [("entitlement_id", "in", self.ids), ("lot_id", "!=", False)],
                ["lot_id"],
                ["quantity:sum"],
            )
        )
        lots = defaultdict(list)
        for opener in openers:
            rest = round(opener.quantity + taken.get(opener, 0.0), 2)
            lots[opener.entitlement_id.id].append((opener, rest))
        return lots

    def _post_entries(self, values_list):
        """Add entries to the ledgers of these (locked) entitlements."""
        if not values_list:
            return self.env["vas.entitlement.entry"]
        number = {entitlement.id: entitlement.entry_count for entitlement in self}
        for values in values_list:
            number[values["entitlement_id"]] += 1
            values["number"] = number[values["entitlement_id"]]
        # The ledger is written by what people do, never by their hands.
        entries_sudo = self.env["vas.entitlement.entry"].sudo()
        entries = entries_sudo.create(values_list)
        for entitlement in self.sudo():
            if entitlement.entry_count != number[entitlement.id]:
                entitlement.entry_count = number[entitlement.id]
        return entries.sudo(False)

    def _get_periods(self, day):
        """Return the periods that have begun on *day*: [(first day, last day)]."""
        self.ensure_one()
        last = min(day, self.date_to) if self.date_to else day
        if last < self.date_from:
            return []
        if self.period == "contract":
            return [(self.date_from, self.date_to)]
        months = PERIOD_MONTHS[self.period]
        anchor = self.date_from
        if self.period_anchor == "calendar":
            anchor = first_of_period(anchor, months)
        return [
            (max(begin, self.date_from), min(end, self.date_to or end))
            for begin, end in periods(anchor, months, self.date_from, last)
        ]

    def _get_carry_end(self, lot_end):
        """Return until when what went over from a lot that ended can be used."""
        self.ensure_one()
        if not self.carry_periods or self.period == "contract":
            return self.date_to
        months = PERIOD_MONTHS[self.period] * self.carry_periods
        first = fields.Date.add(lot_end, days=1)
        end = fields.Date.subtract(add_months(first, months), days=1)
        return min(end, self.date_to) if self.date_to else end

    def action_grant(self):
        """Bring the ledger up to today: new periods, what goes over, what expires."""
        self._lock_or_refuse()
        self._roll(fields.Date.context_today(self))

    def _roll(self, day):
        """Grant the periods begun by *day* and close the lots that ended before it.

        Asking again changes nothing: a period is granted once (index), and a closed lot
        has nothing left. Lots are closed in their order, so that what went over from
        one period is there when the next one ends.
        """
        lots = self._get_lots()
        values = []
        for entitlement in self:
            mine = lots.get(entitlement.id, [])
            granted = {
                opener.date_from for opener, _rest in mine if opener.kind == "grant"
            }
            for begin, end in entitlement._get_periods(day):
                if begin not in granted:
                    values.append(
                        entitlement._prepare_opener(
                            "grant", entitlement.quantity, begin
                        )
                        | {"expires_on": end}
                    )
        self._post_entries(values)
        while self._close_lots(day):
            pass

    def _prepare_opener(self, kind, quantity, begin):
        self.ensure_one()
        return {
            "entitlement_id": self.id,
            "kind": kind,
            "quantity": quantity,
            "date": begin,
            "date_from": begin,
        }

    def _close_lots(self, day):
        """Let go over or expire what is left of ended lots; whether anything was."""
        lots = self._get_lots()
        carried = self._get_carried()
        values = []
        for entitlement in self:
            for opener, rest in lots.get(entitlement.id, ()):
                if rest < EPSILON or not opener.expires_on or opener.expires_on >= day:
                    continue
                ends = entitlement._get_carry_end(opener.expires_on)
                # What went over once does not go over again, and nothing outlives
                # the agreement.
                rule = entitlement.carry_over if opener.kind == "grant" else "none"
                if ends and ends <= opener.expires_on:
                    rule = "none"
                over, expired = carry(
                    rest, rule, entitlement.carry_limit, carried.get(opener.id, 0.0)
                )
                begin = fields.Date.add(opener.expires_on, days=1)
                closing = {
                    "entitlement_id": entitlement.id,
                    "date": begin,
                    "lot_id": opener.id,
                }
                if over:
                    values.append(closing | {"kind": "carry_out", "quantity": -over})
                    values.append(
                        entitlement._prepare_opener("carry_in", over, begin)
                        | {"expires_on": ends, "from_lot_id": opener.id}
                    )
                if expired:
                    values.append(closing | {"kind": "expire", "quantity": -expired})
        return bool(self._post_entries(values))

    def _get_carried(self):
        """Return {lot id: what went over from it so far}."""
        groups = self.env["vas.entitlement.entry"]._read_group(
            [("entitlement_id", "in", self.ids), ("kind", "=", "carry_out")],
            ["lot_id"],
            ["quantity:sum"],
        )
        return {lot.id: -quantity for lot, quantity in groups}

    @api.model
    def _cron_roll(self):
        """Open and close the periods of all agreements in force."""
        day = fields.Date.context_today(self)
        found = self._get_to_roll(day)
        self.env["ir.cron"]._commit_progress(remaining=len(found))
        for entitlement in found:
            mine = entitlement.try_lock_for_update()
            if mine:
                mine._roll(day)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _get_to_roll(self, day):
        """Return the entitlements that lack a period or hold a lot that has ended."""
        found = self.search(
            Domain("contract_id.vas_state", "in", ("signed", "ended"))
            & Domain("date_from", "<=", day)
        )
        lots = found._get_lots()

        def is_behind(entitlement):
            mine = lots.get(entitlement.id, [])
            granted = {opener.date_from for opener, _rest in mine}
            return any(
                begin not in granted for begin, _end in entitlement._get_periods(day)
            ) or any(
                rest >= EPSILON and opener.expires_on and opener.expires_on < day
                for opener, rest in mine
            )

        return found.filtered(is_behind)

    # ------------------------------------------------------------------
    # Use
    # ------------------------------------------------------------------

    @api.model
    def _settle(self, documents):
        """Bring the ledger in line with what *documents* (of one model) use.

        What is recorded already is compared with what should be: asking again changes
        nothing. What is too much goes back to the lots it was taken from, over-use
        first; what is missing is taken from what expires first.
        """
        # Whoever opens a ticket or cancels a visit moves the ledger, without rights
        # on it.
        documents_sudo = documents.sudo()
        demands = {document: document._vas_get_demands() for document in documents_sudo}
        contracts = documents_sudo.vas_contract_id
        self_sudo = self.sudo()
        recorded = self_sudo._get_recorded(documents_sudo)
        entitlements_sudo = self_sudo.search(
            [
                ("contract_id", "in", contracts.ids),
                ("contract_id.vas_state", "=", "signed"),
            ]
        )
        involved = entitlements_sudo | self_sudo.browse(
            key[1] for key in recorded if recorded[key]
        )
        if not involved or not (recorded or any(demands.values())):
            return
        involved = involved.sorted("id")
        involved._wait_for_lock()
        involved._give_back(documents_sudo, demands, recorded, entitlements_sudo)
        involved._take(documents_sudo, demands, entitlements_sudo)

    def _wait_for_lock(self):
        """Take the row locks, one after the other in the same order everywhere.

        Whoever comes second waits; if the first one has used something, the database
        refuses the second's view of the world and the request begins again.
        """
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "SELECT id FROM vas_entitlement WHERE id IN %s ORDER BY id FOR UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["entry_count"])

    @api.model
    def _get_recorded(self, documents):
        """Return {(document id, entitlement id): units used or over-used}."""
        recorded = defaultdict(float)
        about = [
            ("res_model", "=", documents._name),
            ("res_id", "in", documents.ids),
        ]
        for res_id, entitlement, quantity in self.env[
            "vas.entitlement.entry"
        ]._read_group(about, ["res_id", "entitlement_id"], ["quantity:sum"]):
            recorded[res_id, entitlement.id] -= round(quantity, 2)
        for res_id, entitlement, quantity in self.env[
            "vas.entitlement.overuse"
        ]._read_group(
            [*about, ("state", "!=", "cancelled")],
            ["res_id", "entitlement_id"],
            ["quantity:sum"],
        ):
            recorded[res_id, entitlement.id] += quantity
        return {key: round(quantity, 2) for key, quantity in recorded.items()}

    def _fits(self, document, unit, day):
        """Return those of these entitlements that *document* uses units of."""
        ticket = document._vas_get_ticket()
        return self.filtered(
            lambda one: (
                one.contract_id == document.vas_contract_id
                and one.unit == unit
                and one.date_from <= day
                and (not one.date_to or one.date_to >= day)
                and (
                    not ticket
                    or ticket.filtered_domain(
                        one._read_domain(one.ticket_domain, day, day)
                    )
                )
            )
        ).sorted(lambda one: (one.sequence, one.id))

    def _give_back(self, documents, demands, recorded, in_force):
        """Return what documents used too much, over-use first."""
        too_much = {}
        for document in documents:
            day = document._vas_get_use_date()
            for unit in dict.fromkeys([*demands[document], *self.mapped("unit")]):
                mine = self.filtered(lambda one, u=unit: one.unit == u)
                fits = in_force._fits(document, unit, day)
                wanted = self._counted(fits, unit, demands[document].get(unit, 0.0))
                sums = {
                    one: recorded.get((document.id, one.id), 0.0)
                    for one in mine
                    if recorded.get((document.id, one.id))
                }
                # Of agreements that no longer hold for the document, everything.
                keep = min(wanted, sum(sums.get(one, 0.0) for one in fits))
                for one, quantity in sums.items():
                    kept = min(quantity, keep) if one in fits else 0.0
                    keep -= kept
                    if quantity - kept >= EPSILON:
                        too_much[document, one] = round(quantity - kept, 2)
        if not too_much:
            return
        overs = self.env["vas.entitlement.overuse"].search(
            [
                ("res_model", "=", documents._name),
                ("res_id", "in", documents.ids),
                ("state", "!=", "cancelled"),
            ],
            order="id desc",
        )
        used = {
            (res_id, lot): -quantity
            for res_id, lot, quantity in self.env["vas.entitlement.entry"]._read_group(
                [
                    ("res_model", "=", documents._name),
                    ("res_id", "in", documents.ids),
                    ("lot_id", "!=", False),
                ],
                ["res_id", "lot_id"],
                ["quantity:sum"],
            )
        }
        values = []
        for (document, one), quantity in too_much.items():
            mine = overs.filtered(
                lambda over, d=document, e=one: (
                    over.res_id == d.id and over.entitlement_id == e
                )
            )
            for over in mine:
                part = min(quantity, over.quantity)
                if part >= EPSILON:
                    over._reduce(part)
                    quantity = round(quantity - part, 2)
            for (res_id, lot), units in used.items():
                if res_id != document.id or lot.entitlement_id != one:
                    continue
                part = round(min(quantity, units), 2)
                if part >= EPSILON:
                    values.append(one._prepare_use("give_back", part, document, lot.id))
                    quantity = round(quantity - part, 2)
        self._post_entries(values)

    @api.model
    def _counted(self, fits, unit, quantity):
        """Return the units that count under the rounding of the first that fits."""
        if unit != "hour" or not fits:
            return quantity
        return billed_units(quantity, fits[0].step, fits[0].minimum)

    def _take(self, documents, demands, in_force):
        """Take what documents still need; what nothing is left for is over-use."""
        recorded = self._get_recorded(documents)
        lots = self._get_lots()
        rest = {opener: quantity for mine in lots.values() for opener, quantity in mine}
        values, overs = [], []
        for document in documents:
            day = document._vas_get_use_date()
            for unit, quantity in demands[document].items():
                fits = in_force._fits(document, unit, day)
                if not fits:
                    continue
                missing = self._counted(fits, unit, quantity) - sum(
                    recorded.get((document.id, one.id), 0.0) for one in fits
                )
                if missing < EPSILON:
                    continue
                usable = [
                    Lot(opener, rest[opener], opener.expires_on, opener.date_from)
                    for one in fits
                    for opener, _quantity in lots.get(one.id, ())
                    if opener._is_usable(day)
                ]
                taken, uncovered = allocate(usable, missing)
                for opener, part in taken:
                    rest[opener] = round(rest[opener] - part, 2)
                    values.append(
                        opener.entitlement_id._prepare_use(
                            "use", -part, document, opener.id
                        )
                    )
                if uncovered:
                    overs.append(fits[0]._prepare_overuse(document, uncovered))
        self._post_entries(values)
        self.env["vas.entitlement.overuse"]._begin(overs)

    def _prepare_use(self, kind, quantity, document, lot_id):
        self.ensure_one()
        return {
            "entitlement_id": self.id,
            "kind": kind,
            "quantity": quantity,
            "date": document._vas_get_use_date(),
            "lot_id": lot_id,
            "res_model": document._name,
            "res_id": document.id,
            "ticket_id": document._vas_get_ticket().id,
            "reason": document._vas_get_use_reason(),
        }

    def _prepare_overuse(self, document, quantity):
        """Return the values of over-use; refuse it when the agreement does."""
        self.ensure_one()
        if self.over_use == "block" and document._vas_refuses_over_use():
            raise UserError(self._over_use_refused(document, quantity))
        states = {"approve": "waiting", "bill": "billed", "block": "refused"}
        return {
            "entitlement_id": self.id,
            "quantity": quantity,
            "rule": self.over_use,
            "state": states[self.over_use],
            "price_unit": self.over_price,
            "date": document._vas_get_use_date(),
            "res_model": document._name,
            "res_id": document.id,
            "ticket_id": document._vas_get_ticket().id,
        }

    def _over_use_refused(self, document, quantity):
        """Return the sentence that says what is used up."""
        self.ensure_one()
        units = dict(self._fields["unit"]._description_selection(self.env))
        return self.env._(
            "%(document)s: %(agreement)s, “%(entitlement)s” is used up (%(left)s of "
            "%(granted)s %(unit)s left, %(needed)s more needed); more is not allowed.",
            document=document.display_name,
            agreement=self.contract_id.display_name,
            entitlement=self.name,
            left=f"{self.balance:g}",
            granted=f"{self.granted:g}",
            unit=units[self.unit],
            needed=f"{quantity:g}",
        )

    # ------------------------------------------------------------------
    # CRUD and actions
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        entitlements = super().create(vals_list)
        signed = entitlements.filtered(lambda e: e.contract_id.vas_state == "signed")
        signed._roll(fields.Date.context_today(self))
        return entitlements

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for entitlement in self:
            if entitlement.entry_count:
                raise UserError(
                    self.env._(
                        "“%(entitlement)s” has entries in its ledger and stays as "
                        "their proof. Archive it instead.",
                        entitlement=entitlement.name,
                    )
                )

    def action_view_entries(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_entitlement_entry_action"
        )
        return dict(action, domain=[("entitlement_id", "in", self.ids)], context={})

    def action_view_overuse(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_entitlement_overuse_action"
        )
        return dict(action, domain=[("entitlement_id", "in", self.ids)], context={})
