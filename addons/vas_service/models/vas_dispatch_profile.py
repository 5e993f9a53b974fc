from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools import dispatch


class VasDispatchProfile(models.Model):
    """How work orders find their station and engineer: hard rules and points.

    ``_suggest`` reads everything about all orders and candidates at once; the ranking
    itself is in ``tools/dispatch.py``. The number of queries does not grow with them.
    """

    _name = "vas.dispatch.profile"
    _description = "Dispatch Profile"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first one of the company holds.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    criterion_ids = fields.One2many(
        "vas.dispatch.criterion", "profile_id", string="Criteria", copy=True
    )
    points_total = fields.Float(string="Points in all", compute="_compute_points_total")
    road_factor = fields.Float(
        string="Detour factor",
        required=True,
        help="How much longer the road is than the straight line.",
    )
    speed = fields.Float(
        string="Speed (km/h)",
        required=True,
        help="To turn the way into the time of arrival.",
    )
    order_hours = fields.Float(
        string="Hours per work order",
        required=True,
        help="What a work order takes when it does not say so itself.",
    )
    background_orders = fields.Integer(
        string="In the background above",
        required=True,
        help="More work orders than this are given out by a background job.",
    )

    _numbers_check = models.Constraint(
        "CHECK (road_factor >= 1 AND speed > 0 AND order_hours >= 0 "
        "AND background_orders >= 0)",
        "A detour factor is 1 or more, the speed is positive, hours and numbers are "
        "not negative.",
    )

    @api.depends("criterion_ids.weight")
    def _compute_points_total(self):
        for profile in self:
            profile.points_total = sum(profile.criterion_ids.mapped("weight"))

    @api.constrains("criterion_ids")
    def _check_criteria(self):
        for profile in self:
            if not profile.criterion_ids:
                raise ValidationError(
                    self.env._(
                        "Dispatch profile “%(profile)s” has no criteria. Name at least "
                        "one.",
                        profile=profile.name,
                    )
                )

    @api.model
    def _get_profile(self):
        """Return the profile of the present company."""
        # How is suggested is no secret of the administrator.
        profile = self.sudo().search(
            [("company_id", "in", (False, self.env.company.id))], limit=1
        )
        if not profile:
            raise UserError(
                self.env._(
                    "%(company)s has no dispatch profile. Ask an administrator to add "
                    "one under Configuration → Field Work.",
                    company=self.env.company.name,
                )
            )
        return profile

    # ------------------------------------------------------------------
    # From records to plain values
    # ------------------------------------------------------------------

    def _get_criteria(self):
        return [
            dispatch.Criterion(
                line.id, line.kind, line.hard, line.weight, line.best, line.worst
            )
            for line in self.criterion_ids
        ]

    def _get_road(self):
        return dispatch.Road(self.road_factor, self.speed)

    @api.model
    def _get_place(self, partner):
        """Return the position of a partner; (0, 0) means that none was entered."""
        place = (partner.partner_latitude, partner.partner_longitude)
        on_globe = (
            abs(place[0]) <= dispatch.MAX_LATITUDE
            and abs(place[1]) <= dispatch.MAX_LONGITUDE
        )
        return place if any(place) and on_globe else None

    def _get_jobs(self, orders):
        """Return the plain jobs of work orders."""
        now, jobs = fields.Datetime.now(), []
        for order in orders:
            levels = {
                need.skill_id: (need.display_name, need.skill_level_id.level_progress)
                for need in order.vas_skill_need_ids
            }
            for skill in order.skill_ids:
                levels.setdefault(skill, (skill.name, 0.0))
            due = order.vas_due_at
            jobs.append(
                dispatch.Job(
                    key=order.id,
                    area=order.territory_id.id or None,
                    district=order.territory_id.district_id.id or None,
                    needs=tuple(
                        dispatch.Need(skill.id, name, level)
                        for skill, (name, level) in levels.items()
                    ),
                    place=self._get_place(order.location_id.partner_id),
                    hours_left=(due - now).total_seconds() / 3600 if due else None,
                    hours=order.scheduled_duration or self.order_hours,
                )
            )
        return jobs

    def _get_candidates(self, company, day):
        """Return the plain candidates of a company on a day."""
        records = self.env["vas.service.station"].search_fetch(
            [("company_id", "=", company.id)]
        )
        capacities = self.env["vas.service.station.capacity"]._in_force(records, day)
        coverages = self.env["vas.service.station.coverage"]._in_force(records, day)
        loads = records._get_loads(day)
        registered = defaultdict(set)
        for note in self.env["vas.service.area.note"].search_fetch(
            Domain("station_id", "in", records.ids)
            & Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day)),
            ["station_id", "territory_id"],
        ):
            registered[note.station_id].add(note.territory_id.id)
        stations = {}
        for record in records:
            capacity, coverage = capacities.get(record), coverages[record]
            load, opened = loads[record]
            stations[record] = dispatch.Station(
                key=record.id,
                areas=frozenset(coverage.territory_id.ids),
                districts=frozenset(coverage.district_id.ids),
                registered=frozenset(registered[record]),
                capacity=capacity.orders_per_day if capacity else 0,
                load=load,
                open_limit=capacity.open_limit if capacity else 0,
                open=opened,
            )
        persons = self.env["fsm.person"].search([("vas_station_id", "in", records.ids)])
        return self._get_engineers(persons, stations, company, day) + [
            dispatch.Candidate(
                station=stations[record],
                any_skill=True,
                place=self._get_place(record.partner_id),
                on_duty=self._is_open(
                    record.calendar_id or company.resource_calendar_id, day
                ),
                waiting_hours=0.0,
            )
            for record in records
            if record.mode == "station"
        ]

    def _get_engineers(self, persons, stations, company, day):
        persons = persons.filtered(lambda p: p.vas_station_id.mode == "engineers")
        skills = defaultdict(dict)
        for line in self.env["fsm.person.skill"].search_fetch(
            [("person_id", "in", persons.ids)],
            ["person_id", "skill_id", "level_progress"],
        ):
            skills[line.person_id][line.skill_id.id] = line.level_progress
        loads = persons._vas_get_loads(day)
        result = []
        for person in persons:
            station = person.vas_station_id
            calendar = (
                person.calendar_id
                or station.calendar_id
                or company.resource_calendar_id
            )
            count, hours, _opened, waiting = loads[person]
            result.append(
                dispatch.Candidate(
                    station=stations[station],
                    engineer=person.id,
                    areas=frozenset(person.territory_ids.ids),
                    skills=skills[person],
                    place=self._get_place(person.partner_id)
                    or self._get_place(station.partner_id),
                    on_duty=self._is_open(calendar, day),
                    capacity_orders=person.vas_capacity_orders,
                    capacity_hours=person.vas_capacity_hours,
                    load_orders=count,
                    load_hours=hours,
                    waiting_hours=waiting,
                )
            )
        return result

    @api.model
    def _is_open(self, calendar, day):
        """Whether somebody works on a day; no working hours: always."""
        return not calendar or bool(calendar._vas_odometer().day_opening(day))

    # ------------------------------------------------------------------
    # Suggestion
    # ------------------------------------------------------------------

    def _suggest(self, orders, day=None):
        """Return {order: its ranked candidates}, each as if given out alone."""
        # The suggestion looks at all stations, whoever asks.
        self_sudo, orders_sudo = self.sudo(), orders.sudo()
        day = day or self.env["vas.service.station"]._get_day()
        criteria, road = self_sudo._get_criteria(), self_sudo._get_road()
        result = {}
        for company, members in orders_sudo.grouped("company_id").items():
            candidates = self_sudo._get_candidates(company, day)
            for job in self_sudo._get_jobs(members):
                result[orders.browse(job.key)] = dispatch.rank(
                    job, candidates, criteria, road
                )
        return result

    def _suggest_all(self, orders, day=None):
        """Return {order: ranking} for giving out all *orders*, loads growing."""
        # As above: the plan looks at all stations.
        self_sudo, orders_sudo = self.sudo(), orders.sudo()
        day = day or self.env["vas.service.station"]._get_day()
        criteria, road = self_sudo._get_criteria(), self_sudo._get_road()
        result = {}
        for company, members in orders_sudo.grouped("company_id").items():
            rankings = dispatch.assign_all(
                self_sudo._get_jobs(members),
                self_sudo._get_candidates(company, day),
                criteria,
                road,
            )
            for key, ranking in rankings.items():
                result[orders.browse(key)] = ranking
        return result

    def _explain(self, entry):
        """Return the verdicts of a ranked candidate as rows for the screen."""
        # The words of criteria are no secret.
        lines = self.env["vas.dispatch.criterion"].sudo()
        rows = []
        for verdict in entry.verdicts:
            line = lines.browse(verdict.criterion.key)
            rows.append(
                {
                    "name": line.display_name,
                    "words": line._in_words(verdict),
                    "points": verdict.points,
                    "weight": verdict.criterion.weight,
                    "excluded": verdict.excluded,
                }
            )
        return rows

    def _reasons(self, entry, excluded=None):
        """Return what speaks about a candidate as one line of text.

        :param excluded: only what excludes it
        """
        rows = [row for row in self._explain(entry) if not excluded or row["excluded"]]
        return "; ".join(row["words"] for row in rows)
