from odoo import fields, models

from ..tools.instants import aware


class HelpdeskTicket(models.Model):
    """The printed proof of a ticket's promises."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    def _get_report_base_filename(self):
        """Return the name of the file that customers get."""
        self.ensure_one()
        return self.number

    def _vas_get_proofs(self, names):
        """Return what the sheet says of each promise.

        :param names: for our own use: internal targets, policy and people are named.
            A customer's sheet has neither internal targets nor names of our people.
        """
        self.ensure_one()
        # The proof is the customer's right; who may read the ticket may read it.
        clocks_sudo = self.sudo().vas_clock_ids.sorted("deadline")
        if not names:
            clocks_sudo = clocks_sudo.filtered(lambda clock: clock._is_customers())
        return [clock._get_proof(names) for clock in clocks_sudo]


class VasSlaClock(models.Model):
    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    def _get_proof(self, names):
        self.ensure_one()
        now = fields.Datetime.now()
        states = dict(self._fields["state"]._description_selection(self.env))
        kinds = dict(
            self.env["vas.sla.event"]._fields["kind"]._description_selection(self.env)
        )
        words = self.env["vas.sla.event"]._duration_in_words
        state = self._get_state(now)
        used = self._get_used_seconds(now)
        return {
            "name": self.target_id.name,
            "label": states[state],
            "promise": self.target_id.display_name,
            "hours": self.calendar_id.name,
            "zone": self.calendar_id.tz,
            "deadline": self.deadline,
            "stopped_at": self.stopped_at,
            "used": self.env._(
                "%(used)s of %(promised)s",
                used=words(used),
                promised=words(self.target_seconds),
            ),
            "excluded": words(self.paused_seconds + self.solved_seconds),
            "policy": self.env._(
                "%(policy)s, version %(version)s",
                policy=self.policy_id.name,
                version=self.policy_version,
            ),
            "events": [
                {
                    "date": event.date,
                    "kind": kinds[event.kind],
                    "reason": event._get_proof_reason(names),
                    "effect": event.effect,
                    "user": event.user_id.name if names else "",
                }
                for event in self.event_ids.sorted(lambda e: (e.date, e.id))
            ],
        }

    def _get_used_seconds(self, now):
        """Return the working seconds used up to *now*."""
        self.ensure_one()
        if self.stopped_at:
            return self.elapsed_seconds
        return self._get_state_record().consumed(aware(now))


class VasSlaEvent(models.Model):
    _name = "vas.sla.event"
    _inherit = ["vas.sla.event"]

    def _get_proof_reason(self, names):
        """Return the reason as a customer may read it.

        A pause is explained in the words of its rule; names of stages and policies, and
        what an agent typed, stay inside.
        """
        self.ensure_one()
        if names:
            return self.reason or ""
        if self.kind != "pause" or not self.reason:
            return ""
        rules = self.policy_id.pause_rule_ids.filtered(
            lambda rule: self.reason.startswith(rule.reason)
        )
        return rules[:1].reason or ""
