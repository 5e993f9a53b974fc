from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.entitlement import EPSILON


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
        # As above: the counter is part of the ledger.
        for entitlement in self.sudo():
            if entitlement.entry_count != number[entitlement.id]:
                entitlement.entry_count = number[entitlement.id]
        return entries.sudo(False)

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
