"""Who should do a work order: pure ranking of candidates, no Odoo.

Catalogue DSP-03: a ticket goes to a station that covers the area and has free capacity.
A candidate is an engineer of a station, or a station that names its engineer itself.
Every criterion gives each candidate a share from 0 to 1 and, if it is a hard rule, may
exclude it; points are weight × share. The facts behind a share are returned so that the
screen can put them into words. Distances are straight lines (great circles), in km.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from typing import Any

EARTH_RADIUS_KM = 6371.0088
SECONDS_PER_HOUR = 3600.0
MAX_LATITUDE = 90.0
MAX_LONGITUDE = 180.0

#: What candidates can be judged by.
KINDS = (
    "area",
    "skill",
    "station_capacity",
    "station_open",
    "engineer_capacity",
    "duty",
    "promise",
    "travel",
    "load",
)

Place = tuple[float, float]
#: Share from 0 to 1, whether it fails a hard rule, and the facts behind it.
Found = tuple[float, bool, dict[str, Any]]


def distance_km(one: Place, other: Place) -> float:
    """Return the great-circle distance of two places (latitude, longitude in degrees).

    :raises ValueError: when a coordinate is not on the globe
    """
    for latitude, longitude in (one, other):
        if not abs(latitude) <= MAX_LATITUDE or not abs(longitude) <= MAX_LONGITUDE:
            raise ValueError(f"({latitude}, {longitude}) is not a place on the globe")
    lat1, lon1, lat2, lon2 = (radians(value) for value in (*one, *other))
    chord = (
        sin((lat2 - lat1) / 2) ** 2
        + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def linear_share(value: float, best: float, worst: float) -> float:
    """Return 1 at *best*, 0 at *worst*, a straight line between, clamped beyond.

    Works in both directions; equal ends are a step at that value.
    """
    if best == worst:
        return 1.0 if value <= best else 0.0
    return min(1.0, max(0.0, (value - worst) / (best - worst)))


@dataclass(frozen=True)
class Need:
    """A skill that is asked for: its id, name and least level (0: any, to 100)."""

    skill: int
    name: str
    level: float = 0.0


@dataclass(frozen=True)
class Job:
    """What has to be done. ``hours_left`` is the promise's time left, None: none."""

    key: int
    area: int | None = None
    district: int | None = None
    needs: tuple[Need, ...] = ()
    place: Place | None = None
    hours_left: float | None = None
    hours: float = 0.0


@dataclass
class Station:
    """A station; the counts grow while a batch of orders is given out. 0: no limit."""

    key: int
    areas: frozenset[int] = frozenset()
    districts: frozenset[int] = frozenset()
    registered: frozenset[int] = frozenset()
    capacity: int = 0
    load: int = 0
    open_limit: int = 0
    open: int = 0


@dataclass
class Candidate:
    """An engineer (or the station itself: ``engineer`` is None)."""

    station: Station
    engineer: int | None = None
    areas: frozenset[int] = frozenset()
    skills: Mapping[int, float] = field(default_factory=dict)
    any_skill: bool = False
    place: Place | None = None
    on_duty: bool = True
    capacity_orders: int = 0
    capacity_hours: float = 0.0
    load_orders: int = 0
    load_hours: float = 0.0
    waiting_hours: float = 0.0

    def take(self, job: Job) -> None:
        """Count *job* as given to this candidate."""
        self.load_orders += 1
        self.load_hours += job.hours
        self.waiting_hours += job.hours
        self.station.load += 1
        self.station.open += 1


@dataclass(frozen=True)
class Criterion:
    """How one thing counts. ``best`` and ``worst`` are the ends of the line for travel
    (km) and the promise (hours to spare); unused by the others."""

    key: int
    kind: str
    hard: bool = False
    weight: float = 0.0
    best: float = 0.0
    worst: float = 0.0


@dataclass(frozen=True)
class Road:
    """How straight lines become time: detour factor and km per hour."""

    factor: float = 1.0
    speed: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """What one criterion says about one candidate."""

    criterion: Criterion
    share: float
    points: float
    excluded: bool
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Ranked:
    """A candidate with its verdicts; ``rank`` is 0 for those that are excluded."""

    candidate: Candidate
    verdicts: tuple[Verdict, ...]
    points: float
    excluded: bool
    rank: int = 0


def _share_of_area(job: Job, who: Candidate) -> Found:
    station = who.station
    if job.area is None:
        return 1.0, False, {"what": "unknown"}
    if who.areas and job.area not in who.areas:
        return 0.0, True, {"what": "not_engineer"}
    if job.area in station.areas:
        return 1.0, False, {"what": "covered"}
    if job.district is not None and job.district in station.districts:
        return 1.0, False, {"what": "district"}
    if job.area in station.registered:
        return 0.0, False, {"what": "registered"}
    return 0.0, True, {"what": "not_covered"}


def _share_of_skill(job: Job, who: Candidate) -> Found:
    if not job.needs:
        return 1.0, False, {"missing": [], "asked": 0}
    if who.any_skill:
        return 1.0, False, {"missing": [], "asked": len(job.needs), "station": True}
    missing = [
        need
        for need in job.needs
        if need.skill not in who.skills or who.skills[need.skill] < need.level
    ]
    share = 1.0 - len(missing) / len(job.needs)
    return share, bool(missing), {"missing": missing, "asked": len(job.needs)}


