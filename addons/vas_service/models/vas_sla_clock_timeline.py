from odoo import fields, models

from ..tools.instants import aware, iso
from ..tools.sla_timeline import Interruption, Stretch, segments


class VasSlaClock(models.Model):
    """The life of a clock as plain data, for pictures and proofs."""

    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    def _get_timeline(self, now=None):
        """Return the life of this clock as plain data, for pictures and proofs.

        ``segments`` follow each other without gaps: ``{start, end, kind, reason, actor,
        seconds, working_seconds}`` with kind ``counted``, ``paused``, ``closed_hours``
        or ``stopped``; the working seconds of the counted ones add up to
        ``consumed``. ``markers`` are ``{kind, at, label, actor}``. Instants are UTC in
        ISO form.
        """
        self.ensure_one()
        now = now or fields.Datetime.now()
        state = self._get_state_record()
        end = state.stopped_at or max(aware(now), state.start)
        events = self.event_ids.sorted(lambda event: (event.date, event.id))
        pieces = segments(
            self._get_stretches(events, state, end), self._get_breaks(events, state)
        )
        kinds = dict(events._fields["kind"]._description_selection(self.env))
        words = self._get_reason_words()
        markers = [
            {
                "kind": event.kind,
                "at": iso(aware(event.date)),
                "label": kinds[event.kind],
                "reason": words.get(event.reason, event.reason or ""),
                "actor": event.user_id.name or "",
            }
            for event in events
        ]
        if self.at_risk_from:
            markers.append(
                {
                    "kind": "at_risk",
                    "at": iso(aware(self.at_risk_from)),
                    "label": self.env._("At risk"),
                    "reason": "",
                    "actor": "",
                }
            )
        markers.append(
            {
                "kind": "deadline",
                "at": iso(state.deadline),
                "label": self.env._("Deadline"),
                "reason": "",
                "actor": "",
            }
        )
        return {
            "clock_id": self.id,
            "name": self.target_id.name,
            "state": self._get_state(now),
            "zone": self.calendar_id.tz or "UTC",
            "hours": self.calendar_id.name or "",
            "calendar_version": self.calendar_version_id.number,
            "policy": self.policy_id.name,
            "policy_version": self.policy_version,
            "start": iso(state.start),
            "end": iso(end),
            "deadline": iso(state.deadline),
            "now": iso(aware(now)),
            "target": self.target_seconds,
            "consumed": state.consumed(end),
            "segments": [
                {
                    "start": iso(piece.start),
                    "end": iso(piece.end),
                    "kind": piece.kind,
                    "reason": words.get(piece.reason, piece.reason),
                    "actor": piece.actor,
                    "seconds": piece.seconds,
                    "working_seconds": piece.working_seconds,
                }
                for piece in pieces
            ],
            "markers": sorted(markers, key=lambda marker: marker["at"]),
        }

    def _get_reason_words(self):
        """Return {reason that a rule gave, in any language: in that of the reader}."""
        # Whoever sees a clock may read why it stood still.
        clock_sudo = self.sudo()
        words = {}
        for rules in (
            clock_sudo.event_ids.policy_id.pause_rule_ids,
            clock_sudo.incident_profile_id.state_ids,
        ):
            for lang, _name in self.env["res.lang"].get_installed():
                there = rules.with_context(lang=lang)
                words |= {
                    other.reason: rule.reason
                    for other, rule in zip(there, rules, strict=True)
                    if other.reason
                }
        return words

    def _get_stretches(self, events, state, end):
        """Return the parts of this clock's life, each with what counted it.

        A change that carried consumed time over ends a part; the hours of before
        counted until then.
        """
        parts, begun, version = [], state.start, self.calendar_version_id
        first = next((e.calendar_version_id for e in events), version)
        before = first or version
        for event in events if state.counted_from else ():
            at = min(aware(event.date), end)
            if event.rule == "carry" and begun < at:
                parts.append(Stretch(begun, at, self._odometer_in(before, state)))
                begun = at
            if event.kind in ("restore", "policy", "calendar"):
                before = event.calendar_version_id or before
        return [*parts, Stretch(begun, end, state.promise.odometer)]

    def _odometer_in(self, version, state):
        return version._get_odometer() if version else state.promise.odometer

    def _get_breaks(self, events, state):
        """Return the interruptions since the clock (last) started."""
        found, open_break = [], None
        for event in events:
            at = aware(event.date)
            if event.kind in ("pause", "stop"):
                if not open_break:
                    kind = "paused" if event.kind == "pause" else "stopped"
                    open_break = (kind, at, event.reason, event.user_id.name)
            elif event.kind in ("resume", "reopen") and open_break:
                kind, begun, reason, actor = open_break
                found.append(Interruption(kind, begun, at, reason or "", actor or ""))
                open_break = None
        if open_break and not state.stopped_at:
            kind, begun, reason, actor = open_break
            found.append(Interruption(kind, begun, None, reason or "", actor or ""))
        return found
