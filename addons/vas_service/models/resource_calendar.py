from datetime import timezone

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.odometer import CalendarSpec, NoWorkingTimeError, Odometer

UTC = timezone.utc
DAY_SECONDS = 86_400
HORIZON_PARAMETER = "vas_service.sla_horizon_years"


def _seconds(hours):
    """Hours of a day as whole seconds."""
    return min(round(hours * 3600), DAY_SECONDS)


class ResourceCalendar(models.Model):
    """Gives every working-hours record an odometer (see ``tools/odometer.py``)."""

    _inherit = "resource.calendar"

    vas_exception_ids = fields.One2many(
        "vas.calendar.exception", "calendar_id", string="Special days", copy=True
    )

    vas_version_ids = fields.One2many(
        "vas.calendar.version", "calendar_id", string="Versions"
    )
    vas_open_clock_count = fields.Integer(
        string="Open clocks", compute="_compute_vas_open_clock_count"
    )
    vas_outdated_clock_count = fields.Integer(
        string="Open clocks on earlier hours", compute="_compute_vas_open_clock_count"
    )

    def _compute_vas_open_clock_count(self):
        groups = self.env["vas.sla.clock"]._read_group(
            [("calendar_id", "in", self.ids), ("outcome", "=", "open")],
            ["calendar_id", "calendar_version_id"],
            ["__count"],
        )
        counts = {calendar: [0, 0] for calendar in self}
        for calendar, version, count in groups:
            counts[calendar][0] += count
            if version and version.digest != calendar._vas_counting()[1]:
                counts[calendar][1] += count
        for calendar in self:
            open_count, outdated = counts[calendar]
            calendar.vas_open_clock_count = open_count
            calendar.vas_outdated_clock_count = outdated

    @tools.ormcache("self.id")
    def _vas_counting(self):
        """Return (odometer, digest of the rules), built once until a rule changes.

        Everybody who may see a promise needs its calendar, portal users too.
        """
        self.ensure_one()
        # The hours of a calendar are no secret, its record rules are not ours to ask.
        calendar_sudo = self.sudo()
        spec = calendar_sudo._vas_calendar_spec()
        digest = self.env["vas.calendar.version"]._digest(spec)[1]
        return Odometer(spec, self._vas_horizon_years()), digest

    @api.model
    def _vas_horizon_years(self):
        """Return how far a deadline may lie ahead."""
        # A setting of the engine, no secret.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        horizon = parameters_sudo.get_param(HORIZON_PARAMETER)
        return int(horizon) if (horizon or "").isdigit() else 100

    def _vas_odometer(self):
        """Return the odometer of the present rules."""
        return self._vas_counting()[0]

    @api.model
    def _vas_forget_odometer(self):
        """Forget every odometer, in all processes."""
        self.env.registry.clear_cache()

    def _vas_calendar_spec(self):
        """Read the rules of this calendar: hours, alternating weeks, special days,
        and public leaves."""
        self.ensure_one()
        weeks = [[[] for _day in range(7)] for _week in range(2)]
        for line in self.attendance_ids:
            if not line._is_work_period():
                continue
            indexes = (int(line.week_type),) if self.two_weeks_calendar else (0, 1)
            for index in indexes:
                weeks[index][int(line.dayofweek)].append(
                    (_seconds(line.hour_from), _seconds(line.hour_to))
                )
        if not self.two_weeks_calendar:
            weeks = weeks[:1]
        opened, closed = {}, {}
        for line in self.vas_exception_ids:
            hours = (_seconds(line.hour_from), _seconds(line.hour_to))
            days = opened if line.kind == "open" else closed
            days.setdefault(line.date, []).append(hours)
        try:
            return CalendarSpec(
                self.tz or "UTC", weeks, opened, closed, self._vas_public_leaves()
            )
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The working hours “%(calendar)s” cannot be counted (%(error)s). "
                    "Expected: an existing time zone, and hours from 0:00 to 24:00.",
                    calendar=self.name,
                    error=error,
                )
            ) from error

    def _vas_public_leaves_domain(self):
        """Leaves that close this calendar for everybody; a hook."""
        domain = Domain("calendar_id", "=", self.id)
        if self.company_id:
            domain |= Domain("calendar_id", "=", False) & Domain(
                "company_id", "=", self.company_id.id
            )
        return (
            domain
            & Domain("resource_id", "=", False)
            & Domain("time_type", "=", "leave")
        )

    def _vas_public_leaves(self):
        leaves = self.env["resource.calendar.leaves"].search_fetch(
            self._vas_public_leaves_domain(), ["date_from", "date_to"]
        )
        periods = []
        for leave in leaves:
            date_to = leave.date_to
            # A leave “to the end of the day” is stored as 23:59:59.
            if date_to.second == 59:
                date_to = fields.Datetime.add(date_to, seconds=1)
            periods.append(
                (leave.date_from.replace(tzinfo=UTC), date_to.replace(tzinfo=UTC))
            )
        return periods

    def _vas_deadline(self, start, amount, mode="business_time", pauses=()):
        """Return the instant at which *amount* is consumed, as ``Odometer.target``.

        :param start: naive UTC datetime, as Odoo stores it
        :param pauses: pairs of naive UTC datetimes
        :raises UserError: when the calendar has too little working time
        """
        self.ensure_one()
        pauses = [(a.replace(tzinfo=UTC), b.replace(tzinfo=UTC)) for a, b in pauses]
        try:
            deadline = self._vas_odometer().target(
                start.replace(tzinfo=UTC), amount, mode, pauses
            )
        except NoWorkingTimeError as error:
            raise self._vas_no_working_time() from error
        return deadline.replace(tzinfo=None)

    def _vas_no_working_time(self):
        """Return the error that says what is wrong with these working hours."""
        # The message names the working hours even to who may not open them.
        calendar_sudo = self.sudo()
        return UserError(
            self.env._(
                "The working hours “%(calendar)s” have too little open time to keep "
                "this promise: a deadline cannot be found. Expected: opening hours "
                "in Settings › Working hours, or a shorter promise.",
                calendar=calendar_sudo.name,
            )
        )

    def action_vas_apply_to_open(self):
        """Show what the present hours would do to the clocks that run on earlier."""
        self.ensure_one()
        return self.env["vas.sla.apply"]._open(calendar=self)

    def action_vas_view_clocks(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_sla_clock_action"
        )
        return dict(action, domain=[("calendar_id", "=", self.id)])

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {
            "tz",
            "attendance_ids",
            "attendance_ids_1st_week",
            "attendance_ids_2nd_week",
            "two_weeks_calendar",
            "company_id",
            "leave_ids",
            "global_leave_ids",
        }:
            self._vas_forget_odometer()
        return result
