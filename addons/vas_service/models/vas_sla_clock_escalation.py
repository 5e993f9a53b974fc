from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.escalation import next_due
from ..tools.instants import naive


class VasSlaClock(models.Model):
    """The steps of its escalation that a clock takes when they are due."""

    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    def _get_escalations_done(self):
        """Return {clock id: {step id: occurrences that happened in this round}}."""
        result = defaultdict(dict)
        if not self.policy_id.escalation_plan_id:
            return result
        groups = self.env["vas.sla.escalation.log"]._read_group(
            [("clock_id", "in", self.ids)],
            ["clock_id", "step_id", "round"],
            ["occurrence:max"],
        )
        for clock, step, number, occurrence in groups:
            if number == clock.round:
                result[clock.id][step.id] = occurrence
        return result

    @api.model
    def _cron_escalate(self, limit=200):
        """Take the steps of escalations that are due, the oldest first.

        One look into an index per run. What another run or a person is working on is
        left for the next time; each batch is committed with its log, so that a run that
        is killed repeats nothing.
        """
        while True:
            now = fields.Datetime.now()
            due = Domain("next_action_at", "<=", now)
            clocks = self.with_context(active_test=False).search(
                due, order="next_action_at, id", limit=limit
            )
            locked = clocks.try_lock_for_update()
            locked._escalate(now)
            rest = self.with_context(active_test=False).search_count(due, limit=limit)
            left = self.env["ir.cron"]._commit_progress(len(locked), remaining=rest)
            if not left or not locked or not rest:
                break

    def _escalate(self, now):
        """Take every step of these clocks that is due at *now* and plan the next."""
        done = self._get_escalations_done()
        for clock in self:
            state, taken = clock._get_state_record(), done[clock.id]
            steps = clock.policy_id._get_steps(clock.target_id)
            moment = False
            while clock.active and (due := next_due(steps, state, taken)):
                if naive(due.at) > now:
                    moment = due.at
                    break
                taken[due.key] = due.occurrence
                step = self.env["vas.sla.escalation"].browse(due.key)
                step._take(clock, due.occurrence, naive(due.at), now)
                state = clock._get_state_record()
            clock.next_action_at = naive(moment)
