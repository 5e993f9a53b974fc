import ast

from odoo import api, fields, models
from odoo.fields import Domain


class VasSatisfactionRule(models.Model):
    """When customers are asked how satisfied they are, how often, and what follows."""

    _name = "vas.satisfaction.rule"
    _description = "Satisfaction Rule"
    _inherit = ["vas.rule.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="The first rule that fits a ticket holds."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: the rule holds in every company."
    )
    model_name = fields.Char(compute="_compute_model_name")
    domain = fields.Char(
        string="Tickets",
        required=True,
        default="[]",
        help="Which tickets are asked about. They are asked about once they are "
        "closed with a result.",
    )
    template_id = fields.Many2one(
        "mail.template",
        string="Question",
        required=True,
        domain=[("model", "=", "helpdesk.ticket")],
        ondelete="restrict",
    )
    delay_hours = fields.Integer(
        string="Ask after (hours)", help="After the ticket was closed; 0: at once."
    )
    throttle_days = fields.Integer(
        string="Same person again after (days)",
        help="Whoever was asked is left in peace for so long; 0: asked every time.",
    )
    reminder_days = fields.Integer(
        string="Remind after (days)", help="0: no reminder. One reminder at most."
    )
    expiry_days = fields.Integer(
        string="Expires after (days)",
        required=True,
        default=14,
        help="Later answers are not taken.",
    )
    low_score = fields.Selection(
        [("0", "Never"), ("1", "Dissatisfied"), ("3", "Satisfied or worse")],
        string="Recover from",
        required=True,
        default="1",
        help="Such an answer opens a ticket to win the customer back.",
    )
    recovery_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        string="Recovery team",
        check_company=True,
        help="Empty: the team of the ticket.",
    )
    recovery_priority = fields.Selection(
        selection=lambda self: (
            self.env["helpdesk.ticket"]
            ._fields["priority"]
            ._description_selection(self.env)
        ),
    )
    request_count = fields.Integer(compute="_compute_request_count", string="Questions")

    _days_check = models.Constraint(
        "CHECK (delay_hours >= 0 AND throttle_days >= 0 AND reminder_days >= 0 "
        "AND expiry_days > reminder_days)",
        "Days are not negative, and the question expires after the reminder.",
    )

    def _compute_model_name(self):
        self.model_name = "helpdesk.ticket"

    def _compute_request_count(self):
        counts = dict(
            self.env["vas.satisfaction.request"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.request_count = counts.get(rule, 0)

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            rule._check_domain_field("domain", "helpdesk.ticket")

    @api.model
    def _match(self, tickets):
        """Return {ticket: first rule that fits, or none}; one query per rule."""
        rules = self.search([("active", "=", True)])
        result = dict.fromkeys(tickets, self.browse())
        left = tickets
        for rule in rules:
            if not left:
                break
            domain = Domain(ast.literal_eval(rule.domain or "[]")) & Domain(
                "id", "in", left.ids
            )
            if rule.company_id:
                domain &= Domain("company_id", "=", rule.company_id.id)
            fitting = tickets.search(domain)
            result.update(dict.fromkeys(fitting, rule))
            left -= fitting
        return result

    def action_view_requests(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_satisfaction_request_action"
        )
        return dict(action, domain=[("rule_id", "=", self.id)], context={})
