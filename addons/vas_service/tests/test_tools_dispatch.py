from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.dispatch import (
    Candidate,
    Criterion,
    Job,
    Need,
    Road,
    Station,
    assign_all,
    distance_km,
    linear_share,
    rank,
)

#: A busy machine is not a failure of the arithmetic.
CALM = settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
ROAD = Road(1.3, 30.0)
PLACES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
CRITERIA = [
    Criterion(1, "area", True, 20),
    Criterion(2, "skill", True, 20),
    Criterion(3, "station_capacity", True),
    Criterion(4, "station_open", True),
    Criterion(5, "engineer_capacity", True),
    Criterion(6, "duty", True),
    Criterion(7, "promise", False, 30, 2, 0),
    Criterion(8, "travel", False, 15, 2, 40),
    Criterion(9, "load", False, 15),
]
ATM, KIOSK, ZONE = 1, 2, 7


def _someone(key, station, **values):
    return Candidate(station=station, engineer=key, **values)


class TestToolsDispatch(BaseCase):
    def test_catalogue_full_station(self):
        """DSP-03: station 1 covers Z with capacity full, station 2 has two places."""
        one = Station(1, frozenset({ZONE}), capacity=3, load=3)
        two = Station(2, frozenset({ZONE}), capacity=2, load=0)
        first, second = rank(
            Job(1, area=ZONE),
            [Candidate(one, any_skill=True), Candidate(two, any_skill=True)],
            CRITERIA,
            ROAD,
        )
        self.assertEqual((first.candidate.station.key, first.rank), (2, 1))
        self.assertEqual((second.candidate.station.key, second.rank), (1, 0))
        self.assertEqual(
            [v.criterion.kind for v in second.verdicts if v.excluded],
            ["station_capacity"],
        )

    def test_two_places_take_two_orders(self):
        one = Station(1, frozenset({ZONE}), capacity=3, load=3)
        two = Station(2, frozenset({ZONE}), capacity=2, load=0)
        found = assign_all(
            [Job(key, area=ZONE) for key in (1, 2, 3)],
            [Candidate(one, any_skill=True), Candidate(two, any_skill=True)],
            CRITERIA,
            ROAD,
        )
        self.assertEqual(
            [
                None if r[0].excluded else r[0].candidate.station.key
                for r in found.values()
            ],
            [2, 2, None],
        )

    def test_missing_skill_and_level(self):
        station = Station(1, frozenset({ZONE}))
        job = Job(1, area=ZONE, needs=(Need(ATM, "ATM 2", 60), Need(KIOSK, "Kiosk")))
        low, none, able = (
            _someone(1, station, skills={ATM: 30, KIOSK: 30}),
            _someone(2, station, skills={}),
            _someone(3, station, skills={ATM: 60, KIOSK: 0}),
        )
        ranking = rank(job, [low, none, able], CRITERIA, ROAD)
        self.assertEqual([r.candidate.engineer for r in ranking], [3, 1, 2])
        missing = {
            r.candidate.engineer: [n.name for n in r.verdicts[1].facts["missing"]]
            for r in ranking
        }
        self.assertEqual(missing, {3: [], 1: ["ATM 2"], 2: ["ATM 2", "Kiosk"]})

    def test_least_time_left_goes_first(self):
        station = Station(1, frozenset({ZONE}), capacity=1)
        jobs = [
            Job(1, area=ZONE),
            Job(2, area=ZONE, hours_left=5),
            Job(3, area=ZONE, hours_left=-1),
        ]
        found = assign_all(jobs, [_someone(1, station)], CRITERIA, ROAD)
        self.assertEqual(list(found), [3, 2, 1])
        self.assertEqual([r[0].excluded for r in found.values()], [False, True, True])

    def test_whoever_can_keep_the_promise_is_first(self):
        station = Station(1, frozenset({ZONE}))
        busy = _someone(1, station, waiting_hours=4, place=(31.2, 121.5))
        far = _someone(2, station, place=(31.9, 121.5))
        near = _someone(3, station, place=(31.25, 121.5))
        job = Job(1, area=ZONE, hours_left=2, place=(31.2, 121.5))
        ranking = rank(job, [busy, far, near], CRITERIA, ROAD)
        self.assertEqual(ranking[0].candidate.engineer, 3)
        spare = {r.candidate.engineer: r.verdicts[6].facts["spare"] for r in ranking}
        self.assertEqual(spare[1], -2)
        self.assertLess(spare[2], 0)
        self.assertGreater(spare[3], 1.5)

    def test_distance_of_known_places(self):
        """People's Square to Hongqiao airport is about 13.4 km as the crow flies."""
        self.assertAlmostEqual(
            distance_km((31.2304, 121.4737), (31.1979, 121.3363)), 13.5, delta=0.3
        )
        with self.assertRaises(ValueError):
            distance_km((91, 0), (0, 0))
        with self.assertRaises(ValueError):
            distance_km((float("nan"), 0), (0, 0))

    def test_unknown_criterion_is_an_error(self):
        with self.assertRaises(ValueError):
            rank(Job(1), [Candidate(Station(1))], [Criterion(1, "taste")], ROAD)

    @CALM
    @given(PLACES, PLACES, PLACES)
    def test_distance_is_a_distance(self, a, b, c):
        self.assertAlmostEqual(distance_km(a, b), distance_km(b, a), places=6)
        self.assertAlmostEqual(distance_km(a, a), 0, places=3)
        self.assertLessEqual(
            distance_km(a, c), distance_km(a, b) + distance_km(b, c) + 1
        )
        self.assertLessEqual(distance_km(a, b), 20016)

    @CALM
    @given(st.floats(-1e6, 1e6), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
    def test_share_is_between_its_ends(self, value, best, worst):
        share = linear_share(value, best, worst)
        self.assertTrue(0 <= share <= 1)
        if best != worst:
            self.assertEqual(linear_share(best, best, worst), 1)
            self.assertEqual(linear_share(worst, best, worst), 0)

    @CALM
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 6),
                st.integers(0, 6),
                st.booleans(),
                st.booleans(),
                st.floats(0, 9),
            ),
            max_size=8,
        ),
        st.randoms(),
    )
    def test_ranking_is_complete_and_stable(self, people, random):
        station = Station(1, frozenset({ZONE}))
        everybody = [
            _someone(
                key,
                station if covered else Station(2),
                load_orders=load,
                capacity_orders=capacity,
                on_duty=duty,
                waiting_hours=waiting,
            )
            for key, (load, capacity, covered, duty, waiting) in enumerate(people, 1)
        ]
        job = Job(1, area=ZONE, hours_left=3)
        ranking = rank(job, everybody, CRITERIA, ROAD)
        self.assertEqual(
            sorted(r.candidate.engineer for r in ranking),
            list(range(1, len(people) + 1)),
        )
        fit = [r for r in ranking if not r.excluded]
        self.assertEqual(ranking[: len(fit)], fit)
        self.assertEqual([r.rank for r in fit], list(range(1, len(fit) + 1)))
        points = [round(r.points, 6) for r in fit]
        self.assertEqual(points, sorted(points, reverse=True))
        for entry in fit:
            who = entry.candidate
            self.assertTrue(who.on_duty and who.station.areas)
            self.assertTrue(
                not who.capacity_orders or who.load_orders < who.capacity_orders
            )
        shuffled = list(everybody)
        random.shuffle(shuffled)
        self.assertEqual(
            [r.candidate.engineer for r in rank(job, shuffled, CRITERIA, ROAD)],
            [r.candidate.engineer for r in ranking],
        )

    @CALM
    @given(st.integers(0, 12), st.integers(1, 5), st.integers(1, 4))
    def test_nothing_is_given_out_above_capacity(self, jobs, capacity, people):
        station = Station(1, frozenset({ZONE}), capacity=capacity)
        everybody = [
            _someone(key, station, capacity_orders=2) for key in range(1, people + 1)
        ]
        found = assign_all(
            [Job(key, area=ZONE) for key in range(jobs)], everybody, CRITERIA, ROAD
        )
        given_out = sum(not ranking[0].excluded for ranking in found.values())
        self.assertEqual(given_out, min(jobs, capacity, 2 * people))
        self.assertEqual(sum(who.load_orders for who in everybody), given_out)
