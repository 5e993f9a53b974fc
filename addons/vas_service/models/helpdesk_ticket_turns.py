from psycopg2.errors import LockNotAvailable

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger


class HelpdeskTicket(models.Model):
    """Two people at one ticket: the first one wins, the other is told who it was."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    def _lock_or_refuse(self):
        """Wait a moment for whoever works on the ticket, then refuse.

        When the other one is done, the database asks for this press to be tried again;
        it then sees what the other one did and can name them.
        """
        if self.ids:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                    self.env.cr.execute("SET LOCAL lock_timeout = '3s'")
                    self.env.cr.execute(
                        SQL(
                            "SELECT id FROM helpdesk_ticket WHERE id IN %s "
                            "ORDER BY id FOR UPDATE",
                            tuple(self.ids),
                        )
                    )
                    self.env.cr.execute("SET LOCAL lock_timeout = DEFAULT")
            except LockNotAvailable:
                # Somebody takes long: the refusal names the ticket.
                return super()._lock_or_refuse()
        return super()._lock_or_refuse()

    def action_vas_solve(self):
        self._lock_or_refuse()
        done = self.filtered("closed")
        result = super().action_vas_solve()
        if not done or done != self:
            return result
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "%(ticket)s is closed already, by %(user)s.",
                    ticket=done[0].display_name,
                    user=done[0].write_uid.name,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _vas_pause(self, stage, reason, resume_at=False):
        self._lock_or_refuse()
        if self.closed or self.stage_id == stage:
            raise UserError(
                self.env._(
                    "%(ticket)s is in stage “%(stage)s” already, by %(user)s. Reload "
                    "the page.",
                    ticket=self.display_name,
                    stage=self.stage_id.name,
                    user=self.write_uid.name,
                )
            )
        return super()._vas_pause(stage, reason, resume_at)
