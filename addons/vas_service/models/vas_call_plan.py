import ast

from odoo import api, fields, models
from odoo.fields import Domain


class VasCallPlan(models.Model):
    """Whom we call after a service, and when (a rule of the call list)."""

    _name = "vas.call.plan"
    _description = "Proactive Call Plan"
    _inherit = ["vas.rule.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: the plan holds in every company."
    )
    domain = fields.Char(
        string="Services",
        required=True,
        default="[]",
        help="Which closed tickets are asked about.",
    )
    model_name = fields.Char(compute="_compute_model_name")
    days_after = fields.Integer(
        string="Days after closing",
        help="The call is due so many days after the ticket was closed.",
    )
    days_back = fields.Integer(
        string="Not older than (days)",
        default=30,
        required=True,
        help="Older services are no longer asked about.",
    )
    gap_days = fields.Integer(
        string="Same customer again after (days)",
        help="A customer is not called again before; 0: after every service.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Called by",
        domain=[("share", "=", False)],
        help="Empty: whoever takes the call from the list.",
    )
    call_count = fields.Integer(compute="_compute_call_count", string="Calls")

    _days_check = models.Constraint(
        "CHECK (days_after >= 0 AND days_back > days_after AND gap_days >= 0)",
        "Days are not negative; “not older than” is more than “days after closing”.",
    )

    def _compute_model_name(self):
        self.model_name = "helpdesk.ticket"

    def _compute_call_count(self):
        counts = dict(
            self.env["vas.call"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.call_count = counts.get(plan, 0)

    @api.constrains("domain")
    def _check_domain(self):
        for plan in self:
            plan._check_domain_field("domain", "helpdesk.ticket")

    def _get_due_tickets(self, now):
        """Return the tickets whose call is due at *now* and not yet in the list."""
        self.ensure_one()
        tickets = self.env["helpdesk.ticket"]
        known = self.env["vas.call"]._search(
            # A call whose ticket is gone says nothing about other tickets.
            [("plan_id", "=", self.id), ("about_ticket_id", "!=", False)]
        )
        due = (
            Domain(ast.literal_eval(self.domain or "[]"))
            & Domain("closed", "=", True)
            & Domain("partner_id", "!=", False)
            & Domain(
                "closed_date", "<=", fields.Datetime.subtract(now, days=self.days_after)
            )
            & Domain(
                "closed_date", ">", fields.Datetime.subtract(now, days=self.days_back)
            )
            & Domain("id", "not in", known.subselect("about_ticket_id"))
        )
        if self.company_id:
            due &= Domain("company_id", "=", self.company_id.id)
        found = tickets.search(due, order="closed_date, id")
        if not self.gap_days:
            return found
        recent = self.env["vas.call"]._read_group(
            [
                ("direction", "=", "care"),
                ("state", "!=", "cancelled"),
                ("commercial_partner_id", "in", found.commercial_partner_id.ids),
                ("date", ">", fields.Datetime.subtract(now, days=self.gap_days)),
            ],
            ["commercial_partner_id"],
        )
        seen = {partner.id for (partner,) in recent}
        chosen = tickets.browse()
        for ticket in found:
            if ticket.commercial_partner_id.id not in seen:
                seen.add(ticket.commercial_partner_id.id)
                chosen |= ticket
        return chosen

    def _plan(self, now=None):
        """Put the due calls into the list; again: nothing is doubled."""
        now = now or fields.Datetime.now()
        calls = self.env["vas.call"]
        # Plan by plan: whom one plan has called, the next leaves in peace.
        for plan in self:
            calls |= calls.create(
                [
                    {
                        "direction": "care",
                        "state": "planned",
                        "company_id": ticket.company_id.id,
                        "partner_id": ticket.partner_id.id,
                        "number": ticket.partner_id.phone
                        or ticket.commercial_partner_id.phone,
                        "plan_id": plan.id,
                        "about_ticket_id": ticket.id,
                        "user_id": plan.user_id.id,
                        "date": now,
                        "subject": self.env._(
                            "How was our service? %(ticket)s", ticket=ticket.name
                        ),
                    }
                    for ticket in plan._get_due_tickets(now)
                ]
            )
        return calls

    @api.model
    def _cron_plan(self):
        # No two runs at a time: a plan that another run holds is passed over.
        self.search([("active", "=", True)]).try_lock_for_update()._plan()

    def action_plan(self):
        self._plan()
        return self.action_view_calls()

    def action_view_calls(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_call_action_care"
        )
        return dict(action, domain=[("plan_id", "=", self.id)], context={})
