from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

MERGE_PARAMETER = "vas_service.sla_merge_rule"


class HelpdeskTicket(models.Model):
    """Tickets keep the promises of the policy that fits them."""

    _inherit = "helpdesk.ticket"

    vas_policy_id = fields.Many2one(
        "vas.sla.policy",
        string="Service promise",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The first policy in force that fits this ticket.",
    )
    vas_contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        check_company=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The agreement under which this is served; policies may ask for it.",
    )
    vas_equipment_id = fields.Many2one(
        "fsm.equipment",
        string="Device",
        check_company=True,
        index="btree_not_null",
    )
    vas_clock_ids = fields.One2many(
        "vas.sla.clock", "ticket_id", string="Clocks", groups="base.group_user"
    )
    vas_event_ids = fields.One2many(
        "vas.sla.event",
        compute="_compute_vas_event_ids",
        string="Promise history",
        groups="base.group_user",
    )
    vas_next_deadline = fields.Datetime(
        string="Next deadline",
        compute="_compute_vas_next_deadline",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The earliest deadline that is still running.",
    )
    vas_first_response_date = fields.Datetime(
        string="First response", readonly=True, copy=False
    )
    vas_sla = fields.Json(
        string="Promises",
        compute="_compute_vas_sla",
        compute_sudo=True,
        groups="base.group_user",
    )
    vas_sla_state = fields.Selection(
        selection=lambda self: self.env["vas.sla.clock"]._selection_state(),
        string="Promise",
        compute="_compute_vas_sla_state",
        search="_search_vas_sla_state",
        compute_sudo=True,
    )
    vas_grade_id = fields.Many2one(
        "vas.grade",
        string="Customer grade",
        compute="_compute_vas_grade_id",
        compute_sudo=True,
        groups="base.group_user",
        help="The grade the customer has in the company of the ticket.",
    )
    # What a ticket keeps of the incident log it came from.
    vas_incident_profile_id = fields.Many2one(
        "vas.incident.profile",
        string="Incident log",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    vas_log_made_sla = fields.Selection(
        [("yes", "Kept"), ("no", "Broken")],
        string="Promise in the log",
        readonly=True,
        copy=False,
        help="The verdict of the system the incident comes from.",
    )

    _vas_incident_uniq = models.UniqueIndex(
        "(vas_incident_profile_id, company_id, number) "
        "WHERE vas_incident_profile_id IS NOT NULL",
        "An incident of a log is imported once.",
    )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends(
        "vas_clock_ids.deadline",
        "vas_clock_ids.outcome",
        "vas_clock_ids.paused_since",
    )
    def _compute_vas_next_deadline(self):
        for ticket in self:
            running = [
                clock.deadline
                for clock in ticket.vas_clock_ids
                if clock.outcome == "open" and not clock.paused_since
            ]
            ticket.vas_next_deadline = min(running, default=False)

    @api.depends("commercial_partner_id", "company_id")
    def _compute_vas_grade_id(self):
        for company, tickets in self.grouped("company_id").items():
            for ticket in tickets.with_company(company):
                ticket.vas_grade_id = ticket.commercial_partner_id.vas_grade_id

    def _compute_vas_event_ids(self):
        clocks = self.env["vas.sla.clock"].with_context(active_test=False)
        events = self.env["vas.sla.event"].search(
            [("clock_id", "in", clocks._search([("ticket_id", "in", self.ids)]))]
        )
        by_ticket = events.grouped("ticket_id")
        for ticket in self:
            ticket.vas_event_ids = by_ticket.get(ticket._origin, events.browse())

    @api.depends("vas_clock_ids.state")
    @api.depends_context("uid")
    def _compute_vas_sla_state(self):
        """Customers see what was promised to them, not our internal targets."""
        now, share = fields.Datetime.now(), self.env.user.share
        for ticket in self:
            states = {
                clock._get_state(now)
                for clock in ticket.vas_clock_ids
                if not share or clock.audience == "customer"
            }
            ticket.vas_sla_state = next(
                (state for state in self._vas_states_by_urgency() if state in states),
                False,
            )

    @api.model
    def _vas_states_by_urgency(self):
        """The state of a ticket is the most urgent one of its clocks."""
        return ("breached", "at_risk", "running", "paused", "late", "met")

    @api.model
    def _search_vas_sla_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # Clocks are found for whoever may see the ticket.
        clocks_sudo = self.env["vas.sla.clock"].sudo()
        order, now = self._vas_states_by_urgency(), fields.Datetime.now()

        def has(state):
            domain = clocks_sudo._get_state_domain(state, now)
            # Clocks of other documents have no ticket: none is not "not in" anything.
            domain &= Domain("ticket_id", "!=", False)
            if self.env.user.share:
                domain &= Domain("audience", "=", "customer")
            return Domain(
                "id", "in", clocks_sudo._search(domain).subselect("ticket_id")
            )

        domains = []
        for state in value:
            if not state:
                domains.append(~Domain.OR([has(known) for known in order]))
            elif state in order:
                more_urgent = order[: order.index(state)]
                domains.append(
                    has(state) & ~Domain.OR([has(other) for other in more_urgent])
                )
        return Domain.OR(domains)

    @api.depends("vas_clock_ids.state", "vas_policy_id")
    def _compute_vas_sla(self):
        now = fields.Datetime.now()
        order = self._vas_states_by_urgency()
        policies = self._vas_count_policies()
        for ticket in self:
            clocks = ticket.vas_clock_ids._get_screen_values(now)
            clocks.sort(
                key=lambda clock: (order.index(clock["state"]), clock["deadline"])
            )
            ticket.vas_sla = {
                "now": fields.Datetime.to_string(now),
                "clocks": clocks,
                "policy": ticket.vas_policy_id.display_name or "",
                "policy_id": ticket.vas_policy_id.id,
                "why": ""
                if clocks
                else ticket._vas_why_no_promise(policies[ticket.company_id.id]),
            }

    @api.model
    def _vas_count_policies(self):
        """Return {company id: policies in force there}, those of every company too."""
        # The number of policies is no secret, their content is not shown.
        policies_sudo = self.env["vas.sla.policy"].sudo()
        groups = policies_sudo._read_group(
            [("state", "=", "active")], ["company_id"], ["__count"]
        )
        own = {company.id: count for company, count in groups}
        everywhere = own.pop(False, 0)
        return defaultdict(
            lambda: everywhere, {key: everywhere + own[key] for key in own}
        )

    def _vas_why_no_promise(self, count):
        """Return the reason why no clock runs on this ticket.

        :param count: the policies in force for its company
        """
        self.ensure_one()
        if not count:
            return self.env._("No policy is in force for this company.")
        if self.vas_policy_id:
            return self.env._("The promise of this ticket was withdrawn.")
        priorities = dict(self._fields["priority"]._description_selection(self.env))
        return self.env._(
            "None of the %(count)s policies in force fits: priority %(priority)s, "
            "team %(team)s, customer grade %(grade)s.",
            count=count,
            priority=priorities.get(self.priority, self.env._("none")),
            team=self.team_id.name or self.env._("none"),
            grade=self.vas_grade_id.code or self.env._("none"),
        )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    def _vas_now(self):
        """When the change that is being recorded happened.

        Only code that runs as the system may say that it was in the past (imports,
        demo data); a user who sends the key in the context is not heard.
        """
        now = fields.Datetime.now()
        if not self._vas_is_backdated():
            return now
        at = self.env.context.get("vas_sla_at")
        if at:
            return fields.Datetime.to_datetime(at)
        minutes = self.env.context["vas_sla_minutes_ago"]
        return fields.Datetime.subtract(now, minutes=minutes)

    def _vas_is_replayed(self):
        """Whether an import brings the finished clocks itself."""
        return self.env.su and self.env.context.get("vas_sla_replay")

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        if not tickets._vas_is_replayed():
            if tickets._vas_is_backdated():
                tickets._vas_backdate([tickets._vas_now()] * len(tickets))
            tickets._vas_sla_sync(rematch=True, created=True)
        return tickets

    def _vas_backdate(self, moments):
        """Let these tickets have been created at *moments* (naive UTC).

        The ORM sets the date of creation itself, hence one statement for all.
        """
        if not self:
            return
        self.flush_recordset()
        rows = SQL(", ").join(
            SQL("(%s, %s::timestamp)", ticket.id, moment)
            for ticket, moment in zip(self, moments, strict=True)
        )
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET create_date = opened.at "
                "FROM (VALUES %s) AS opened (id, at) "
                "WHERE helpdesk_ticket.id = opened.id",
                rows,
            )
        )
        self.invalidate_recordset(["create_date"])

    def write(self, vals):
        if self._vas_is_replayed():
            return super().write(vals)
        stages = {ticket.id: ticket.stage_id for ticket in self}
        result = super().write(vals)
        moved = self.filtered(lambda ticket: ticket.stage_id != stages[ticket.id])
        triggers = self.env["vas.sla.policy"]._get_trigger_fields()
        if not triggers.isdisjoint(vals):
            self._vas_sla_sync(rematch=True)
        elif moved:
            moved._vas_sla_sync()
        return result

    # ------------------------------------------------------------------
    # Promises
    # ------------------------------------------------------------------

    def _vas_get_calendar(self, policy):
        """Return the working hours that count, in the declared order of places."""
        self.ensure_one()
        engine = self.env["vas.sla.engine"]
        return engine._get_calendars({self: policy}).get(
            self, self.env["resource.calendar"]
        )

    def _vas_sla_sync(self, rematch=False, created=False):
        """Bring the clocks of these tickets in line with the tickets.

        :param rematch: ask the policies again
        :param created: the tickets are new and have no clocks yet
        """
        self.env["vas.sla.engine"]._sync(self, rematch=rematch, created=created)

    def _vas_sla_merge(self, survivor):
        """End the clocks of these tickets, which go on as *survivor*.

        The promises of the survivor count from the earliest start of all, if the
        setting says so; an answer given on any of them was an answer.
        """
        at = survivor._vas_now()
        # Clocks are kept for everybody who may merge tickets.
        clocks_sudo = self.env["vas.sla.clock"].sudo()
        merged = clocks_sudo._of(self._name, self.ids)
        # Merging was checked; the survivor takes what the others had.
        self_sudo, survivor_sudo = self.sudo(), survivor.sudo()
        answers = [
            ticket.vas_first_response_date
            for ticket in self_sudo | survivor_sudo
            if ticket.vas_first_response_date
        ]
        merged.filtered(lambda clock: clock.active and not clock.stopped_at)._withdraw(
            at, self.env._("Merged into %(ticket)s", ticket=survivor.number)
        )
        if answers:
            survivor_sudo.vas_first_response_date = min(answers)
        # Agents may not read settings.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        if parameters_sudo.get_param(MERGE_PARAMETER, "earliest") == "earliest":
            kept = clocks_sudo._of(self._name, survivor.ids).filtered(
                lambda clock: clock.active and not clock.stopped_at
            )
            kept._start_earlier(merged, at)
        survivor._vas_sla_sync()

    @api.model
    def _vas_first_response(self, messages):
        """Follow what was written: answers stop clocks, further questions start them.

        An answer is a message that the customer can read, written by one of us.
        """
        talk = messages.filtered(
            lambda message: (
                message.model == "helpdesk.ticket"
                and message.res_id
                and message.message_type in ("comment", "email", "email_outgoing")
                and not message.is_internal
                and message.subtype_id
                and not message.subtype_id.internal
            )
        )
        if not talk:
            return
        # Whoever writes moves the clocks, without rights on clocks.
        tickets_sudo = self.sudo().browse(talk.mapped("res_id")).exists()
        # As above.
        clocks_sudo = self.env["vas.sla.clock"].sudo()._of(self._name, tickets_sudo.ids)
        known = set(tickets_sudo.ids)
        # As above.
        for message in talk.sudo().sorted("date"):
            if message.res_id not in known:
                continue
            ticket = tickets_sudo.browse(message.res_id)
            at = ticket._vas_now() if ticket._vas_is_backdated() else message.date
            mine = clocks_sudo.filtered(lambda c, t=ticket: c.res_id == t.id)
            if ticket._vas_is_answer(message):
                if not ticket.vas_first_response_date:
                    ticket.vas_first_response_date = at
                mine.filtered(
                    lambda clock: (
                        clock.kind in ("first_response", "next_reply")
                        and not clock.stopped_at
                    )
                )._move("stop", at)
            elif message.author_id and not ticket._vas_is_ours(message.author_id):
                clocks_sudo |= ticket._vas_await_reply(mine, at)

    def _vas_is_ours(self, partner):
        """Whether a person works for us."""
        return any(not user.share for user in partner.user_ids)

    def _vas_is_answer(self, message):
        """Whether a message of this ticket is one of us answering the customer."""
        author = message.author_id
        return (
            bool(author)
            and author not in self.partner_id | self.commercial_partner_id
            and self._vas_is_ours(author)
        )

    def _vas_await_reply(self, clocks, at):
        """Start the clocks of the next reply, unless one is awaited already.

        The first answer is a promise of its own: before it there is no next one.
        """
        self.ensure_one()
        if self.closed or not self.vas_first_response_date:
            return clocks.browse()
        # An agent's clocks follow policies that the agent may not read.
        engine, policies = self.env["vas.sla.engine"], self.env["vas.sla.policy"].sudo()
        replies = clocks.filtered(lambda clock: clock.kind == "next_reply")
        begin, cycles = [], []
        for audience in ("customer", "internal"):
            matches = (
                {self: self.vas_policy_id}
                if audience == "customer"
                else policies._match(self, audience)
            )
            for target in matches[self].target_ids:
                mine = replies.filtered(lambda clock, t=target: clock.key == t.key)
                waiting = mine.filtered(lambda c: c.active and not c.stopped_at)
                if target.kind != "next_reply" or waiting:
                    continue
                calendar = engine._get_calendars(matches)[self]
                begin.append((self, matches[self], target, calendar, at))
                cycles.append(max(mine.mapped("cycle"), default=0) + 1)
        return clocks._begin(begin, at, cycles=cycles)

    def _vas_is_backdated(self):
        return self.env.su and not {"vas_sla_at", "vas_sla_minutes_ago"}.isdisjoint(
            self.env.context
        )

    def action_vas_open_policy(self):
        """Open the policy that holds for this ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "vas.sla.policy",
            "res_id": self.vas_policy_id.id,
            "views": [(False, "form")],
        }
