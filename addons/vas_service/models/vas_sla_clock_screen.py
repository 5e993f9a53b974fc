from datetime import datetime

from odoo import fields, models

from ..tools.instants import aware

# How far ahead the screen gets the opening hours, to tick in working time.
OPENINGS_AHEAD_DAYS = 4
TIMELINE_KINDS = ("counted", "paused", "closed_hours", "stopped")
# Events that move nothing need no mark; those that do are seen in the bars.
TIMELINE_MARKERS = {"deadline": "deadline", "at_risk": "warning"}


def _seconds(moment):
    """Return an instant in ISO form as seconds since the epoch."""
    return datetime.fromisoformat(moment).timestamp()


class VasSlaClock(models.Model):
    """What the screens show of a clock: its timeline, and the reason of a pause."""

    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    timeline = fields.Json(
        string="Timeline of the promise", compute="_compute_timeline"
    )

    time_left = fields.Json(string="Time left", compute="_compute_time_left")

    def _compute_time_left(self):
        now = fields.Datetime.now()
        # Who may read a clock sees its time; its document may be closed to them.
        values = {value["id"]: value for value in self.sudo()._get_screen_values(now)}
        for clock in self:
            clock.time_left = {
                "now": fields.Datetime.to_string(now),
                "clocks": [values[clock.id]],
                "why": "",
            }

    def _compute_timeline(self):
        now = fields.Datetime.now()
        for clock in self:
            # As above: the document may be closed to who reads the clock.
            clock.timeline = clock._origin.sudo()._get_timelines(now)

    def _get_timelines(self, now):
        """Return the lives of these clocks for the picture; instants are seconds."""
        states = dict(self._fields["state"]._description_selection(self.env))
        rows = []
        for clock in self:
            life = clock._get_timeline(now)
            rows.append(
                {
                    "id": clock.id,
                    "name": life["name"],
                    "state": life["state"],
                    "label": states[life["state"]],
                    "segments": [
                        {
                            "start": _seconds(piece["start"]),
                            "end": _seconds(piece["end"]),
                            "kind": piece["kind"],
                            "reason": piece["reason"],
                            "actor": piece["actor"],
                            "seconds": piece["seconds"],
                            "working": piece["working_seconds"],
                        }
                        for piece in life["segments"]
                        if piece["kind"] in TIMELINE_KINDS
                    ],
                    "markers": [
                        {
                            "at": _seconds(marker["at"]),
                            "kind": TIMELINE_MARKERS.get(marker["kind"], "event"),
                            "label": marker["label"],
                        }
                        for marker in life["markers"]
                    ],
                }
            )
        return {"rows": rows, "now": aware(now).timestamp()}

    def _get_screen_values(self, now):
        """Return what the clock widget shows and needs to tick on its own.

        Instants are UTC in ISO form; ``left`` is working seconds at *now*, negative
        when overdue; ``openings`` are the coming open hours, in which it ticks.
        """
        states = dict(self._fields["state"]._description_selection(self.env))
        ahead = fields.Datetime.add(now, days=OPENINGS_AHEAD_DAYS)
        openings = {}
        result = []
        for clock in self:
            state = clock._get_state_record()
            key = clock._get_state(now)
            odometer = state.promise.odometer
            if odometer not in openings:
                openings[odometer] = [
                    [a.timestamp(), b.timestamp()]
                    for a, b in odometer.openings(aware(now), aware(ahead))
                ]
            result.append(
                {
                    "id": clock.id,
                    "name": clock.target_id.name,
                    "kind": clock.kind,
                    "state": key,
                    "label": states[key],
                    "policy": clock.policy_id.name,
                    "hours": clock.calendar_id.name,
                    "zone": clock.calendar_id.tz,
                    "deadline": state.deadline.timestamp(),
                    "at_risk_from": clock.at_risk_from
                    and aware(clock.at_risk_from).timestamp(),
                    "stopped_at": clock.stopped_at
                    and aware(clock.stopped_at).timestamp(),
                    "paused_since": clock.paused_since
                    and aware(clock.paused_since).timestamp(),
                    "pause_reason": clock.pause_reason or "",
                    "target": clock.target_seconds,
                    "left": state.left(aware(now)),
                    "openings": [] if clock.stopped_at else openings[odometer],
                }
            )
        return result

    def _move(self, operation, at, reasons=None, moments=None):
        """A pause by hand says why: the reason of the person joins the stage's."""
        said = self.env.context.get("vas_pause_reason")
        if operation == "pause" and said:
            reasons = {
                clock: ": ".join(filter(None, ((reasons or {}).get(clock), str(said))))
                for clock in self
            }
        return super()._move(operation, at, reasons, moments)

    def _is_customers(self):
        """Whether the promise is one to the customer, not an internal target."""
        self.ensure_one()
        return self.active and self.policy_id.audience == "customer"


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    vas_timeline = fields.Json(
        string="Timeline of the promises",
        compute="_compute_vas_timeline",
        compute_sudo=True,
        groups="base.group_user",
    )

    def _compute_vas_timeline(self):
        now = fields.Datetime.now()
        for ticket in self:
            clocks = ticket.vas_clock_ids.sorted("deadline")
            ticket.vas_timeline = clocks._get_timelines(now)
