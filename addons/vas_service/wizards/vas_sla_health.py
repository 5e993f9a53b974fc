from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import api, fields, models

from ..tools.instants import aware
from ..tools.odometer import NoWorkingTimeError

PARAMETERS = {
    # days ahead for which holidays should be known
    "holidays": "vas_service.sla_health_holiday_days",
    # days back in which a policy should have fitted something
    "history": "vas_service.sla_health_history_days",
    # days a target may lie ahead
    "far": "vas_service.sla_health_far_days",
}


class VasSlaHealth(models.TransientModel):
    """Looks through the configuration of service promises for what cannot work."""

    _name = "vas.sla.health"
    _description = "Health of Service Promises"

    line_ids = fields.One2many(
        "vas.sla.health.line", "health_id", string="Findings", readonly=True
    )
    error_count = fields.Integer(string="Broken", readonly=True)
    warning_count = fields.Integer(string="To look at", readonly=True)
    policy_count = fields.Integer(string="Policies in force", readonly=True)
    calendar_count = fields.Integer(string="Working hours in use", readonly=True)

    def _compute_display_name(self):
        self.display_name = self.env._("Health of service promises")

    @api.model
    def _get_checks(self):
        return [
            ("unreachable", self.env._("Targets that cannot be reached")),
            ("hours", self.env._("Working hours")),
            ("zone", self.env._("Time zones")),
            ("holidays", self.env._("Holidays")),
            ("unused", self.env._("Policies nobody matches")),
            ("overlap", self.env._("Policies in each other's way")),
            ("roles", self.env._("Escalations without recipients")),
        ]

    @api.model
    def action_check(self):
        """Look through everything and show the findings."""
        health = self.create({})
        health._check()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Health of service promises"),
            "res_model": self._name,
            "res_id": health.id,
            "views": [(False, "form")],
        }

    def action_again(self):
        return self.action_check()

    @api.model
    def _get_days(self, name):
        # Settings of the engine, no secret.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        value = parameters_sudo.get_param(PARAMETERS[name])
        return int(value) if (value or "").isdigit() else 0

    def _check(self):
        """Run every check; findings are written to this record."""
        self.ensure_one()
        policies = self.env["vas.sla.policy"].search(
            [("state", "=", "active")], order="sequence, id"
        )
        policies = policies.filtered(lambda policy: policy.model_name in self.env)
        pairs = self._get_pairs(policies)
        calendars = self.env["resource.calendar"].union(*(c for _p, c in pairs))
        lines = [*self._check_zones(calendars)]
        broken = {(line["res_model"], line["res_id"]) for line in lines}
        calendars = calendars.filtered(lambda c: (c._name, c.id) not in broken)
        lines += [
            *self._check_hours(policies, [p for p in pairs if p[1] in calendars]),
            *self._check_holidays(calendars),
            *self._check_matching(policies),
            *self._check_roles(policies),
        ]
        # Findings are written by the check only.
        self.env["vas.sla.health.line"].sudo().create(
            [dict(line, health_id=self.id) for line in lines]
        )
        # The counts as well.
        self.sudo().write(
            {
                "error_count": sum(x["severity"] == "1_error" for x in lines),
                "warning_count": sum(x["severity"] == "2_warning" for x in lines),
                "policy_count": len(policies),
                "calendar_count": len(calendars),
            }
        )

    @api.model
    def _finding(self, check, severity, record, text):
        return {
            "check_name": check,
            "severity": severity,
            "text": text,
            "res_model": record._name,
            "res_id": record.id,
        }

    @api.model
    def _get_pairs(self, policies):
        """Return [(policy, working hours it may be counted in)] without doubles."""
        pairs = {}
        teams = self.env["helpdesk.ticket.team"].search([("active", "=", True)])
        for policy in policies:
            if policy.calendar_id:
                pairs[policy, policy.calendar_id] = True
                continue
            companies = policy.company_id or self.env.companies
            if policy._is_for_tickets():
                for team in policy.team_ids or teams:
                    if team.vas_calendar_id:
                        pairs[policy, team.vas_calendar_id] = True
            for company in companies:
                if company.resource_calendar_id:
                    pairs[policy, company.resource_calendar_id] = True
        return list(pairs)

    def _check_hours(self, policies, pairs):
        """Targets without working time, or very far away; policies without hours."""
        now = aware(fields.Datetime.now())
        far = now + timedelta(days=self._get_days("far"))
        for policy in policies - policies.union(*(policy for policy, _c in pairs)):
            if policy._needs_calendar():
                yield self._finding(
                    "hours", "1_error", policy, str(policy._no_calendar())
                )
        for policy, calendar in pairs:
            for target in policy.target_ids:
                try:
                    promise = target._get_promise(calendar)
                    deadline = promise.odometer.target(
                        now, promise.amount, promise.mode
                    )
                except (NoWorkingTimeError, ValueError):
                    yield self._finding(
                        "unreachable",
                        "1_error",
                        calendar,
                        self.env._(
                            "“%(target)s” of “%(policy)s” has no deadline: “%(hours)s” "
                            "has too little open time.",
                            target=target.display_name,
                            policy=policy.name,
                            hours=calendar.name,
                        ),
                    )
                    continue
                if deadline > far:
                    yield self._finding(
                        "unreachable",
                        "2_warning",
                        policy,
                        self.env._(
                            "“%(target)s” of “%(policy)s”, promised today, is due only "
                            "on %(date)s in “%(hours)s”.",
                            target=target.display_name,
                            policy=policy.name,
                            date=deadline.date(),
                            hours=calendar.name,
                        ),
                    )

    def _check_zones(self, calendars):
        for calendar in calendars:
            try:
                ZoneInfo(calendar.tz or "")
            except (ZoneInfoNotFoundError, ValueError, OSError):
                yield self._finding(
                    "zone",
                    "1_error",
                    calendar,
                    self.env._(
                        "“%(hours)s” has no time zone that exists; its times mean "
                        "nothing certain.",
                        hours=calendar.name,
                    ),
                )

    def _check_holidays(self, calendars):
        """Working hours whose known holidays end soon, or that know none."""
        today = fields.Date.today()
        soon = today + timedelta(days=self._get_days("holidays"))
        for calendar in calendars:
            # Leaves of people in the hours are counted, not shown.
            spec = calendar.sudo()._vas_calendar_spec()
            if all(intervals for week in spec.weeks for intervals in week) and all(
                sum(b - a for a, b in day) == 86_400
                for week in spec.weeks
                for day in week
            ):
                # Around the clock: closed on no holiday by intention.
                continue
            last = max(
                [end.date() for _start, end in spec.closed] + [*spec.breaks],
                default=None,
            )
            if last and last <= soon:
                yield self._finding(
                    "holidays",
                    "2_warning",
                    calendar,
                    self.env._(
                        "The last holiday known to “%(hours)s” is on %(date)s. Enter "
                        "the next ones before promises are counted across them.",
                        hours=calendar.name,
                        date=last,
                    ),
                )
            elif not last:
                yield self._finding(
                    "holidays",
                    "3_info",
                    calendar,
                    self.env._("“%(hours)s” knows no holidays.", hours=calendar.name),
                )

    def _check_matching(self, policies):
        """Policies that fit nothing, or only what others take before them."""
        since = fields.Datetime.now() - timedelta(days=self._get_days("history"))
        for policy in policies:
            company = policy.company_id or self.env.company
            records = self.env[policy.model_name].with_company(company)
            recent = [("create_date", ">=", since)]
            own = policy._get_condition_domain() & fields.Domain(recent)
            if not records.search_count(own, limit=1):
                yield self._finding(
                    "unused",
                    "2_warning",
                    policy,
                    self.env._(
                        "“%(policy)s” fitted nothing in the last %(days)s days.",
                        policy=policy.name,
                        days=self._get_days("history"),
                    ),
                )
                continue
            before = policies.filtered(
                lambda other, policy=policy: (
                    other.model_name == policy.model_name
                    and other.audience == policy.audience
                    and (other.sequence, other.id) < (policy.sequence, policy.id)
                )
            )
            left = own
            for other in before:
                left &= ~other._get_condition_domain()
            takers = before.filtered(
                lambda other, own=own, records=records: records.search_count(
                    own & other._get_condition_domain(), limit=1
                )
            )
            if not records.search_count(left, limit=1):
                yield self._finding(
                    "overlap",
                    "1_error",
                    policy,
                    self.env._(
                        "“%(policy)s” never holds: %(others)s take everything it fits "
                        "before it.",
                        policy=policy.name,
                        others=self.env._(", ").join(takers.mapped("name")),
                    ),
                )
                continue
            same = takers.filtered(lambda o, p=policy: o.sequence == p.sequence)
            if same:
                yield self._finding(
                    "overlap",
                    "2_warning",
                    policy,
                    self.env._(
                        "“%(policy)s” and %(others)s fit the same tickets and have the "
                        "same place in the order. Move one of them.",
                        policy=policy.name,
                        others=self.env._(", ").join(same.mapped("name")),
                    ),
                )

    def _check_roles(self, policies):
        """Escalation steps of which nobody would hear."""
        for step in policies.escalation_plan_id.step_ids.filtered("active"):
            fixed = step.role_ids.filtered(lambda role: role.kind != "path")
            for role in fixed:
                people = role.user_ids if role.kind == "users" else None
                if people is None:
                    # Who is in a group is counted, not shown.
                    people = role.group_id.sudo().all_user_ids
                if not people.filtered("active"):
                    yield self._finding(
                        "roles",
                        "1_error",
                        role,
                        self.env._(
                            "Nobody has the role “%(role)s” of the step “%(step)s” in "
                            "“%(plan)s”.",
                            role=role.name,
                            step=step.name,
                            plan=step.plan_id.name,
                        ),
                    )
