from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ..tools.instants import aware


class VasSlaClock(models.Model):
    """What a clock tells its ledger, and what it reads from there."""

    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    _LEDGER = (
        *("clock_id", "kind", "date", "user_id", "reason", "policy_id"),
        *("policy_version", "calendar_version_id", "rule", "deadline_before"),
        *("deadline_after", "seconds"),
    )

    def _log(self, events):
        """Add lines to the ledger; clocks and lines go in step if no clock is named."""
        if not events:
            return
        clocks = {clock.id: clock for clock in self}
        for event, clock in zip(events, self, strict=False):
            event.setdefault("clock_id", clock.id)
        self._log_rows(
            [
                {
                    "policy_id": clocks[event["clock_id"]].policy_id.id,
                    "policy_version": clocks[event["clock_id"]].policy_version,
                    "calendar_version_id": clocks[
                        event["clock_id"]
                    ].calendar_version_id.id,
                }
                | event
                for event in events
            ]
        )

    def _log_rows(self, rows):
        """Add lines that name their clock, its policy and the versions of both."""
        empty = dict.fromkeys(self._LEDGER, False)
        empty |= {"user_id": self.env.uid, "seconds": 0.0}
        # The ledger is written by the engine only.
        ledger_sudo = self.env["vas.sla.event"].sudo()
        self.env["vas.sla.engine"]._insert(ledger_sudo, [empty | row for row in rows])
        self.invalidate_model(["event_ids"], flush=False)

    def _get_interruptions(self):
        """Return {clock id: [(from, to)…]} of all closed pauses and solved times since
        the clock (last) started, read from the ledger."""
        events = self.env["vas.sla.event"]
        events.flush_model(["clock_id", "kind", "date"])
        rows = self.env.execute_query(
            SQL(
                "SELECT clock_id, kind, date FROM vas_sla_event "
                "WHERE clock_id = ANY(%s)"
                " AND kind IN ('pause', 'resume', 'stop', 'reopen') ORDER BY date, id",
                self.ids,
            )
        )
        spans, since = defaultdict(list), {}
        starts = {clock.id: aware(clock.start) for clock in self}
        for clock_id, kind, moment in rows:
            date = aware(moment)
            if kind in ("pause", "stop"):
                since.setdefault(clock_id, date)
            elif clock_id in since:
                begun = max(since.pop(clock_id), starts[clock_id])
                if begun < date:
                    spans[clock_id].append((begun, date))
        return spans
