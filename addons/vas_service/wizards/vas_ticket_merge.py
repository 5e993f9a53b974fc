from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class VasTicketMerge(models.TransientModel):
    """Make one ticket of several that are about the same matter."""

    _name = "vas.ticket.merge"
    _description = "Merge Tickets"

    ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Tickets",
        required=True,
        domain=[("closed", "=", False)],
    )
    target_id = fields.Many2one(
        "helpdesk.ticket",
        string="Keep",
        compute="_compute_target_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', ticket_ids)]",
        help="Messages, files and activities of the others move here. Its promises "
        "go on; those of the others are withdrawn.",
    )

    @api.depends("ticket_ids")
    def _compute_target_id(self):
        """Propose the oldest one: the customer has waited since then."""
        for wizard in self:
            if wizard.target_id not in wizard.ticket_ids:
                wizard.target_id = wizard.ticket_ids._origin.sorted("create_date")[:1]

    def action_merge(self):
        self.ensure_one()
        target, sources = self.target_id, self.ticket_ids - self.target_id
        self._check(target, sources)
        (target | sources)._lock_or_refuse()
        target._vas_absorb(sources)
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": target.id,
            "views": [(False, "form")],
        }

    def _check(self, target, sources):
        if not target or not sources:
            raise UserError(
                self.env._("Choose at least two tickets, and which one is kept.")
            )
        merged = (target | sources).filtered("duplicate_id")
        if merged:
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s was merged before.",
                    ticket=merged[0].display_name,
                )
            )
        if len((target | sources).company_id) > 1:
            raise UserError(
                self.env._("Tickets of different companies cannot be merged.")
            )
        customers = (target | sources).commercial_partner_id
        if len(customers) > 1:
            raise UserError(
                self.env._(
                    "Tickets of different customers cannot be merged: %(customers)s.",
                    customers=self.env._(", ").join(customers.mapped("name")),
                )
            )
        (target | sources).check_access("write")


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    def _vas_absorb(self, sources):
        """Take over messages, files, activities, followers and calls of *sources*.

        The sources stay as duplicates without a result: their promises are withdrawn
        and count in no report. From when the promise of this ticket counts is a
        setting of the clocks.
        """
        self.ensure_one()
        numbers = self.env._(", ").join(sources.mapped("number"))
        follow = sources.message_partner_ids
        # Moving the trail touches records the agent could not write one by one.
        sources_sudo = sources.sudo()
        messages_sudo = sources_sudo.message_ids.filtered(
            lambda message: (
                message.message_type in ("comment", "email", "email_outgoing")
            )
        )
        messages_sudo.write({"res_id": self.id})
        # What hangs on the tickets moves with them, whoever may open it.
        self.env["ir.attachment"].sudo().search(
            [("res_model", "=", self._name), ("res_id", "in", sources.ids)]
        ).write({"res_id": self.id})
        sources_sudo.activity_ids.write({"res_id": self.id})
        # As the attachments.
        self.env["vas.call"].sudo().search([("ticket_id", "in", sources.ids)]).write(
            {"ticket_id": self.id}
        )
        self.message_subscribe(partner_ids=follow.ids)
        self.write({"tag_ids": [Command.link(tag.id) for tag in sources.tag_ids]})
        priority = max((self | sources).mapped(lambda t: t.priority or "0"))
        if priority != (self.priority or "0"):
            self.priority = priority
        self.message_post(
            body=self.env._("Merged into this ticket: %(tickets)s", tickets=numbers),
            subtype_xmlid="mail.mt_note",
        )
        sources._vas_sla_merge(self)
        sources._vas_sla_merge(self)
        sources.write({"duplicate_id": self.id})
        for source in sources:
            source.message_post(
                body=self.env._(
                    "Merged into ticket %(ticket)s.", ticket=self.display_name
                ),
                subtype_xmlid="mail.mt_note",
            )
        by_stage = sources.grouped(lambda source: source._vas_duplicate_stage())
        for stage, members in by_stage.items():
            # No satisfaction survey and no closing mail for a ticket that lives on.
            members.with_context(tracking_disable=True, vas_no_survey=True).write(
                {"stage_id": stage.id}
            )

    def _vas_duplicate_stage(self):
        """Where merged tickets go: the company's stage, else one without a result."""
        self.ensure_one()
        stage = self.company_id.helpdesk_mgmt_duplicate_ticket_stage_id
        if stage:
            return stage
        stages = self.team_id._get_applicable_stages()
        stage = stages.filtered(lambda s: s.closed and s.vas_withdraws)[:1]
        if not stage:
            raise UserError(
                self.env._(
                    "Merged tickets need a closed stage that withdraws promises. Mark "
                    "one under Helpdesk → Configuration → Stages.",
                )
            )
        return stage
