from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.similarity import likeness

SIMILAR_DAYS = "vas_service.similar_days"
SIMILAR_PERCENT = "vas_service.similar_percent"


class HelpdeskTicket(models.Model):
    """What the service desk does with tickets: take, solve, pause, compare, merge."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "vas.lock.mixin"]

    vas_knowledge_id = fields.Many2one(
        "vas.knowledge",
        string="Knowledge option",
        index="btree_not_null",
        check_company=True,
        groups="base.group_user",
        help="What the customer wants; choosing it fills the ticket.",
    )
    vas_call_id = fields.Many2one(
        "vas.call",
        string="Came by call",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
    )
    vas_similar_ids = fields.Many2many(
        "helpdesk.ticket",
        compute="_compute_vas_similar_ids",
        string="Similar open tickets",
        groups="base.group_user",
    )
    vas_similar_count = fields.Integer(
        compute="_compute_vas_similar_ids", groups="base.group_user"
    )
    vas_waiting_on = fields.Selection(
        [("us", "Us"), ("customer", "Customer"), ("nobody", "Nobody")],
        string="Waiting on",
        compute="_compute_vas_waiting_on",
        groups="base.group_user",
        help="Who wrote last: if the customer did, they wait for us.",
    )
    vas_last_message_date = fields.Datetime(
        string="Last message",
        compute="_compute_vas_waiting_on",
        groups="base.group_user",
    )
    vas_resume_at = fields.Datetime(
        string="Resumes on",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="When a pause ends by itself.",
    )
    vas_resume_stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        string="Resumes in stage",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    vas_can_pause = fields.Boolean(
        compute="_compute_vas_can_pause", groups="base.group_user"
    )

    # ------------------------------------------------------------------
    # Urgency in SQL: columns of the board count what the filters find
    # ------------------------------------------------------------------

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr == "vas_sla_state":
            return self._vas_sla_state_sql(alias)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _vas_sla_state_sql(self, alias):
        """The most urgent state of a ticket's clocks now; the SQL twin of the compute.

        It lets lists group and boards count by a state that no column can hold.
        """
        clocks = self.env["vas.sla.clock"]
        clocks.flush_model(
            [
                "ticket_id",
                "active",
                "outcome",
                "paused_since",
                "paused_late",
                "deadline",
                "at_risk_from",
                "audience",
            ]
        )
        now = fields.Datetime.now()
        order = list(self._vas_states_by_urgency())
        return SQL(
            """(SELECT clock.state FROM (
                SELECT CASE
                    WHEN outcome <> 'open' THEN outcome
                    WHEN paused_since IS NOT NULL
                        THEN CASE WHEN paused_late THEN 'breached' ELSE 'paused' END
                    WHEN deadline < %(now)s THEN 'breached'
                    WHEN at_risk_from <= %(now)s THEN 'at_risk'
                    ELSE 'running' END AS state
                FROM vas_sla_clock
                WHERE ticket_id = %(ticket)s AND active IS TRUE%(audience)s
            ) AS clock
            ORDER BY array_position(%(order)s::varchar[], clock.state) LIMIT 1)""",
            now=now,
            ticket=SQL.identifier(alias, "id"),
            order=order,
            # Internal targets are none of the customers' business.
            audience=SQL(" AND audience = 'customer'")
            if self.env.user.share
            else SQL(),
        )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("partner_id", "name", "stage_id", "category_id")
    def _compute_vas_similar_ids(self):
        """Other open tickets of the customer that read alike.

        Alike: the same category or enough common words in the title. How many days
        back and how much in common are settings.
        """
        # Settings that hold for every agent.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        days = int(parameters_sudo.get_param(SIMILAR_DAYS) or 0)
        share = float(parameters_sudo.get_param(SIMILAR_PERCENT) or 100) / 100
        since = fields.Datetime.subtract(fields.Datetime.now(), days=days)
        customers = self.filtered(lambda t: not t.closed).commercial_partner_id
        found = self.search_fetch(
            [
                ("commercial_partner_id", "in", customers.ids),
                ("closed", "=", False),
                ("create_date", ">=", since),
            ],
            ["name", "category_id", "commercial_partner_id"],
            order="create_date desc, id desc",
        )
        by_customer = found.grouped("commercial_partner_id")
        for ticket in self:
            others = self.browse()
            if not ticket.closed and ticket.commercial_partner_id:
                others = by_customer.get(ticket.commercial_partner_id, others)
            similar = others.filtered(
                lambda other, ticket=ticket: (
                    other != ticket._origin
                    and (
                        (ticket.category_id and other.category_id == ticket.category_id)
                        or likeness(other.name, ticket.name) >= share
                    )
                )
            )
            ticket.vas_similar_ids = similar
            ticket.vas_similar_count = len(similar)

    def _compute_vas_waiting_on(self):
        # Who wrote last may be seen by everybody who sees the ticket.
        messages_sudo = self.env["mail.message"].sudo()
        last = dict(
            messages_sudo._read_group(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("message_type", "in", ("comment", "email", "email_outgoing")),
                    ("subtype_id.internal", "=", False),
                    ("subtype_id", "!=", False),
                ],
                ["res_id"],
                ["id:max"],
            )
        )
        found = messages_sudo.browse(last.values())
        by_ticket = {message.res_id: message for message in found}
        for ticket in self:
            message = by_ticket.get(ticket._origin.id)
            ticket.vas_last_message_date = message.date if message else False
            if ticket.closed:
                ticket.vas_waiting_on = "nobody"
            elif message and any(not user.share for user in message.author_id.user_ids):
                ticket.vas_waiting_on = "customer"
            else:
                ticket.vas_waiting_on = "us"

    @api.depends("vas_policy_id", "stage_id")
    def _compute_vas_can_pause(self):
        for ticket in self:
            # Whether a stage pauses is a rule that agents do not read.
            pauses = ticket.sudo().vas_policy_id.pause_rule_ids.stage_id
            ticket.vas_can_pause = bool(
                pauses and not ticket.closed and ticket.stage_id not in pauses
            )

    @api.onchange("vas_knowledge_id")
    def _onchange_vas_knowledge_id(self):
        if self.vas_knowledge_id:
            self.update(self.vas_knowledge_id._prepare_ticket())

    # ------------------------------------------------------------------
    # Take and solve
    # ------------------------------------------------------------------

    def action_vas_take(self):
        """Take this ticket. Two agents at once: the second one is told who has it."""
        self.ensure_one()
        self._lock_or_refuse()
        self.invalidate_recordset(["user_id"])
        if self.user_id and self.user_id != self.env.user:
            raise UserError(
                self.env._(
                    "%(user)s has just taken ticket %(ticket)s.",
                    user=self.user_id.name,
                    ticket=self.display_name,
                )
            )
        if not self.user_id:
            self.assign_to_me()

    @api.model
    def _vas_next_domain(self):
        """Which tickets somebody may take: open, nobody's, of my teams or of none."""
        teams = self.env.user.helpdesk_team_ids
        return (
            Domain("closed", "=", False)
            & Domain("user_id", "=", False)
            & (Domain("team_id", "=", False) | Domain("team_id", "in", teams.ids))
        )

    @api.model
    def _vas_queue_order(self):
        """Return in which order waiting tickets are taken."""
        return "vas_next_deadline, priority desc, id"

    @api.model
    def action_vas_take_next(self):
        """Take the most urgent unassigned ticket and open it.

        Agents who press at the same moment get different tickets: rows that another
        transaction holds are passed over.
        """
        order = self._vas_queue_order()
        waiting = self.search(self._vas_next_domain(), order=order, limit=20)
        for ticket in waiting:
            mine = ticket.try_lock_for_update()
            if not mine:
                continue
            mine.invalidate_recordset(["user_id", "stage_id"])
            if mine.user_id or mine.closed:
                continue
            mine.assign_to_me()
            return {
                "type": "ir.actions.act_window",
                "res_model": self._name,
                "res_id": mine.id,
                "views": [(False, "form")],
            }
        next_due = self.search(
            [("closed", "=", False), ("vas_next_deadline", "!=", False)],
            order="vas_next_deadline",
            limit=1,
        )
        message = self.env._("No ticket waits to be taken.")
        if next_due:
            moment = fields.Datetime.context_timestamp(self, next_due.vas_next_deadline)
            message = self.env._(
                "No ticket waits to be taken. Next promise: %(date)s.",
                date=moment.strftime("%Y-%m-%d %H:%M"),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": message},
        }

    def _vas_solved_stage(self):
        """Return the first stage of the team that closes a ticket with a result."""
        self.ensure_one()
        stages = self.team_id._get_applicable_stages()
        solved = stages.filtered(lambda stage: stage.closed and not stage.vas_withdraws)
        if not solved:
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s cannot be solved: the team has no closed stage. "
                    "Add one under Helpdesk → Configuration → Stages.",
                    ticket=self.display_name,
                )
            )
        return solved[0]

    def action_vas_solve(self):
        """Close as solved (TKT-03)."""
        self._lock_or_refuse()
        for ticket in self.filtered(lambda t: not t.closed):
            ticket.stage_id = ticket._vas_solved_stage()

    def action_vas_reopen(self):
        """Open again in the first stage of the team that is not closed."""
        self._lock_or_refuse()
        for ticket in self.filtered("closed"):
            stages = ticket.team_id._get_applicable_stages()
            ticket.write(
                {
                    "stage_id": stages.filtered(lambda s: not s.closed)[:1].id,
                    "closed_date": False,
                }
            )

    # ------------------------------------------------------------------
    # Pause with a reason and a date
    # ------------------------------------------------------------------

    def _vas_pause(self, stage, reason, resume_at=False):
        """Move to a stage that pauses, and say why in the history of the promise."""
        self.ensure_one()
        self._lock_or_refuse()
        before = self.stage_id
        self.with_context(vas_pause_reason=reason).stage_id = stage
        self.write({"vas_resume_at": resume_at, "vas_resume_stage_id": before.id})
        self.message_post(
            body=self.env._(
                "Paused (%(stage)s): %(reason)s", stage=stage.name, reason=reason
            ),
            subtype_xmlid="mail.mt_note",
        )

    def action_vas_resume(self):
        """Go on before the date."""
        self._lock_or_refuse()
        self._vas_resume()

    def _vas_resume(self):
        for ticket in self:
            back = ticket.vas_resume_stage_id
            if back and not ticket.closed:
                ticket.stage_id = back
        self.write({"vas_resume_at": False, "vas_resume_stage_id": False})

    def write(self, vals):
        # Whoever moves a paused ticket by hand has ended or changed the pause.
        if "stage_id" in vals and "vas_resume_stage_id" not in vals:
            # Where a pause goes on is kept by the desk, not by who moves the ticket.
            moved_sudo = self.sudo().filtered(
                lambda ticket: (
                    ticket.vas_resume_stage_id
                    and ticket.stage_id.id != vals["stage_id"]
                )
            )
            result = super().write(vals)
            moved_sudo.write({"vas_resume_at": False, "vas_resume_stage_id": False})
            return result
        return super().write(vals)

    @api.model
    def _cron_vas_resume(self):
        """End the pauses whose date has come; the rest waits for the next run."""
        due = Domain("vas_resume_at", "<=", fields.Datetime.now())
        found = self.search(due, order="vas_resume_at, id", limit=100)
        remaining = self.search_count(due)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for ticket in found:
            mine = ticket.try_lock_for_update()
            if mine:
                mine._vas_resume()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_vas_pause(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pause"),
            "res_model": "vas.ticket.pause",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }

    def action_vas_view_similar(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_vas"
        )
        return dict(
            action,
            domain=[("id", "in", self.vas_similar_ids.ids)],
            context={},
            display_name=self.env._("Similar open tickets"),
        )

    def action_vas_merge(self):
        """Merge the selected tickets, or this one with those that read alike."""
        tickets = self if len(self) > 1 else self | self.vas_similar_ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge tickets"),
            "res_model": "vas.ticket.merge",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_ticket_ids": [fields.Command.set(tickets.ids)]},
        }

    def action_vas_attach_call(self):
        """From the list on a call: this call is about this ticket."""
        self.ensure_one()
        call = self.env["vas.call"].browse(self.env.context.get("vas_call_id"))
        return call.exists()._attach_to(self)
