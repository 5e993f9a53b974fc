"""A slow and simple reading of ``cases/README.md``, and cases made with it.

``python sla_reference.py`` writes ``cases/sla_generated.json`` and
``cases/sla_wide.json``: random calendars, zones, clock changes, pauses, reopenings and
changes of the promise whose answers were found by stepping through time minute by
minute. It shares no line with the engine, so both can be wrong
only differently. All moments are whole minutes.
"""

from __future__ import annotations

import json
import random
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

UTC = timezone.utc
MINUTE = timedelta(minutes=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "UTC",
)
WIDE_ZONES = (
    *ZONES,
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Tehran",
    "Pacific/Chatham",
    "Europe/Dublin",
)
#: Days around which the clocks of these zones change, and quiet ones.
STARTS = (
    date(2026, 3, 27),
    date(2026, 3, 6),
    date(2026, 10, 23),
    date(2026, 10, 30),
    date(2026, 4, 3),
    date(2026, 10, 2),
    date(2026, 6, 10),
    date(2026, 12, 29),
)


class Minutes:
    """A calendar asked one minute at a time."""

    def __init__(self, spec: dict, zone: ZoneInfo) -> None:
        self.spec, self.zone = spec, zone
        self.cache: dict[date, list[tuple[datetime, datetime]]] = {}

    def _instant(self, day: date, text: str) -> datetime:
        hours, minutes = map(int, text.split(":"))
        if hours == 24:
            day, hours = day + timedelta(days=1), 0
        local = datetime.combine(day, time(hours, minutes))
        # A time that does not exist moves later by the jump; of an ambiguous one the
        # first: both is what fold=0 says, read back through UTC.
        return local.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    def _week(self, day: date) -> dict:
        if "two_weeks" in self.spec:
            return self.spec["two_weeks"][str((day.toordinal() - 1) // 7 % 2)]
        return self.spec["weekly"]

    def _weekly(self, day: date) -> list:
        """Return the weekly hours of a day, with the night that began before it."""
        mine = self._week(day).get(DAYS[day.weekday()]) or []
        before = day - timedelta(days=1)
        nights = self._week(before).get(DAYS[before.weekday()]) or []
        return [
            *([a, b] if a < b else [a, "24:00"] for a, b in mine),
            *(["00:00", b] for a, b in nights if "00:00" < b < a),
        ]

    def day(self, day: date) -> list[tuple[datetime, datetime]]:
        """Return the opening of a local day as instants, holidays and breaks out."""
        if day in self.cache:
            return self.cache[day]
        spec, text = self.spec, day.isoformat()
        intervals = spec.get("shifts", {}).get(text, self._weekly(day))
        if text in spec.get("holidays", []):
            intervals = []
        closed = [
            (self._instant(day, a), self._instant(day, b))
            for a, b in spec.get("breaks", {}).get(text, [])
        ]
        for a, b in spec.get("leaves", []):
            closed.append(
                tuple(
                    datetime.fromisoformat(x).replace(tzinfo=self.zone).astimezone(UTC)
                    for x in (a, b)
                )
            )
        pieces = [(self._instant(day, a), self._instant(day, b)) for a, b in intervals]
        for shut, opens in closed:
            pieces = [
                piece
                for a, b in pieces
                for piece in ((a, min(b, shut)), (max(a, opens), b))
                if piece[0] < piece[1]
            ]
        self.cache[day] = sorted(pieces)
        return self.cache[day]

    def is_open(self, moment: datetime) -> bool:
        """Whether the minute that begins at *moment* is open."""
        local = moment.astimezone(self.zone).date()
        return any(
            a <= moment < b
            for day in (local - timedelta(days=1), local, local + timedelta(days=1))
            for a, b in self.day(day)
        )


class Walk:
    """One clock, walked through minute by minute."""

    def __init__(self, calendar: Minutes, start: datetime, events: list) -> None:
        self.calendar, self.start = calendar, start
        self.events = sorted(events, key=lambda event: event[0])

    def _idle(self, moment: datetime) -> bool:
        """Whether the clock stands still in the minute that begins at *moment*."""
        paused = stopped = False
        for at, kind in self.events:
            if at > moment:
                break
            if kind == "pause":
                paused = True
            elif kind == "resume":
                paused = False
            elif kind == "stop":
                stopped, paused = True, False
            elif kind == "reopen":
                stopped = False
        return paused or stopped

    def deadline(self, minutes: int) -> datetime:
        moment, used = self.start, 0
        while used < minutes:
            if self.calendar.is_open(moment) and not self._idle(moment):
                used += 1
            moment += MINUTE
        return moment

    def paused(self, end: datetime) -> int:
        """Return the open seconds up to *end* in which it was paused, not solved."""
        pauses = Walk(
            self.calendar,
            self.start,
            [
                (at, {"stop": "resume", "reopen": ""}.get(kind, kind))
                for at, kind in self.events
            ],
        )
        moment, used = self.start, 0
        while moment < end:
            used += self.calendar.is_open(moment) and pauses._idle(moment)
            moment += MINUTE
        return used * 60

    def elapsed(self, end: datetime) -> int:
        moment, used = self.start, 0
        while moment < end:
            if self.calendar.is_open(moment) and not self._idle(moment):
                used += 1
            moment += MINUTE
        return used * 60


def working_day(calendar: Minutes, day: date, number: int) -> date:
    while number:
        day += timedelta(days=1)
        if calendar.day(day):
            number -= 1
    return day


def _week(chance: random.Random) -> dict:
    hours = chance.choice(
        [
            [["09:00", "17:00"]],
            [["09:00", "12:00"], ["13:00", "18:00"]],
            [["00:00", "24:00"]],
            [["01:30", "04:30"], ["22:00", "24:00"]],
            [["00:00", "02:30"], ["08:15", "11:45"], ["14:00", "19:30"]],
        ]
    )
    days = chance.choice([DAYS, DAYS[:5], DAYS[1:6]])
    week = {day: hours for day in days}
    if chance.random() < 0.3:
        week[days[0]] = [["10:00", "11:00"]]
    return week


def _calendar(chance: random.Random, first: date) -> dict:
    spec: dict = {}
    if chance.random() < 0.25:
        spec["two_weeks"] = {"0": _week(chance), "1": _week(chance)}
    else:
        spec["weekly"] = _week(chance)

    def some_day() -> str:
        return (first + timedelta(days=chance.randrange(8))).isoformat()

    if chance.random() < 0.4:
        spec["holidays"] = [some_day()]
    if chance.random() < 0.3:
        spec["breaks"] = {some_day(): [["10:00", "15:30"]]}
    if chance.random() < 0.3:
        spec["shifts"] = {some_day(): [["07:00", "09:30"], ["20:00", "21:00"]]}
    if chance.random() < 0.3:
        day = first + timedelta(days=chance.randrange(6))
        spec["leaves"] = [[f"{day}T11:00:00", f"{day + timedelta(days=1)}T10:30:00"]]
    return spec


def _events(chance: random.Random, start: datetime, limit: datetime) -> list:
    """Pauses and reopenings between *start* and *limit*, in pairs."""
    span = int((limit - start) / MINUTE)
    count = chance.choice([0, 0, 2, 2, 4, 6])
    if span <= count * 2:
        return []
    marks = sorted(chance.sample(range(1, span), count))
    events = []
    for begun, ended in zip(marks[::2], marks[1::2], strict=True):
        kinds = chance.choice([("pause", "resume")] * 3 + [("stop", "reopen")])
        events += [
            (start + MINUTE * begun, kinds[0]),
            (start + MINUTE * ended, kinds[1]),
        ]
    return events


def make(number: int, chance: random.Random) -> dict:
    """Return one case."""
    zone = ZoneInfo(chance.choice(ZONES))
    first = chance.choice(STARTS)
    spec = _calendar(chance, first)
    calendar = Minutes(spec, zone)
    local = datetime.combine(
        first + timedelta(days=chance.randrange(4)),
        time(chance.randrange(24), chance.choice([0, 1, 15, 30, 59])),
    )
    start = local.replace(tzinfo=zone).astimezone(UTC)
    case = {
        "id": f"generated-{number:03}",
        "source": "minute by minute, sla_reference.py",
        "timezone": zone.key,
        "calendar": spec,
        "start": start.isoformat().replace("+00:00", "Z"),
    }
    what = chance.random()
    if what < 0.2:
        days = chance.randrange(1, 6)
        mode = chance.choice(["days_keep_clock", "end_of_working_day"])
        day = working_day(calendar, start.astimezone(zone).date(), days)
        if mode == "end_of_working_day":
            answer = calendar.day(day)[-1][1]
        else:
            clock = start.astimezone(zone).time().replace(fold=0)
            answer = datetime.combine(day, clock, zone).astimezone(UTC)
        return case | {
            "mode": mode,
            "target": {"days": days},
            "events": [],
            "expected_deadline": answer.isoformat(),
        }
    minutes = chance.choice([1, 7, 30, 60, 240, 480, 700, 1500])
    plain = Walk(calendar, start, []).deadline(minutes)
    events = _events(chance, start, plain)
    case |= {
        "mode": "business_time",
        "target": {"seconds": minutes * 60},
        "events": [
            {"type": kind, "at": at.isoformat().replace("+00:00", "Z")}
            for at, kind in events
        ],
    }
    walk = Walk(calendar, start, events)
    if what < 0.6:
        answer = walk.deadline(minutes)
        return case | {"expected_deadline": answer.isoformat()}
    end = max([start, *(at for at, _kind in events)]) + MINUTE * chance.randrange(4000)
    return case | {
        "end": end.isoformat().replace("+00:00", "Z"),
        "expected_elapsed": walk.elapsed(end),
    }


def _wide_week(chance: random.Random) -> dict:
    hours = chance.choice(
        [
            [["22:00", "06:00"]],
            [["18:00", "00:00"]],
            [["00:00", "24:00"]],
            [["08:00", "12:00"], ["12:00", "16:00"]],
            [["02:15", "02:45"], ["23:30", "01:30"]],
            [["06:00", "10:00"], ["11:00", "12:30"], ["13:30", "21:00"]],
        ]
    )
    week: dict = {day: hours for day in chance.choice([DAYS, DAYS[:5], DAYS[::2]])}
    week.setdefault("sun", chance.choice([[], None, [["10:00", "10:01"]]]))
    return week


def _stamp(chance: random.Random, moment: datetime, zone: ZoneInfo) -> str:
    """Return an instant in one of the ways a case may write it."""
    local = moment.astimezone(zone)
    naive = local.replace(tzinfo=None)
    if naive.replace(tzinfo=zone).astimezone(UTC) == moment and chance.random() < 0.4:
        return naive.isoformat()
    if chance.random() < 0.3:
        return local.isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def _story(
    chance: random.Random, calendar: Minutes, start: datetime, minutes: int
) -> tuple[list, datetime, int]:
    """Return (events, moment from which it counts, minutes promised in the end).

    Things happen at the bounds of openings, at the deadline, twice and nested.
    """
    plain = Walk(calendar, start, []).deadline(minutes)
    day = start.astimezone(calendar.zone).date()
    marks = {start, plain, plain - MINUTE, plain + MINUTE}
    for ahead in range(4):
        for opened, closed in calendar.day(day + timedelta(days=ahead)):
            marks |= {opened, closed}
    marks |= {start + MINUTE * chance.randrange(6000) for _index in range(8)}
    moments = sorted(mark for mark in marks if start <= mark)
    moments = sorted(chance.choices(moments, k=chance.randrange(7)))
    events, origin = [], start
    paused = stopped = False
    for at in moments:
        kinds = ["resume"] if paused else ["pause", "pause"]
        kinds += ["pause", "stop", "policy_change"]
        if not paused:
            kinds.append("policy_attached")
        kind = chance.choice(["reopen"] if stopped else kinds)
        event = {"type": kind, "at": at}
        if kind == "policy_change":
            event["from_seconds"] = minutes * 60
            minutes = chance.choice([30, 45, 90, 300, 600, 1000])
            event["to_seconds"] = minutes * 60
        if kind.startswith("policy"):
            rules = ["retroactive_from_start", "restart"]
            event["applies"] = chance.choice(rules)
            if event["applies"] == "restart":
                origin = at
        paused = kind == "pause" or (paused and kind not in ("resume", "stop"))
        stopped = kind == "stop"
        events.append(event)
    if stopped or paused:
        end = "reopen" if stopped else "resume"
        events.append({"type": end, "at": moments[-1] + MINUTE * 90})
    return events, origin, minutes


def make_wide(number: int, chance: random.Random) -> dict:
    """Return one case over the whole format."""
    zone = ZoneInfo(chance.choice(WIDE_ZONES))
    first = chance.choice(STARTS)
    spec = _calendar(chance, first)
    if chance.random() < 0.5:
        if "weekly" in spec:
            spec["weekly"] = _wide_week(chance)
        else:
            spec["two_weeks"]["1"] = _wide_week(chance)
    if chance.random() < 0.2:
        day = first + timedelta(days=chance.randrange(5))
        spec.setdefault("shifts", {})[day.isoformat()] = []
    calendar = Minutes(spec, zone)
    local = datetime.combine(
        first + timedelta(days=chance.randrange(4)),
        time(chance.randrange(24), chance.choice([0, 1, 15, 30, 59])),
    )
    start = local.replace(tzinfo=zone).astimezone(UTC)
    case = {
        "id": f"wide-{number:03}",
        "source": "minute by minute, sla_reference.py",
        "timezone": zone.key,
        "calendar": spec,
        "start": _stamp(chance, start, zone),
    }
    if chance.random() < 0.15:
        days = chance.randrange(1, 5)
        day = working_day(calendar, start.astimezone(zone).date(), days)
        clock = start.astimezone(zone).time().replace(fold=0)
        answer = datetime.combine(day, clock, zone).astimezone(UTC)
        answer = answer.replace(second=0)
        while not calendar.is_open(answer):
            answer += MINUTE
        return case | {
            "mode": "biz_days",
            "target": {"days": days},
            "events": [],
            "expected_deadline": answer.isoformat(),
        }
    minutes = chance.choice([1, 20, 60, 240, 480, 800])
    events, origin, minutes = _story(chance, calendar, start, minutes)
    walk = Walk(
        calendar,
        origin,
        [(e["at"], e["type"]) for e in events if not e["type"].startswith("policy")],
    )
    case |= {
        "mode": "business_time",
        "target": {"seconds": minutes * 60},
        "events": [e | {"at": _stamp(chance, e["at"], zone)} for e in events],
    }
    if origin != start or chance.random() < 0.6:
        answer = walk.deadline(minutes)
        case["expected_deadline"] = answer.isoformat()
        if chance.random() < 0.3:
            offset = chance.choice([15, 60, 200])
            reached = Walk(calendar, answer, []).deadline(offset)
            case["escalation"] = {
                "offset_seconds": offset * 60,
                "expected_at": reached.isoformat(),
            }
    if origin == start and ("expected_deadline" not in case or chance.random() < 0.5):
        end = start + MINUTE * chance.randrange(8000)
        case |= {
            "end": _stamp(chance, end, zone),
            "expected_elapsed": walk.elapsed(end),
            "expected_paused_business_seconds": walk.paused(end),
            "expected_wallclock_elapsed_seconds": (end - start).total_seconds(),
        }
    return case


def _write(name: str, cases: list[dict]) -> None:
    path = Path(__file__).with_name("cases") / name
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    path.write_text(f'{{"kind": "sla", "cases": [\n{lines}\n]}}\n', encoding="utf-8")


def main() -> None:
    chance = random.Random(2026)
    _write("sla_generated.json", [make(number, chance) for number in range(1, 161)])
    chance = random.Random(19)
    _write("sla_wide.json", [make_wide(number, chance) for number in range(1, 151)])


if __name__ == "__main__":
    main()
