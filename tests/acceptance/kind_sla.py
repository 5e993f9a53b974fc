"""Acceptance cases of kind ``sla``: deadlines, elapsed time, pauses, escalations.

A case becomes real working hours (with special days and public leaves), a policy, a
ticket and its clock; the events of the case happen to the clock one by one. Targets
that no promise can have (zero or negative) are asked of the working hours themselves.
"""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.fields import Command

UTC = timezone.utc
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MODES = (
    "business_time",
    "days_keep_clock",
    "end_of_working_day",
    "biz_days",
    "odoo_plan_days",
)
EVENTS = (
    "pause",
    "resume",
    "stop",
    "reopen",
    "policy_change",
    "calendar_change",
    "policy_attached",
)
EXPECTATIONS = {
    "expected_deadline",
    "expected_elapsed",
    "expected_paused_business_seconds",
    "expected_wallclock_elapsed_seconds",
}
TOLERANCE = 1.0
ONE_DAY = timedelta(days=1)
WHOLE_DAY = ("closed", 0.0, 24.0)


def run(env, case):
    """Return the differences between what a case expects and what the clock says."""
    case = Case(env, case)
    case.play()
    return case.compare()


def _expect(condition, text):
    if not condition:
        raise ValueError(text)


class Case:
    """One case on its way through the records."""

    def __init__(self, env, raw):
        self.env, self.raw = env, raw
        unknown = {name for name in raw if name.startswith("expected_")} - EXPECTATIONS
        _expect(not unknown, f"unknown: {', '.join(sorted(unknown))}")
        for name in ("timezone", "calendar", "start", "target"):
            _expect(name in raw, f'"{name}" is missing')
        try:
            self.zone = ZoneInfo(raw["timezone"])
        except Exception as error:
            raise ValueError(
                f'"timezone" {raw["timezone"]!r} is not an IANA zone'
            ) from error
        self.mode = raw.get("mode", "business_time")
        _expect(self.mode in MODES, f'"mode" is one of {", ".join(MODES)}')
        self.start = self._instant(raw["start"], "start")
        self.seconds, self.days = self._amount(raw["target"])
        self.events = raw.get("events") or []
        _expect(isinstance(self.events, list), '"events" is a list')
        _expect(
            {"expected_deadline", "expected_elapsed"} & set(raw),
            'one of "expected_deadline" and "expected_elapsed" is needed',
        )
        _expect(
            "expected_elapsed" not in raw or "end" in raw,
            '"expected_elapsed" needs an "end"',
        )
        self.end = self._instant(raw["end"], "end") if "end" in raw else None
        self.calendar = self._calendar(raw["calendar"])
        self.clock = None

    # -- reading ----------------------------------------------------------------

    def _instant(self, text, name):
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except (AttributeError, ValueError) as error:
            raise ValueError(
                f'"{name}": {text!r} is not a timestamp such as 2026-03-05T10:00:00'
            ) from error
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return moment.astimezone(UTC)

    def _amount(self, target):
        _expect(
            isinstance(target, dict) and ({"seconds", "days"} & set(target)),
            '"target" is {"seconds": …} or {"days": …}',
        )
        for name in ("seconds", "days"):
            value = target.get(name)
            _expect(
                value is None
                or (isinstance(value, int | float) and not isinstance(value, bool)),
                f'"target": "{name}" is a number, not {value!r}',
            )
        days = target.get("days")
        if self.mode == "business_time":
            _expect("seconds" in target, 'mode "business_time" needs "seconds"')
            return target["seconds"], None
        _expect(days is not None, f'mode "{self.mode}" needs "days"')
        _expect(days == int(days), '"days" is a whole number')
        return None, int(days)

    @property
    def amount(self):
        return self.seconds if self.days is None else self.days

    def _promised(self, event, prefix):
        """Return (amount, is it days) that a change names, else those of the case."""
        for unit in ("seconds", "days"):
            value = event.get(f"{prefix}_{unit}")
            if value is not None:
                _expect(
                    isinstance(value, int | float) and not isinstance(value, bool),
                    f'"{prefix}_{unit}" is a number, not {value!r}',
                )
                return value, unit == "days"
        return self.amount, self.days is not None

    @staticmethod
    def _hours(text):
        """A clock time as hours of the day; 24:00 is its end."""
        try:
            parts = [int(part) for part in text.split(":")]
            _expect(2 <= len(parts) <= 3, "")
            hours, minutes, seconds = (*parts, 0)[:3]
            value = hours + minutes / 60 + seconds / 3600
            _expect(0 <= value <= 24 and 0 <= minutes < 60 and 0 <= seconds < 60, "")
        except (AttributeError, ValueError) as error:
            raise ValueError(
                f"{text!r} is not a time such as 09:30 or 24:00"
            ) from error
        return value

    def _intervals(self, intervals, name):
        _expect(isinstance(intervals, list), f'"{name}" is a list of [from, to]')
        result = []
        for interval in intervals:
            _expect(
                isinstance(interval, list) and len(interval) == 2,
                f'"{name}": {interval!r} is not [from, to]',
            )
            start, end = (self._hours(text) for text in interval)
            if end == 0 < start:
                end = 24.0
            if start == end:
                continue
            # Hours that end before they begin go on after midnight.
            result.append((start, end if start < end else end + 24.0))
        return sorted(result)

    def _within_day(self, intervals, name):
        """As :meth:`_intervals`, for days whose hours do not go over midnight."""
        result = self._intervals(intervals, name)
        for _start, end in result:
            _expect(end <= 24, f'"{name}": {intervals!r} goes over midnight')
        return result

    @staticmethod
    def _by_day(hours, step=ONE_DAY):
        """Return {day: its hours} of {day: hours that may go on after midnight}.

        :param hours: {day: [(from, to)]}, from and to in hours of the day
        :param step: what leads from a day to the next
        """
        result = {}
        for day, intervals in hours.items():
            following = day + step
            for start, end in intervals:
                result.setdefault(day, []).append((start, min(end, 24.0)))
                if end > 24:
                    result.setdefault(following, []).append((0.0, end - 24.0))
        return {day: sorted(intervals) for day, intervals in result.items()}

    def _day(self, text, name):
        try:
            return date.fromisoformat(text)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f'"{name}": {text!r} is not a date such as 2026-03-05'
            ) from error

    # -- records ----------------------------------------------------------------

    def _lines(self, week, before, week_type=None):
        """Return the lines of a week; the night after *before* ends on its Monday."""
        _expect(
            isinstance(week, dict) and isinstance(before, dict),
            "a week maps mon…sun to lists of [from, to]",
        )
        unknown = set(week) - set(DAYS)
        _expect(not unknown, f"{', '.join(sorted(unknown))}: a day is one of mon…sun")
        hours, nights = (
            self._by_day(
                {
                    number: self._intervals(each.get(name) or [], name)
                    for number, name in enumerate(DAYS)
                },
                1,
            )
            for each in (week, before)
        )
        hours.pop(7, None)
        hours[0] = sorted(hours.get(0, []) + nights.get(7, []))
        lines = []
        for number in sorted(hours):
            for start, end in self._merged(hours[number]):
                values = {
                    "name": DAYS[number],
                    "dayofweek": str(number),
                    "hour_from": start,
                    "hour_to": end,
                    "day_period": "full_day",
                }
                if week_type is not None:
                    values["week_type"] = week_type
                lines.append(Command.create(values))
        return lines

    @staticmethod
    def _merged(intervals):
        """Overlapping hours of a day as the single opening that they are."""
        merged = []
        for start, end in intervals:
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _calendar(self, spec):
        _expect(isinstance(spec, dict), '"calendar" is an object')
        unknown = set(spec) - {
            "weekly",
            "holidays",
            "breaks",
            "shifts",
            "leaves",
            "two_weeks",
        }
        _expect(not unknown, f'"calendar": unknown {", ".join(sorted(unknown))}')
        two_weeks = spec.get("two_weeks")
        if two_weeks:
            _expect(
                isinstance(two_weeks, dict) and set(two_weeks) == {"0", "1"},
                '"two_weeks" has the weeks "0" and "1"',
            )
            lines = [
                line
                for key, other in (("0", "1"), ("1", "0"))
                for section in (
                    [
                        Command.create(
                            {
                                "name": key,
                                "display_type": "line_section",
                                "week_type": key,
                                "sequence": int(key) * 100,
                            }
                        )
                    ],
                    self._lines(two_weeks[key], two_weeks[other], key),
                )
                for line in section
            ]
            for position, line in enumerate(lines):
                line[2]["sequence"] = position
        else:
            _expect("weekly" in spec, '"calendar" needs "weekly" or "two_weeks"')
            lines = self._lines(spec["weekly"], spec["weekly"])
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Case",
                "tz": self.raw["timezone"],
                "two_weeks_calendar": bool(two_weeks),
                "attendance_ids": [Command.clear(), *lines],
            }
        )
        self._special_days(calendar, spec)
        self._leaves(calendar, spec)
        return calendar

    def _special_days(self, calendar, spec):
        values = []
        for field, kind in (("shifts", "open"), ("breaks", "closed")):
            days = spec.get(field) or {}
            _expect(isinstance(days, dict), f'"{field}" maps dates to intervals')
            read = self._within_day if kind == "open" else self._intervals
            hours = {
                self._day(text, field): read(intervals or [], field)
                for text, intervals in days.items()
            }
            if kind == "open":
                closed = (day for day, intervals in hours.items() if not intervals)
                values += [(day, "closed", 0.0, 24.0) for day in closed]
            for day, intervals in self._by_day(hours).items():
                merged = self._merged(intervals)
                values += [(day, kind, start, end) for start, end in merged]
        for text in spec.get("holidays") or []:
            values.append((self._day(text, "holidays"), "closed", 0.0, 24.0))
        # A day that is closed has no breaks.
        shut = {day for day, kind, *hours in values if (kind, *hours) == WHOLE_DAY}
        values = [
            value
            for value in values
            if value[0] not in shut or value[1] == "open" or value[1:] == WHOLE_DAY
        ]
        self.env["vas.calendar.exception"].create(
            [
                {
                    "calendar_id": calendar.id,
                    "name": "Case",
                    "date": day,
                    "kind": kind,
                    "hour_from": start,
                    "hour_to": end,
                }
                for day, kind, start, end in dict.fromkeys(values)
            ]
        )

    def _leaves(self, calendar, spec):
        for leave in spec.get("leaves") or []:
            _expect(
                isinstance(leave, list) and len(leave) == 2,
                f'"leaves": {leave!r} is not [from, to]',
            )
            start, end = (self._instant(text, "leaves") for text in leave)
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Case",
                    "calendar_id": calendar.id,
                    "date_from": start.replace(tzinfo=None),
                    "date_to": end.replace(tzinfo=None),
                }
            )

    def _policy(self, amount, is_days, rule="retroactive"):
        """A policy of its own team that promises *amount*."""
        target = {"name": "Case", "kind": "resolution"}
        if is_days:
            mode = "days_keep_clock" if self.mode == "business_time" else self.mode
            target.update(unit="days", amount=amount, day_mode=mode)
        else:
            target.update(unit="minutes", amount=amount / 60)
        policy = self.env["vas.sla.policy"].create(
            {
                "name": "Case",
                "calendar_id": self.calendar.id,
                "change_rule": rule,
                "target_ids": [Command.create(target)],
            }
        )
        return policy, policy.target_ids

    def _begin(self, start):
        ticket = (
            self.env["helpdesk.ticket"]
            .with_context(vas_sla_replay=True, tracking_disable=True)
            .sudo()
            .create({"name": self.raw["id"], "description": "<p>Case</p>"})
        )
        policy, target = self._policy(*self.promised)
        self.clock = (
            self.env["vas.sla.clock"]
            .sudo()
            ._begin(
                [(ticket, policy, target, self.calendar, _naive(start))], _naive(start)
            )
        )

    @property
    def _on_a_clock(self):
        """Whether a promise can be made of the target at all."""
        if self.mode == "odoo_plan_days":
            return False
        return self.amount >= (1 if self.days is not None else 0.6)

    # -- events -----------------------------------------------------------------

    def _read_events(self):
        """Check the events; return [(moment, kind, event)]."""
        result, opened = [], set()
        for event in self.events:
            _expect(isinstance(event, dict), f"an event is an object, not {event!r}")
            kind = event.get("type")
            _expect(kind in EVENTS, f'event "type" is one of {", ".join(EVENTS)}')
            at = self._instant(event.get("at"), "at")
            _expect(
                not result or at >= result[-1][0], "events are in the order of time"
            )
            opener = {"resume": "pause", "reopen": "stop"}.get(kind, kind)
            _expect(
                opener == kind or opener in opened,
                f'"{kind}" without "{opener}" before it',
            )
            opened.add(kind)
            result.append((at, kind, event))
        return result

    def play(self):
        """Let the events happen; measure at the end of the measured time."""
        events = self._read_events()
        self.spans, self.since, self.kind, self.waiting = [], None, None, None
        self.measured = None
        changes = (e for e in self.events if e["type"] == "policy_change")
        self.promised = self._promised(next(changes, {}), "from")
        if self._on_a_clock:
            self._begin(self.start)
        for at, kind, event in events:
            if self.end and at > self.end and not self.measured:
                # What comes after the end of the measured time is not part of it.
                self.measured = self._elapsed(self.end), self._paused(self.end)
            self._span(kind, at)
            if self.clock:
                self._happen(event, kind, at)
        end = self.end or self.start
        self.measured = self.measured or (self._elapsed(end), self._paused(end))

    def _span(self, kind, at):
        """Note what stands still, for targets that no clock can have."""
        ends = {"resume": "pause", "reopen": "stop"}.get(kind)
        if ends and ends == self.kind:
            self.spans.append((self.since, at, self.kind))
            self.kind = None
        elif kind == "pause" and not self.kind:
            self.kind, self.since = kind, at
        elif kind == "stop" and self.kind != "stop":
            if self.kind:
                self.spans.append((self.since, at, self.kind))
            self.kind, self.since = kind, at

    def _standing(self, until=None):
        """Return [(from, to, kind)]; what lasts ends at *until*."""
        lasting = [(self.since, until, self.kind)] if self.kind else []
        return [*self.spans, *lasting]

    def _happen(self, event, kind, at):
        if kind in ("pause", "resume", "stop", "reopen"):
            self.clock._move(kind, _naive(at), {self.clock: kind})
            if kind == "reopen" and self.waiting:
                # What changed while it was solved holds from now on.
                change, self.waiting = self.waiting, None
                self._happen(*change, at)
            return
        rule = self._rule(event.get("applies", "retroactive_from_start"))
        if self.clock.stopped_at:
            self.waiting = event, kind
            return
        if "calendar" in event:
            self.calendar = self._calendar(event["calendar"])
        if kind == "policy_attached" and rule == "restart":
            self.clock.unlink()
            self._begin(at)
            return
        if kind == "policy_change":
            self.promised = self._promised(event, "to")
        policy, target = self._policy(*self.promised, rule)
        self.clock._retarget({self.clock: (policy, target, self.calendar)}, _naive(at))

    @staticmethod
    def _rule(applies):
        """The change rule a case names; new words are told apart by how they begin."""
        for prefix, rule in (
            ("retroactive", "retroactive"),
            ("carry", "carry"),
            ("keep", "carry"),
            ("restart", "restart"),
            ("from_", "restart"),
        ):
            if str(applies).startswith(prefix):
                return rule
        raise ValueError(
            f'"applies" {applies!r}: expected retroactive_from_start, '
            "carry_consumed or restart"
        )

    # -- comparing --------------------------------------------------------------

    @property
    def odometer(self):
        return self.calendar._vas_odometer()

    def _deadline(self):
        if self.clock:
            return self.clock.deadline.replace(tzinfo=UTC)
        spans = [(begun, until) for begun, until, _kind in self._standing()]
        return self.odometer.target(self.start, self.amount, self.mode, spans)

    def _elapsed(self, end):
        if not self.clock:
            spans = [(begun, until) for begun, until, _kind in self._standing(end)]
            return self.odometer.elapsed(self.start, end, spans)
        return self.clock._get_state_record().consumed(end)

    def _paused(self, end):
        if self.clock:
            since, state = self.clock.paused_since, self.clock._get_state_record()
            lasting = since and state.promise.odometer.worked(state.paused_since, end)
            return self.clock.paused_seconds + (lasting or 0.0)
        return sum(
            self.odometer.worked(begun, until)
            for begun, until, kind in self._standing(end)
            if kind == "pause"
        )

    def compare(self):
        """Return the differences in words."""
        raw, differences = self.raw, []

        def instant(what, got, expected):
            if abs((got - expected).total_seconds()) > TOLERANCE:
                local = [m.astimezone(self.zone).isoformat() for m in (expected, got)]
                differences.append(f"{what}: expected {local[0]}, got {local[1]}")

        def number(what, got, expected):
            if abs(got - expected) > TOLERANCE:
                differences.append(f"{what}: expected {expected} s, got {got} s")

        end = self.end
        if "expected_deadline" in raw:
            deadline = self._deadline()
            instant(
                "deadline",
                deadline,
                self._instant(raw["expected_deadline"], "expected_deadline"),
            )
            if "escalation" in raw:
                step = raw["escalation"]
                _expect(
                    isinstance(step, dict) and "expected_at" in step,
                    '"escalation" has an offset and "expected_at"',
                )
                instant(
                    "escalation",
                    self._escalation(deadline, step),
                    self._instant(step["expected_at"], "expected_at"),
                )
        if "expected_elapsed" in raw:
            number("elapsed", self.measured[0], raw["expected_elapsed"])
        if "expected_paused_business_seconds" in raw:
            number(
                "paused",
                self.measured[1],
                raw["expected_paused_business_seconds"],
            )
        if "expected_wallclock_elapsed_seconds" in raw and end:
            number(
                "wall clock",
                (end - self.start).total_seconds(),
                raw["expected_wallclock_elapsed_seconds"],
            )
        return differences

    def _escalation(self, deadline, step):
        if "offset_days" in step:
            return self.odometer.days_keep_clock(deadline, int(step["offset_days"]))
        _expect(
            "offset_seconds" in step,
            '"escalation" needs "offset_seconds" or "offset_days"',
        )
        return self.odometer.shift(deadline, step["offset_seconds"])


def _naive(moment):
    return moment.astimezone(UTC).replace(tzinfo=None)
