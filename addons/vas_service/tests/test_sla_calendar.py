from datetime import date, datetime, timezone

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

UTC = timezone.utc


class TestSlaCalendar(TransactionCase):
    """Odoo working hours become an odometer, and every change of them is noticed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Shanghai office",
                "tz": "Asia/Shanghai",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Day",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                        }
                    )
                    for day in range(5)
                    for start, end in ((9, 12), (13, 18))
                ],
            }
        )

    def _hours(self, day, calendar=None):
        """Working hours of a Shanghai date."""
        odometer = (calendar or self.calendar)._vas_odometer()
        return sum(b - a for a, b in odometer.day_opening(day)) / 3.6e9

    def _exception(self, **values):
        return self.env["vas.calendar.exception"].create(
            {
                "calendar_id": self.calendar.id,
                "date": "2026-02-14",
                "name": "Make-up day",
                "hour_from": 9,
                "hour_to": 12,
            }
            | values
        )

    def test_week_and_zone(self):
        self.assertEqual(self._hours(date(2026, 2, 12)), 8)
        self.assertEqual(self._hours(date(2026, 2, 14)), 0)
        deadline = self.calendar._vas_deadline(datetime(2026, 2, 12, 9), 2 * 3600)
        # 17:00 in Shanghai: one hour today, one from 9:00 tomorrow.
        self.assertEqual(deadline, datetime(2026, 2, 13, 2))

    def test_make_up_working_day_is_noticed_at_once(self):
        self.assertEqual(self._hours(date(2026, 2, 14)), 0)
        exception = self._exception()
        self.assertEqual(self._hours(date(2026, 2, 14)), 3)
        exception.hour_to = 11
        self.assertEqual(self._hours(date(2026, 2, 14)), 2)
        exception.unlink()
        self.assertEqual(self._hours(date(2026, 2, 14)), 0)

    def test_closed_hours_are_taken_out(self):
        self._exception(date="2026-02-12", kind="closed", hour_from=11, hour_to=14)
        self.assertEqual(self._hours(date(2026, 2, 12)), 6)

    def test_overlapping_exceptions_are_refused(self):
        self._exception()
        with self.assertRaisesRegex(ValidationError, "Make-up day.*overlap"):
            self._exception(hour_from=11, hour_to=13)

    def test_public_leave_closes_and_is_noticed(self):
        self.assertEqual(self._hours(date(2026, 2, 17)), 8)
        leave = self.env["resource.calendar.leaves"].create(
            {
                "name": "Spring Festival",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 2, 16, 16),
                "date_to": datetime(2026, 2, 17, 15, 59, 59),
            }
        )
        self.assertEqual(self._hours(date(2026, 2, 17)), 0)
        self.assertEqual(self._hours(date(2026, 2, 18)), 8)
        leave.unlink()
        self.assertEqual(self._hours(date(2026, 2, 17)), 8)

    def test_leave_to_the_last_second_closes_the_whole_day(self):
        around_the_clock = self.calendar.copy()
        around_the_clock.attendance_ids = [Command.clear()] + [
            Command.create(
                {"name": "Day", "dayofweek": str(d), "hour_from": 0, "hour_to": 24}
            )
            for d in range(7)
        ]
        self.env["resource.calendar.leaves"].create(
            {
                "calendar_id": around_the_clock.id,
                "date_from": datetime(2026, 2, 16, 16),
                "date_to": datetime(2026, 2, 17, 15, 59, 59),
            }
        )
        self.assertEqual(self._hours(date(2026, 2, 17), around_the_clock), 0)
        self.assertEqual(self._hours(date(2026, 2, 18), around_the_clock), 24)

    def test_leave_of_one_person_changes_nothing(self):
        resource = self.env["resource.resource"].create(
            {"name": "Engineer", "calendar_id": self.calendar.id}
        )
        self.env["resource.calendar.leaves"].create(
            {
                "resource_id": resource.id,
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 2, 16, 16),
                "date_to": datetime(2026, 2, 17, 16),
            }
        )
        self.assertEqual(self._hours(date(2026, 2, 17)), 8)

    def test_hours_and_zone_edits_are_noticed(self):
        self.assertEqual(self._hours(date(2026, 2, 12)), 8)
        self.calendar.attendance_ids.filtered(
            lambda line: line.dayofweek == "3" and line.hour_from == 13
        ).hour_to = 15
        self.assertEqual(self._hours(date(2026, 2, 12)), 5)
        self.calendar.tz = "Europe/Berlin"
        self.assertEqual(self.calendar._vas_odometer().spec.zone, "Europe/Berlin")

    def test_agrees_with_the_hours_of_odoo(self):
        start = datetime(2026, 2, 3, 5, 30, tzinfo=UTC)
        for hours in (0.5, 3, 11, 40, 123):
            with self.subTest(hours=hours):
                self.assertEqual(
                    self.calendar._vas_deadline(
                        start.replace(tzinfo=None), hours * 3600
                    ),
                    self.calendar.plan_hours(hours, start, compute_leaves=True)
                    .astimezone(UTC)
                    .replace(tzinfo=None),
                )

    def test_calendar_without_hours_says_so(self):
        empty = self.calendar.copy()
        empty.write({"name": "Nobody", "attendance_ids": [Command.clear()]})
        with self.assertRaisesRegex(UserError, "Nobody.*too little open time"):
            empty._vas_deadline(datetime(2026, 2, 12), 60)

    def test_odometer_costs_no_query_the_second_time(self):
        self.calendar._vas_odometer()
        with self.assertQueryCount(0):
            self.calendar._vas_deadline(datetime(2026, 2, 12), 3600)

    def test_only_administrators_change_special_days(self):
        officer = new_test_user(
            self.env, "sla_officer", groups="vas_service.group_vas_service_officer"
        )
        exception = self._exception()
        self.assertEqual(exception.with_user(officer).name, "Make-up day")
        with self.assertRaises(AccessError):
            exception.with_user(officer).write({"hour_to": 13})
