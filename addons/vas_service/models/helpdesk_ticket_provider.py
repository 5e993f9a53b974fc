from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """A service company is told of the tickets that become its own, once each."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    vas_provider_told_id = fields.Many2one(
        "res.partner",
        string="Service company told",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="Which service company was told last that this ticket is its own.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._vas_tell_provider()
        return tickets

    def write(self, vals):
        if "vas_provider_id" not in vals or self._vas_is_replayed():
            return super().write(vals)
        before = {ticket: ticket.vas_provider_id for ticket in self}
        result = super().write(vals)
        moved = self.filtered(lambda ticket: ticket.vas_provider_id != before[ticket])
        moved._vas_leave_provider(before, "vas_provider_contact_id" in vals)
        moved._vas_tell_provider()
        return result

    def _vas_leave_provider(self, before, has_contact):
        """A former service company no longer has the ticket: nobody of it does the
        work, and nobody of it follows, because followers see the ticket."""
        # Whoever gives a ticket away need not read the people of service companies.
        tickets_sudo = self.sudo()
        if not has_contact:
            tickets_sudo.filtered(
                "vas_provider_contact_id"
            ).vas_provider_contact_id = False
        # As above.
        former_sudo = self.env["res.partner"].sudo()
        former_sudo = former_sudo.union(*(before[ticket] for ticket in self))
        people = former_sudo._vas_get_people_of()
        for provider, tickets in tickets_sudo.grouped(
            lambda ticket: before[ticket]
        ).items():
            stay = tickets.partner_id.commercial_partner_id
            leave = people.get(provider, former_sudo.browse())
            tickets.message_unsubscribe(
                partner_ids=leave.filtered(
                    lambda person, stay=stay: person.commercial_partner_id not in stay
                ).ids
            )

    def _vas_tell_provider(self):
        """Send the message of the company to the people of the service company.

        Nobody is told of what they gave themselves, of what is closed, of what an
        import brings, and of the same ticket twice.
        """
        if self._vas_is_replayed() or self._vas_is_backdated():
            return
        # Whoever gives a ticket need not read the people of service companies.
        tickets_sudo = self.sudo().filtered(
            lambda ticket: (
                ticket.vas_provider_id
                and ticket.vas_provider_id != ticket.vas_provider_told_id
                and not ticket.closed
                and ticket.company_id.vas_tells_provider
            )
        )
        if not tickets_sudo:
            return
        people = tickets_sudo.vas_provider_id._vas_get_people_of()
        giver = self.env.user.commercial_partner_id
        silent = {}
        for (company, provider), tickets in tickets_sudo.grouped(
            lambda ticket: (ticket.company_id, ticket.vas_provider_id)
        ).items():
            tickets.vas_provider_told_id = provider
            if giver == provider.commercial_partner_id:
                continue
            told = people.get(provider, provider.browse()) or provider
            told = told.filtered("email")
            template = company._get_vas_provider_template()
            if not told or not template:
                silent.update(dict.fromkeys(tickets, provider))
                continue
            template.send_mail_batch(
                tickets.ids,
                email_values={
                    "recipient_ids": [fields.Command.set(told.ids)],
                    "email_to": False,
                },
                email_layout_xmlid="mail.mail_notification_light",
            )
        if silent:
            tickets_sudo.browse([ticket.id for ticket in silent])._message_log_batch(
                bodies={
                    ticket.id: self.env._(
                        "%(provider)s was not told: nobody of it has an e-mail "
                        "address, or the message is missing.",
                        provider=provider.name,
                    )
                    for ticket, provider in silent.items()
                }
            )


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner"]

    def _vas_get_people_of(self):
        """Return {company: its people with a portal account}; one query for all."""
        people = self.search(
            [("id", "child_of", self.ids), ("user_ids.active", "=", True)]
        )
        found = dict.fromkeys(self, self.browse())
        for person in people:
            above = person
            while above:
                if above in found:
                    found[above] |= person
                above = above.parent_id
        return found