def _share_of_limit(load: float, limit: float, extra: float) -> Found:
    """Share of what is left of a limit once the new work is counted."""
    facts = {"load": load, "limit": limit}
    if not limit:
        return 1.0, False, facts
    full = load >= limit or load + extra > limit
    return linear_share(load, 0.0, limit), full, facts


def _share_of_engineer(job: Job, who: Candidate) -> Found:
    orders = _share_of_limit(who.load_orders, who.capacity_orders, 0.0)
    hours = _share_of_limit(who.load_hours, who.capacity_hours, job.hours)
    worst = min((orders, hours), key=lambda found: (not found[1], found[0]))
    facts = dict(worst[2], unit="orders" if worst is orders else "hours")
    return worst[0], orders[1] or hours[1], facts


def _way_km(job: Job, who: Candidate) -> float | None:
    if job.place is None or who.place is None:
        return None
    return distance_km(job.place, who.place)


def _share_of_travel(job: Job, who: Candidate, criterion: Criterion) -> Found:
    way = _way_km(job, who)
    if way is None:
        return 0.0, False, {"km": None}
    share = linear_share(way, criterion.best, criterion.worst)
    return share, way > criterion.worst, {"km": way}


def _share_of_promise(
    job: Job, who: Candidate, criterion: Criterion, road: Road
) -> Found:
    """Hours to spare when the candidate finishes its work first and then drives."""
    if job.hours_left is None:
        return 1.0, False, {"spare": None}
    way = _way_km(job, who)
    drive = way * road.factor / road.speed if way is not None and road.speed else 0.0
    spare = job.hours_left - who.waiting_hours - drive
    share = linear_share(spare, criterion.best, criterion.worst)
    return share, spare < 0, {"spare": spare, "drive": drive}


def judge(job: Job, who: Candidate, criterion: Criterion, road: Road) -> Verdict:
    """Return what *criterion* says about *who* for *job*."""
    if criterion.kind == "area":
        found = _share_of_area(job, who)
    elif criterion.kind == "skill":
        found = _share_of_skill(job, who)
    elif criterion.kind == "station_capacity":
        found = _share_of_limit(who.station.load, who.station.capacity, 0.0)
    elif criterion.kind == "station_open":
        found = _share_of_limit(who.station.open, who.station.open_limit, 0.0)
    elif criterion.kind == "engineer_capacity":
        found = _share_of_engineer(job, who)
    elif criterion.kind == "duty":
        found = (float(who.on_duty), not who.on_duty, {"on_duty": who.on_duty})
    elif criterion.kind == "promise":
        found = _share_of_promise(job, who, criterion, road)
    elif criterion.kind == "travel":
        found = _share_of_travel(job, who, criterion)
    elif criterion.kind == "load":
        part, _fails, facts = _share_of_engineer(job, who)
        found = (part, False, facts)
    else:
        raise ValueError(f"unknown criterion {criterion.kind!r}")
    share, fails, facts = found
    return Verdict(
        criterion, share, share * criterion.weight, criterion.hard and fails, facts
    )


def rank(
    job: Job,
    candidates: Iterable[Candidate],
    criteria: Sequence[Criterion],
    road: Road,
) -> list[Ranked]:
    """Return all candidates, the best first, those that are excluded last.

    Equal points go to whoever has less to do, then to the smaller key, so that the
    answer does not depend on the order of the question.
    """
    found = []
    for who in candidates:
        verdicts = tuple(judge(job, who, criterion, road) for criterion in criteria)
        points = sum(verdict.points for verdict in verdicts)
        excluded = any(verdict.excluded for verdict in verdicts)
        found.append(Ranked(who, verdicts, points, excluded))
    found.sort(
        key=lambda entry: (
            entry.excluded,
            -round(entry.points, 6),
            entry.candidate.load_orders,
            entry.candidate.station.load,
            entry.candidate.station.key,
            entry.candidate.engineer or 0,
        )
    )
    return [
        Ranked(
            entry.candidate,
            entry.verdicts,
            entry.points,
            entry.excluded,
            0 if entry.excluded else place,
        )
        for place, entry in enumerate(found, start=1)
    ]


def assign_all(
    jobs: Iterable[Job],
    candidates: Sequence[Candidate],
    criteria: Sequence[Criterion],
    road: Road,
) -> dict[int, list[Ranked]]:
    """Give out *jobs* one after the other, least time left first.

    Each job goes to its best candidate at that moment, whose load grows with it.

    :return: {key of the job: its ranking}; the first entry took it unless excluded
    """
    ordered = sorted(
        jobs,
        key=lambda job: (
            job.hours_left is None,
            job.hours_left if job.hours_left is not None else 0.0,
            job.key,
        ),
    )
    result = {}
    for job in ordered:
        ranking = rank(job, candidates, criteria, road)
        result[job.key] = ranking
        if ranking and not ranking[0].excluded:
            ranking[0].candidate.take(job)
    return result
