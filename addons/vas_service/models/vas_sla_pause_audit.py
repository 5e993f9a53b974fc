from odoo import fields, models
from odoo.tools import SQL


class VasSlaPauseAudit(models.Model):
    """Every pause of every promise: who paused, how long, and whether the customer
    wrote while the clock stood still (which is when a pause should have ended)."""

    _name = "vas.sla.pause.audit"
    _description = "Pause Audit"
    _auto = False
    _order = "paused_at desc, id desc"
    _rec_name = "ticket_id"

    clock_id = fields.Many2one("vas.sla.clock", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    policy_id = fields.Many2one("vas.sla.policy", readonly=True)
    target_id = fields.Many2one("vas.sla.target", string="Promise", readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    paused_by_id = fields.Many2one("res.users", string="Paused by", readonly=True)
    resumed_by_id = fields.Many2one("res.users", string="Resumed by", readonly=True)
    reason = fields.Char(readonly=True)
    paused_at = fields.Datetime(string="Paused on", readonly=True)
    resumed_at = fields.Datetime(string="Resumed on", readonly=True)
    lasts = fields.Boolean(string="Still paused", readonly=True)
    hours = fields.Float(
        string="Pause (h)", readonly=True, help="By the clock on the wall."
    )
    working_hours = fields.Float(
        string="Not counted (h)",
        readonly=True,
        help="Working time that the pause took out of the promise.",
    )
    after_breach = fields.Boolean(string="Paused after the breach", readonly=True)
    answered = fields.Boolean(
        string="Customer wrote meanwhile",
        readonly=True,
        help="The customer answered while the promise was paused.",
    )
    answered_at = fields.Datetime(string="Customer wrote on", readonly=True)
    unheard_hours = fields.Float(
        string="Unheard (h)",
        readonly=True,
        help="From the customer's message until the pause ended.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT
                pause.id,
                pause.clock_id,
                clock.ticket_id,
                clock.company_id,
                clock.policy_id,
                clock.target_id,
                clock.team_id,
                clock.user_id,
                clock.partner_id,
                pause.user_id AS paused_by_id,
                resume.user_id AS resumed_by_id,
                COALESCE(known.reason, pause.reason) AS reason,
                pause.date AS paused_at,
                resume.date AS resumed_at,
                resume.id IS NULL AND clock.paused_since IS NOT NULL AS lasts,
                EXTRACT(EPOCH FROM COALESCE(resume.date, %(now)s) - pause.date) / 3600
                    AS hours,
                COALESCE(resume.seconds, 0) / 3600 AS working_hours,
                pause.date > pause.deadline_before AS after_breach,
                answer.date IS NOT NULL AS answered,
                answer.date AS answered_at,
                EXTRACT(EPOCH FROM COALESCE(resume.date, %(now)s) - answer.date) / 3600
                    AS unheard_hours
            FROM vas_sla_event AS pause
            JOIN vas_sla_clock AS clock ON clock.id = pause.clock_id
            LEFT JOIN LATERAL (
                -- What a rule gave as the reason is read in the reader's language.
                SELECT COALESCE(rule.reason->>%(lang)s, pause.reason) AS reason
                FROM (
                    SELECT own.reason FROM vas_sla_pause_rule AS own
                    WHERE own.policy_id = pause.policy_id
                    UNION ALL
                    SELECT line.reason FROM vas_incident_profile_state AS line
                    WHERE line.profile_id = clock.incident_profile_id
                ) AS rule
                WHERE pause.reason IN (
                    SELECT words.value FROM jsonb_each_text(rule.reason) AS words
                )
                LIMIT 1
            ) AS known ON TRUE
            LEFT JOIN LATERAL (
                SELECT later.id, later.user_id, later.date, later.seconds
                FROM vas_sla_event AS later
                WHERE later.clock_id = pause.clock_id
                    AND later.kind IN ('resume', 'stop', 'withdraw')
                    AND (later.date, later.id) > (pause.date, pause.id)
                ORDER BY later.date, later.id LIMIT 1
            ) AS resume ON TRUE
            LEFT JOIN LATERAL (
                SELECT message.date
                FROM mail_message AS message
                JOIN mail_message_subtype AS subtype
                    ON subtype.id = message.subtype_id AND subtype.internal IS NOT TRUE
                LEFT JOIN res_users AS author
                    ON author.partner_id = message.author_id
                    AND author.share IS NOT TRUE
                WHERE message.model = clock.res_model
                    AND message.res_id = clock.res_id
                    AND message.message_type IN ('comment', 'email')
                    AND author.id IS NULL
                    AND message.date > pause.date
                    AND (resume.date IS NULL OR message.date <= resume.date)
                ORDER BY message.date LIMIT 1
            ) AS answer ON TRUE
            WHERE pause.kind = 'pause'
            """,
            now=fields.Datetime.now(),
            lang=self.env.lang or "en_US",
        )

    _depends = {  # noqa: RUF012
        "vas.sla.event": ["clock_id", "kind", "date", "user_id", "reason", "seconds"],
        "vas.sla.clock": [
            "ticket_id",
            "policy_id",
            "target_id",
            "team_id",
            "user_id",
            "partner_id",
            "paused_since",
        ],
        "vas.sla.pause.rule": ["policy_id", "reason"],
        "vas.incident.profile.state": ["profile_id", "reason"],
        "mail.message": ["model", "res_id", "date", "author_id", "message_type"],
    }

    def action_open_ticket(self):
        """Open the document whose promise was paused; not only tickets have one."""
        self.ensure_one()
        return self.clock_id.action_open_record()
