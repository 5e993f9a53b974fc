from odoo import api, models

from ..tools.instants import aware
from ..tools.odometer import NoWorkingTimeError
from ..tools.sla_clock import ClockState


class VasSlaClock(models.Model):
    """A clock begins: all that a set of documents is promised, in one statement."""

    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    @api.model
    def _begin(self, promises, at, reason="", cycles=None):
        """Start clocks.

        :param promises: list of (record, policy, target, calendar, start)
        :param at: when this happened (naive UTC)
        :param cycles: the number of each clock among those of its kind, 1 by default
        """
        if not promises:
            return self.browse()
        policies = self.env["vas.sla.policy"].browse(
            {policy.id for _record, policy, *_rest in promises}
        )
        self.env["vas.sla.policy.version"]._ensure(policies)
        versions = self.env["vas.calendar.version"]._get_current(
            self.env["resource.calendar"].browse(
                {calendar.id for *_start, calendar, _at in promises if calendar}
            )
        )
        rows, terms, documents = [], {}, {}
        for index, (record, policy, target, calendar, start) in enumerate(promises):
            key = (target.id, calendar.id, start)
            if key not in terms:
                try:
                    promise = target._get_promise(calendar)
                    state = ClockState.begin(promise, aware(start))
                except NoWorkingTimeError as error:
                    raise calendar._vas_no_working_time() from error
                terms[key] = self._prepare_terms(policy, target, calendar, state) | {
                    "calendar_version_id": calendar and versions[calendar].id,
                    "next_action_at": policy._get_next_action_at(target, state),
                }
            if record.id not in documents:
                documents[record.id] = self._get_reported(
                    record
                ) | self._prepare_document(record)
            rows.append(documents[record.id] | terms[key])
            rows[-1]["cycle"] = cycles[index] if cycles else 1
        clocks = self._insert_clocks(rows)
        self._log_rows(
            [
                {
                    "clock_id": number,
                    "kind": "start",
                    "date": row["start"],
                    "reason": reason,
                    "deadline_after": row["deadline"],
                    "policy_id": row["policy_id"],
                    "policy_version": row["policy_version"],
                    "calendar_version_id": row["calendar_version_id"],
                }
                for number, row in zip(clocks._ids, rows, strict=True)
            ]
        )
        return clocks

    # What the engine reads again at once after it inserted clocks.
    _READ_AT_ONCE = (
        *("res_id", "res_model", "ticket_id", "company_id", "policy_id", "target_id"),
        *("policy_version", "calendar_id", "calendar_version_id", "kind", "key"),
        *("start", "deadline", "stopped_at", "paused_since", "outcome", "active"),
        *("audience", "next_action_at", "round"),
    )

    @api.model
    def _insert_clocks(self, rows):
        """Insert clocks that are new and open."""
        # The engine writes its own tables; nobody else does.
        engine, model_sudo = self.env["vas.sla.engine"], self.browse().sudo()
        clocks = engine._insert(model_sudo, rows, self._READ_AT_ONCE)
        tickets = clocks.ticket_id
        tickets.invalidate_recordset(["vas_clock_ids"], flush=False)
        clocks.modified(["ticket_id", "deadline", "outcome", "paused_since", "active"])
        # The rows are complete: only what others make of them is to be computed.
        for name in rows[0]:
            if self._fields[name].compute:
                self.env.remove_to_compute(self._fields[name], clocks)
        return clocks.with_env(self.env)

    @api.model
    def _prepare_clock(self, record, policy, target, calendar, state):
        """Return the values of a clock for *record* in the pure *state*."""
        return self._prepare_document(record) | self._prepare_terms(
            policy, target, calendar, state
        )

    @api.model
    def _prepare_document(self, record):
        """Return what the clocks of *record* have in common; a hook."""
        ticket = record if record._name == "helpdesk.ticket" else None
        values = {
            "res_model": record._name,
            "res_id": record.id,
            "ticket_id": ticket.id if ticket else False,
            "company_id": self._get_company(record).id,
            "grade_id": ticket.vas_grade_id.id if ticket else False,
        }
        if not ticket:
            values |= self._prepare_persons(record)
        return values

    @api.model
    def _prepare_terms(self, policy, target, calendar, state):
        """Return what clocks with the same promise and start have in common."""
        return {
            "calendar_id": calendar.id,
            **self._prepare_promise(policy, target, state),
            **self._prepare_state(state, target),
        }

    @api.model
    def _prepare_persons(self, record):
        """Return customer and owner of a document that is no ticket."""
        known = record._fields
        customer = self.env["vas.sla.policy"]._get_customer_field(record._name)
        return {
            "partner_id": customer in known
            and record[customer].commercial_partner_id.id,
            "user_id": "user_id" in known
            and known["user_id"].comodel_name == "res.users"
            and record.user_id.id,
        }

    @api.model
    def _prepare_promise(self, policy, target, state):
        return {
            "policy_id": policy.id,
            "policy_version": policy.version,
            "target_id": target.id,
            "kind": target.kind,
            "key": target.key,
            "audience": policy.audience,
            "amount": state.promise.amount,
            "mode": target._get_mode(),
        }

    @api.model
    def _get_reported(self, record):
        """Return the stored results of new, open clocks of *record*; a hook."""
        values = {
            "active": True,
            "cycle": 1,
            "round": 1,
            "pause_reason": False,
            "elapsed_hours": 0.0,
            "paused_hours": 0.0,
            "outcome": "open",
            "success_rate": 0.0,
            "partner_id": False,
            "user_id": False,
            "team_id": False,
            "priority": False,
        }
        if record._name == "helpdesk.ticket":
            values |= {
                "partner_id": record.commercial_partner_id.id,
                "user_id": record.user_id.id,
                "team_id": record.team_id.id,
                "priority": record.priority,
            }
        return values
