from odoo import fields, models

PORTAL_GOAL = "vas_service.portal_goal"
PORTAL_REOPEN_DAYS = "vas_service.portal_reopen_days"


class HelpdeskTicketStage(models.Model):
    _name = "helpdesk.ticket.stage"
    _inherit = ["helpdesk.ticket.stage"]

    vas_portal_name = fields.Char(
        string="Name for customers",
        translate=True,
        help="The word customers read in the portal in place of the stage. Empty: "
        "“Closed” for closed stages, “In progress” for the others.",
    )

    def _vas_get_portal_word(self):
        self.ensure_one()
        if self.vas_portal_name:
            return self.vas_portal_name
        return self.env._("Closed") if self.closed else self.env._("In progress")


class HelpdeskTicket(models.Model):
    """What customers and providers see of a ticket in the portal."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    vas_provider_id = fields.Many2one(
        "res.partner",
        string="Service provider",
        index="btree_not_null",
        tracking=True,
        help="The company that serves this ticket; its people see it in the portal.",
    )
    vas_provider_contact_id = fields.Many2one(
        "res.partner",
        string="Provider's engineer",
        domain="[('id', 'child_of', vas_provider_id)]",
        help="Who of the provider has the task.",
    )
    # Conditions on these would find tickets by the notes customers may not read.
    message_ids = fields.One2many(groups="base.group_user")
    website_message_ids = fields.One2many(groups="base.group_user")
    vas_portal_status = fields.Char(
        string="Status for customers", compute="_compute_vas_portal_status"
    )

    def _compute_vas_portal_status(self):
        for ticket in self:
            # The stage is shown in words for customers only.
            stage_sudo = ticket.sudo().stage_id
            ticket.vas_portal_status = stage_sudo._vas_get_portal_word()

    def _vas_is_customer(self, commercial_partner):
        """Whether the ticket is of this customer or of one below it."""
        self.ensure_one()
        partner = self.partner_id
        while partner and partner != commercial_partner:
            partner = partner.parent_id
        return bool(partner)

    def _vas_is_provider(self, commercial_partner):
        self.ensure_one()
        return bool(
            self.vas_provider_id
            and self.vas_provider_id.commercial_partner_id == commercial_partner
        )

    def _vas_get_portal_promises(self):
        """Return what the portal says about each promise, in words.

        Whether the deadline is shown is a setting; internal promises are never shown.
        """
        self.ensure_one()
        # Settings and clocks are read for the customer; only words leave here.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        with_goal = parameters_sudo.get_param(PORTAL_GOAL) == "deadline"
        # As above: only words leave here.
        clocks_sudo = self.sudo().vas_clock_ids.filtered(lambda c: c._is_customers())
        now = fields.Datetime.now()
        states = dict(clocks_sudo._fields["state"]._description_selection(self.env))
        return [
            {
                "id": clock.id,
                "name": clock.target_id.name,
                "state": clock._get_state(now),
                "label": states[clock._get_state(now)],
                "deadline": clock.deadline if with_goal else False,
                "stopped_at": clock.stopped_at if with_goal else False,
                "waits": bool(clock.paused_since),
            }
            for clock in clocks_sudo.sorted("deadline")
        ]

    def _vas_get_open_question(self):
        """Return the satisfaction question of this ticket, answered or not."""
        self.ensure_one()
        # The customer's own question; they have no rights on the model.
        requests_sudo = self.env["vas.satisfaction.request"].sudo()
        return requests_sudo.search(
            [("ticket_id", "=", self.id), ("state", "in", ("sent", "answered"))],
            limit=1,
        )

    def _vas_may_reopen_in_portal(self):
        """Customers open a solved ticket again for some days (a setting)."""
        self.ensure_one()
        # A setting for all customers.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        days = int(parameters_sudo.get_param(PORTAL_REOPEN_DAYS) or 0)
        if not self.closed or not self.closed_date or self.duplicate_id or days <= 0:
            return False
        last = fields.Datetime.add(self.closed_date, days=days)
        return fields.Datetime.now() <= last
