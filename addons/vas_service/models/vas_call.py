from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import phone

TAIL_PARAMETER = "vas_service.phone_tail_digits"


class VasCall(models.Model):
    """A telephone call: who, about what, and the ticket that came of it.

    An incoming call pops up by its number; a planned one waits in the call list.
    """

    _name = "vas.call"
    _description = "Telephone Call"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing"), ("care", "Proactive")],
        required=True,
        default="in",
        help="Proactive: we call a customer who received service and ask how it was.",
    )
    state = fields.Selection(
        [
            ("planned", "To call"),
            ("done", "Done"),
            ("unreached", "Not reached"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="done",
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        index="btree_not_null",
    )
    number = fields.Char(string="Telephone number")
    number_normal = fields.Char(
        string="Normalised number",
        compute="_compute_number_normal",
        store=True,
        index="btree_not_null",
    )
    candidate_ids = fields.Many2many(
        "res.partner", string="Possible callers", compute="_compute_candidate_ids"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Caller",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        tracking=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Customer", store=True
    )
    grade_id = fields.Many2one(
        "vas.grade", string="Customer grade", compute="_compute_grade_id"
    )
    open_ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Open tickets of the customer",
        compute="_compute_open_ticket_ids",
    )
    open_ticket_count = fields.Integer(compute="_compute_open_ticket_ids")
    earlier_call_ids = fields.Many2many(
        "vas.call", string="Earlier calls", compute="_compute_earlier_call_ids"
    )
    knowledge_id = fields.Many2one(
        "vas.knowledge", string="Wants", check_company=True, index="btree_not_null"
    )
    answer = fields.Html(related="knowledge_id.answer", string="What to say")
    subject = fields.Char(compute="_compute_from_knowledge", store=True, readonly=False)
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        compute="_compute_from_knowledge",
        store=True,
        readonly=False,
        check_company=True,
    )
    category_id = fields.Many2one(
        "helpdesk.ticket.category",
        compute="_compute_from_knowledge",
        store=True,
        readonly=False,
        check_company=True,
    )
    priority = fields.Selection(
        selection=lambda self: (
            self.env["helpdesk.ticket"]
            ._fields["priority"]
            ._description_selection(self.env)
        ),
        compute="_compute_from_knowledge",
        store=True,
        readonly=False,
    )
    note = fields.Html(string="Notes")
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, copy=False, index="btree_not_null"
    )
    plan_id = fields.Many2one(
        "vas.call.plan", string="Planned by", readonly=True, index="btree_not_null"
    )
    about_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="About the service of",
        readonly=True,
        index="btree_not_null",
    )
    opinion = fields.Selection(
        [("5", "Very satisfied"), ("3", "Satisfied"), ("1", "Dissatisfied")],
        string="Customer's opinion",
        tracking=True,
    )

    _plan_uniq = models.UniqueIndex(
        "(plan_id, about_ticket_id) WHERE plan_id IS NOT NULL",
        "This service is already in the call list of the plan.",
    )

    # ------------------------------------------------------------------
    # Who calls
    # ------------------------------------------------------------------

    @api.depends("number", "company_id")
    def _compute_number_normal(self):
        for call in self:
            country = call.company_id.country_id.code or ""
            call.number_normal = phone.normalise(call.number, country) or False

    @api.depends("number", "company_id")
    def _compute_candidate_ids(self):
        for call in self:
            call.candidate_ids = self._find_callers(call.number, call.company_id)

    @api.depends("number", "company_id")
    def _compute_partner_id(self):
        for call in self:
            found = self._find_callers(call.number, call.company_id)
            if len(found) == 1:
                call.partner_id = found
            elif call.number and call.partner_id not in found:
                call.partner_id = False
            else:
                call.partner_id = call.partner_id

    @api.model
    def _find_callers(self, number, company):
        """Return the contacts with this number, the exactly equal ones if any.

        A number without country or area code is compared by its last digits.
        """
        # How many digits is a setting that every agent may use.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        digits = int(parameters_sudo.get_param(TAIL_PARAMETER) or 0)
        country = company.country_id.code or ""
        normal = phone.normalise(number, country)
        partners = self.env["res.partner"]
        if len(normal.lstrip("+")) < partners._phone_search_min_length:
            return partners
        exact = partners.search([("phone_sanitized", "=", normal)])
        if exact or digits <= 0:
            return exact
        last = phone.tail(normal, digits)
        if len(last) < digits:
            return partners
        near = partners.search([("phone_mobile_search", "like", last)])
        return near.filtered(
            lambda partner: phone.same(partner.phone, number, country, digits)
        )

    @api.depends("partner_id", "company_id")
    def _compute_grade_id(self):
        for call in self:
            partner = call.commercial_partner_id.with_company(call.company_id)
            call.grade_id = partner.vas_grade_id

    @api.depends("partner_id")
    def _compute_open_ticket_ids(self):
        tickets = self.env["helpdesk.ticket"].search(
            [
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("closed", "=", False),
            ],
            order="vas_next_deadline, priority desc, id desc",
        )
        by_customer = tickets.grouped("commercial_partner_id")
        for call in self:
            found = by_customer.get(call.commercial_partner_id, tickets.browse())
            call.open_ticket_ids = found
            call.open_ticket_count = len(found)

    @api.depends("partner_id", "number_normal")
    def _compute_earlier_call_ids(self):
        # Shown on the screen of one call; the latest ten of each are one search each.
        for call in self:
            same = Domain.FALSE
            if call.commercial_partner_id:
                same |= Domain(
                    "commercial_partner_id", "=", call.commercial_partner_id.id
                )
            if call.number_normal:
                same |= Domain("number_normal", "=", call.number_normal)
            call.earlier_call_ids = self.search(
                same
                & Domain("id", "!=", call._origin.id)
                & Domain("state", "!=", "planned"),
                limit=10,
            )

    @api.depends("knowledge_id")
    def _compute_from_knowledge(self):
        for call in self:
            option = call.knowledge_id
            call.subject = option.ticket_name or option.name or call.subject
            call.team_id = option.team_id or call.team_id
            call.category_id = option.category_id or call.category_id
            call.priority = option.priority or call.priority

    @api.depends("number", "partner_id", "date")
    @api.depends_context("tz")
    def _compute_display_name(self):
        for call in self:
            who = call.partner_id.name or call.number or self.env._("New call")
            call.display_name = who

    # ------------------------------------------------------------------
    # What comes of it
    # ------------------------------------------------------------------

    def _prepare_ticket(self):
        """Return the values of the ticket that this call asks for."""
        self.ensure_one()
        if not self.subject:
            raise UserError(
                self.env._(
                    "Call “%(call)s”: say what the caller wants (“Wants” or "
                    "“Subject”) before a ticket is created.",
                    call=self.display_name,
                )
            )
        values = self.knowledge_id._prepare_ticket() if self.knowledge_id else {}
        phone_channel = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_channel_phone", raise_if_not_found=False
        )
        values |= {
            "name": self.subject,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "partner_name": self.partner_id.name,
            "partner_email": self.partner_id.email,
            "team_id": self.team_id.id,
            "category_id": self.category_id.id,
            "user_id": False,
            "vas_call_id": self.id,
        }
        if self.priority:
            values["priority"] = self.priority
        if phone_channel:
            values["channel_id"] = phone_channel.id
        if self.note or not values.get("description"):
            values["description"] = self.note or self.subject
        return values

    def _create_ticket(self):
        """Create the ticket of this call once, however often the button is pressed."""
        self.ensure_one()
        self._lock_or_refuse()
        if not self.ticket_id:
            self.ticket_id = self.env["helpdesk.ticket"].create(self._prepare_ticket())
            if self.state == "planned":
                self.state = "done"
        return self.ticket_id

    def _open_ticket(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.ticket_id.id,
            "views": [(False, "form")],
        }

    def action_create_ticket(self):
        """Create the ticket; it stays unassigned."""
        self._create_ticket()
        return self._open_ticket()

    def action_create_and_assign(self):
        """Create the ticket and take it."""
        self._create_ticket().action_vas_take()
        return self._open_ticket()

    def action_create_and_close(self):
        """Create the ticket and close it: the matter was settled on the telephone."""
        ticket = self._create_ticket()
        if not ticket.user_id:
            ticket.action_vas_take()
        ticket.action_vas_solve()
        return self._open_ticket()

    def action_open_ticket(self):
        self.ensure_one()
        return self._open_ticket()

    def action_view_open_tickets(self):
        """The list behind the count of open tickets."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_vas"
        )
        return dict(
            action,
            domain=[("id", "in", self.open_ticket_ids.ids)],
            context={},
            display_name=self.env._("Open tickets"),
        )

    def _attach_to(self, ticket):
        """The call is about a ticket that exists: note it there."""
        self.ensure_one()
        self._lock_or_refuse()
        if self.ticket_id == ticket:
            return self._open_ticket()
        if self.ticket_id:
            raise UserError(
                self.env._(
                    "Call “%(call)s” already belongs to ticket %(ticket)s.",
                    call=self.display_name,
                    ticket=self.ticket_id.display_name,
                )
            )
        self.ticket_id = ticket
        ticket.message_post(
            body=self.note or self.env._("The customer called about this."),
            subtype_xmlid="mail.mt_note",
        )
        return self._open_ticket()

    def action_done(self):
        self.write({"state": "done", "date": fields.Datetime.now()})

    def action_unreached(self):
        self.write({"state": "unreached", "date": fields.Datetime.now()})

    def action_again(self):
        """Put a call that reached nobody back into the list."""
        self.filtered(lambda call: call.state != "done").state = "planned"

    def action_cancel(self):
        self.filtered(lambda call: call.state == "planned").state = "cancelled"

    @api.model
    def action_pop(self, number):
        """Return the action that shows who calls; nothing is stored yet."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Incoming call"),
            "res_model": "vas.call",
            "views": [(False, "form")],
            "target": "current",
            "context": {
                "default_number": phone.clean(number),
                "default_direction": "in",
            },
        }
