from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class VasSatisfactionRequest(models.Model):
    """One question to one customer about one ticket, and its one answer."""

    _name = "vas.satisfaction.request"
    _description = "Satisfaction Question"
    _inherit = ["vas.lock.mixin"]
    _order = "create_date desc, id desc"
    _rec_name = "ticket_id"

    rule_id = fields.Many2one(
        "vas.satisfaction.rule",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="ticket_id.company_id", store=True, index=True)
    team_id = fields.Many2one(related="ticket_id.team_id", store=True)
    category_id = fields.Many2one(related="ticket_id.category_id", store=True)
    user_id = fields.Many2one(
        "res.users", string="Agent", readonly=True, help="Who solved the ticket."
    )
    partner_id = fields.Many2one(
        "res.partner", string="Asked", required=True, readonly=True, index=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Customer", store=True
    )
    state = fields.Selection(
        [
            ("waiting", "To be asked"),
            ("sent", "Asked"),
            ("answered", "Answered"),
            ("expired", "Expired"),
            ("throttled", "Left in peace"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    send_at = fields.Datetime(string="Ask on", readonly=True)
    sent_at = fields.Datetime(string="Asked on", readonly=True)
    remind_at = fields.Datetime(string="Remind on", readonly=True)
    reminded_at = fields.Datetime(string="Reminded on", readonly=True)
    expires_at = fields.Datetime(string="Expires on", readonly=True)
    answered_at = fields.Datetime(string="Answered on", readonly=True)
    rating_id = fields.Many2one(
        "rating.rating", readonly=True, index="btree_not_null", ondelete="set null"
    )
    score = fields.Float(string="Answer (1 to 5)", readonly=True, aggregator="avg")
    opinion = fields.Selection(
        [("5", "Very satisfied"), ("3", "Satisfied"), ("1", "Dissatisfied")],
        readonly=True,
    )
    feedback = fields.Text(string="Comment", readonly=True)
    answer_rate = fields.Float(
        string="Response rate (%)",
        compute="_compute_rates",
        store=True,
        aggregator="avg",
        help="Of those who were asked; not counted while the answer is awaited.",
    )
    satisfied_rate = fields.Float(
        string="Satisfied (%)",
        compute="_compute_rates",
        store=True,
        aggregator="avg",
        help="Share of answers that are satisfied or very satisfied.",
    )
    recovery_ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, index="btree_not_null"
    )

    _ticket_uniq = models.UniqueIndex(
        "(ticket_id) WHERE state NOT IN ('cancelled', 'throttled')",
        "A customer is asked once about a ticket.",
    )
    _due_idx = models.Index("(state, send_at, remind_at, expires_at)")

    @api.depends("state", "opinion")
    def _compute_rates(self):
        for request in self:
            request.answer_rate = 100.0 if request.state == "answered" else 0.0
            satisfied = request.opinion in ("5", "3")
            request.satisfied_rate = 100.0 if satisfied else 0.0

    # ------------------------------------------------------------------
    # Ask
    # ------------------------------------------------------------------

    @api.model
    def _ask_about(self, tickets, now=None):
        """Note the questions that the rules want asked about *tickets*.

        Whoever was asked lately is left in peace; that is noted too, so that the
        response rate is honest.
        """
        now = now or fields.Datetime.now()
        # Questions are made for everybody who closes tickets.
        requests_sudo = self.sudo()
        # As above.
        tickets_sudo = tickets.sudo().filtered(
            lambda ticket: (
                ticket.closed
                and not ticket.stage_id.vas_withdraws
                and ticket.partner_id
                and ticket.rating_status != "no_rate"
            )
        )
        asked = requests_sudo.search(
            [("ticket_id", "in", tickets_sudo.ids), ("state", "!=", "cancelled")]
        )
        tickets_sudo -= asked.ticket_id
        if not tickets_sudo:
            return requests_sudo.browse()
        # As above.
        rules = self.env["vas.satisfaction.rule"].sudo()._match(tickets_sudo)
        lately = dict(
            requests_sudo._read_group(
                [
                    ("partner_id", "in", tickets_sudo.partner_id.ids),
                    ("state", "not in", ("cancelled", "throttled")),
                ],
                ["partner_id"],
                ["send_at:max"],
            )
        )
        values = []
        for ticket, rule in rules.items():
            if not rule:
                continue
            partner = ticket.partner_id
            last = lately.get(partner)
            quiet_since = fields.Datetime.subtract(now, days=rule.throttle_days)
            quiet = bool(rule.throttle_days and last and last > quiet_since)
            if not quiet:
                lately[partner] = now
            values.append(
                {
                    "rule_id": rule.id,
                    "ticket_id": ticket.id,
                    "partner_id": partner.id,
                    "user_id": ticket.user_id.id,
                    "state": "throttled" if quiet else "waiting",
                    "send_at": fields.Datetime.add(now, hours=rule.delay_hours),
                }
            )
        return requests_sudo.create(values)

    def _send(self, now, reminder=False):
        """Send the question (or the reminder) of each request."""
        for request in self:
            ticket, rule = request.ticket_id, request.rule_id
            token = ticket._rating_get_access_token(request.partner_id)
            rating = ticket.rating_ids.filtered(lambda r, t=token: r.access_token == t)
            ticket.rating_send_request(
                rule.template_id, lang=request.partner_id.lang, force_send=False
            )
            values = {"rating_id": rating.id}
            if reminder:
                values |= {"reminded_at": now, "remind_at": False}
            else:
                remind = rule.reminder_days and fields.Datetime.add(
                    now, days=rule.reminder_days
                )
                values |= {
                    "state": "sent",
                    "sent_at": now,
                    "remind_at": remind,
                    "expires_at": fields.Datetime.add(now, days=rule.expiry_days),
                }
            request.write(values)

    def _step(self, now):
        """Do what is due for one request; again: nothing."""
        self.ensure_one()
        if self.state == "waiting" and self.send_at <= now:
            if self.ticket_id.closed:
                self._send(now)
            else:
                # Opened again before it was asked about.
                self.state = "cancelled"
        elif self.state == "sent" and self.expires_at <= now:
            self.state = "expired"
        elif self.state == "sent" and self.remind_at and self.remind_at <= now:
            self._send(now, reminder=True)

    @api.model
    def _get_due_domain(self, now):
        sent = Domain("state", "=", "sent")
        return (
            (Domain("state", "=", "waiting") & Domain("send_at", "<=", now))
            | (sent & Domain("expires_at", "<=", now))
            | (sent & Domain("remind_at", "<=", now))
        )

    @api.model
    def _cron_step(self):
        """Ask, remind, let expire. One question at a time, each committed: stopped and
        run again, nobody is asked twice."""
        now = fields.Datetime.now()
        due = self._get_due_domain(now)
        found = self.search(due, order="id", limit=100)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count(due))
        for request in found:
            mine = request.try_lock_for_update()
            if mine:
                mine.invalidate_recordset()
                mine._step(now)
            if not cron._commit_progress(1):
                break

    def action_cancel(self):
        self.filtered(lambda r: r.state in ("waiting", "sent")).state = "cancelled"

    # ------------------------------------------------------------------
    # Answer
    # ------------------------------------------------------------------

    def _check_open(self, now=None):
        """Refuse a second or a late answer.

        :raises UserError: in words for the customer
        """
        self.ensure_one()
        now = now or fields.Datetime.now()
        if self.state == "answered":
            raise UserError(self.env._("You have already answered. Thank you!"))
        if self.state != "sent" or self.expires_at <= now:
            raise UserError(
                self.env._("This question has expired. Thank you for your interest.")
            )

    def _answer(self, rate, feedback=""):
        """Take the one answer; a low one opens a ticket to win the customer back."""
        self.ensure_one()
        self._lock_or_refuse()
        self.invalidate_recordset(["state", "recovery_ticket_id"])
        self._check_open()
        self.write(
            {
                "state": "answered",
                "answered_at": fields.Datetime.now(),
                "score": rate,
                "opinion": str(int(rate)),
                "feedback": feedback,
                "remind_at": False,
            }
        )
        if rate <= int(self.rule_id.low_score) and not self.recovery_ticket_id:
            self.recovery_ticket_id = self.env["helpdesk.ticket"].create(
                self._prepare_recovery()
            )

    def _prepare_recovery(self):
        ticket, rule = self.ticket_id, self.rule_id
        team = rule.recovery_team_id or ticket.team_id
        values = {
            "name": self.env._("Win back: %(ticket)s", ticket=ticket.display_name),
            "description": self.feedback
            or self.env._("The customer was dissatisfied and said nothing more."),
            "company_id": ticket.company_id.id,
            "team_id": team.id,
            "partner_id": self.partner_id.id,
            "partner_name": self.partner_id.name,
            "partner_email": self.partner_id.email,
            "category_id": ticket.category_id.id,
            "user_id": False,
            # A ticket about a survey is not surveyed.
            "rating_status": "no_rate",
            "vas_recovers_id": ticket.id,
        }
        if rule.recovery_priority:
            values["priority"] = rule.recovery_priority
        return values


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    vas_recovers_id = fields.Many2one(
        "helpdesk.ticket",
        string="Wins back after",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )
    vas_satisfaction_ids = fields.One2many(
        "vas.satisfaction.request", "ticket_id", groups="base.group_user"
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._vas_ask(tickets)
        return tickets

    def write(self, vals):
        open_before = self.filtered(lambda ticket: not ticket.closed)
        result = super().write(vals)
        if "stage_id" in vals:
            self._vas_ask(open_before)
        return result

    @api.model
    def _vas_ask(self, tickets):
        """Ask about tickets that were just closed, unless they are brought in from
        elsewhere or only merged."""
        if self._vas_is_replayed() or self.env.context.get("vas_no_survey"):
            return
        closed = tickets.filtered("closed")
        if not closed:
            return
        requests = self.env["vas.satisfaction.request"]._ask_about(closed)
        for moment in set(requests.mapped("send_at")):
            # The scheduled action is woken for everybody who closes tickets.
            self.env.ref("vas_service.ir_cron_satisfaction").sudo()._trigger(moment)

    def _send_ticket_rating_mail(self, force_send=False):
        """The rules ask; the stage's own question goes only where no rule holds."""
        if self.env.context.get("vas_no_survey"):
            return None
        # Whether a ticket has a question is no secret.
        asked_sudo = self.env["vas.satisfaction.request"].sudo()
        asked = asked_sudo.search([("ticket_id", "in", self.ids)]).ticket_id
        rest = self.filtered(lambda ticket: ticket.id not in asked.ids)
        return super(HelpdeskTicket, rest)._send_ticket_rating_mail(force_send)

    def rating_apply(
        self,
        rate,
        token=None,
        rating=None,
        feedback=None,
        subtype_xmlid=None,
        notify_delay_send=False,
    ):
        """One answer per question, and none after it expired."""
        # The token is the right to answer.
        ratings_sudo = self.env["rating.rating"].sudo()
        if token and not rating:
            rating = ratings_sudo.search([("access_token", "=", token)], limit=1)
        # The customer answers without rights on questions; the token was checked.
        request_sudo = self.env["vas.satisfaction.request"].sudo()
        if rating:
            request_sudo = request_sudo.search([("rating_id", "=", rating.id)])
        if request_sudo:
            request_sudo._answer(rate, feedback)
        return super().rating_apply(
            rate,
            token=None if rating else token,
            rating=rating,
            feedback=feedback,
            subtype_xmlid=subtype_xmlid,
            notify_delay_send=notify_delay_send,
        )
