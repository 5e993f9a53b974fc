from odoo import api, models

from ..tools.instants import aware, naive
from ..tools.odometer import NoWorkingTimeError


class VasSlaClock(models.Model):
    """A running clock changes: it pauses, ends, gets another promise, is withdrawn.

    Each change is made by the pure state and written with its lines of the ledger.
    """

    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    def _move(self, operation, at, reasons=None, moments=None):
        """Pause, resume, stop or reopen clocks.

        :param operation: name of a method of ClockState, also the kind of the event
        :param at: when it happened (naive UTC)
        :param reasons: {clock: reason}
        :param moments: {clock: when it happened}, where it was not *at*
        :return: the clocks that moved
        """
        reasons, moments = reasons or {}, moments or {}
        moved, events, changes = self.browse(), [], []
        for clock in self:
            state = clock._get_state_record()
            try:
                steps = state.move(operation, aware(moments.get(clock, at)))
            except NoWorkingTimeError as error:
                raise clock.calendar_id._vas_no_working_time() from error
            if not steps:
                continue
            reason = reasons.get(clock) or ""
            values = self._prepare_state(state, clock.target_id)
            values["pause_reason"] = reason if state.paused_since else False
            changes.append((clock, values, state))
            moved |= clock
            events += [
                dict(self._prepare_event(step, reason), clock_id=clock.id)
                for step in steps
            ]
        done = moved._get_escalations_done()
        for clock, values, state in changes:
            values["next_action_at"] = clock.policy_id._get_next_action_at(
                clock.target_id, state, done[clock.id]
            )
            clock.write(clock._get_changed(values))
        moved._log(events)
        return moved

    def _get_changed(self, values):
        """Return those of *values* that are not there already."""
        result = {}
        for name, value in values.items():
            present = self[name]
            if isinstance(present, models.BaseModel):
                present = present.id
            if (present or False) != (value or False):
                result[name] = value
        return result

    def _retarget(self, changes, at, rule=None):
        """Give clocks another promise, in the present rules of its working hours.

        :param changes: {clock: (policy, target, calendar[, start])}; a start that is
            given replaces that of the clock
        :param rule: how consumed time counts; that of the new policy by default
        """
        if not changes:
            return
        clocks = self.browse([clock.id for clock in changes])
        self.env["vas.sla.policy.version"]._ensure(
            self.env["vas.sla.policy"].browse(
                {policy.id for policy, *_rest in changes.values()}
            )
        )
        versions = self.env["vas.calendar.version"]._get_current(
            self.env["resource.calendar"].browse(
                {change[2].id for change in changes.values() if change[2]}
            )
        )
        events, done = [], clocks._get_escalations_done()
        for clock, state, change, before in clocks._retargeted(changes, at, rule):
            policy, target, calendar = change[:3]
            applied = rule or policy.change_rule
            restarted = applied == "restart"
            revived = not clock.active
            version = versions.get(calendar, clock.calendar_version_id.browse())
            same = clock.policy_id == policy and clock.policy_version == policy.version
            values = {
                **self._prepare_promise(policy, target, state),
                **self._prepare_state(state, target),
                "calendar_id": calendar.id,
                "calendar_version_id": version.id,
                "active": True,
                "round": clock.round + 1 if restarted else clock.round,
                "next_action_at": policy._get_next_action_at(
                    target, state, {} if restarted else done[clock.id]
                ),
            }
            clock.write(clock._get_changed(values))
            kind = "calendar" if same else "policy"
            events.append(
                {
                    "clock_id": clock.id,
                    "kind": "restore" if revived else kind,
                    "date": at,
                    "reason": calendar.name if kind == "calendar" else policy.name,
                    "rule": applied,
                    "deadline_before": before,
                    "deadline_after": clock.deadline,
                }
            )
        clocks._log(events)

    def _retargeted(self, changes, at, rule=None):
        """Yield (clock, new pure state, change, deadline before); nothing is written.

        The same computation serves the change itself and its preview.
        """
        spans = self._get_interruptions()
        for clock in self:
            policy, target, calendar, *start = changes[clock]
            state, before = clock._get_state_record(), clock.deadline
            if start and start[0]:
                state.start = aware(start[0])
            try:
                promise = target._get_promise(calendar)
                if not state.retarget(
                    promise, aware(at), rule or policy.change_rule, spans[clock.id]
                ):
                    continue
            except NoWorkingTimeError as error:
                raise calendar._vas_no_working_time() from error
            yield clock, state, changes[clock], before

    def _start_earlier(self, others, at):
        """Let these clocks count from the earliest start of *others* of their kind."""
        events, done = [], self._get_escalations_done()
        spans = self._get_interruptions()
        for clock in self:
            starts = [o.start for o in others if o.key == clock.key]
            if not starts or min(starts) >= clock.start:
                continue
            state, before = clock._get_state_record(), clock.deadline
            state.start = aware(min(starts))
            state.retarget(state.promise, aware(at), "retroactive", spans[clock.id])
            values = self._prepare_state(state, clock.target_id)
            values["next_action_at"] = clock.policy_id._get_next_action_at(
                clock.target_id, state, done[clock.id]
            )
            clock.write(clock._get_changed(values))
            events.append(
                {
                    "clock_id": clock.id,
                    "kind": "merge",
                    "date": at,
                    "rule": "retroactive",
                    "deadline_before": before,
                    "deadline_after": clock.deadline,
                }
            )
        self._log(events)

    def _withdraw(self, at, reason=""):
        """Take the promise back: it is no longer due and counts in no report."""
        if not self:
            return
        self.write({"active": False, "next_action_at": False})
        self._log(
            [
                {
                    "clock_id": clock.id,
                    "kind": "withdraw",
                    "date": at,
                    "reason": reason,
                }
                for clock in self
            ]
        )

    @api.model
    def _prepare_event(self, step, reason=""):
        """Return the values of a ledger line."""
        return {
            "kind": step.kind,
            "date": naive(step.at),
            "reason": reason,
            "deadline_before": naive(step.deadline_before),
            "deadline_after": naive(step.deadline_after),
            "seconds": step.seconds,
        }
