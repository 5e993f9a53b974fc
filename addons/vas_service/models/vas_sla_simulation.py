from collections import Counter, defaultdict
from datetime import timedelta, timezone
from time import monotonic
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.odometer import NoWorkingTimeError
from ..tools.sla_simulation import Life, judge, needed

UTC = timezone.utc
SHOWN_FLIPS = 2000
# Facts of tickets that had no clock of a kind: field of the end.
ENDS = {"resolution": "closed_date", "first_response": "vas_first_response_date"}


def _aware(moment):
    return moment.replace(tzinfo=UTC) if moment else None


class VasSlaSimulation(models.Model):
    """A policy or working hours tried on the past, which stays untouched."""

    _name = "vas.sla.simulation"
    _description = "Simulation of a Service Promise"
    _inherit = "vas.lock.mixin"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    policy_id = fields.Many2one(
        "vas.sla.policy",
        string="Policy to try",
        check_company=True,
        domain="[('model_name', '=', 'helpdesk.ticket')]",
        help="A draft, or one in force. Empty: what was promised stays, only the "
        "working hours change.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours to try",
        check_company=True,
        help="Empty: the working hours of the policy.",
    )
    replaced_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Instead of",
        check_company=True,
        help="Only clocks that were counted in these working hours. Empty: all.",
    )
    date_from = fields.Date(
        string="Tickets from",
        required=True,
        default=lambda self: (
            fields.Date.today() - timedelta(days=self._get_number("days"))
        ),
    )
    date_to = fields.Date(string="to", required=True, default=fields.Date.today)
    percent = fields.Float(
        string="Share to be kept (%)",
        default=lambda self: self._get_number("percent") or 100.0,
        digits=(5, 1),
        required=True,
        help="The simulation says which target this share would have kept.",
    )
    state = fields.Selection(
        [("new", "Not run yet"), ("done", "Result")], default="new", readonly=True
    )
    run_date = fields.Datetime(string="Run on", readonly=True)
    duration = fields.Float(string="Took (s)", readonly=True)
    judged_count = fields.Integer(string="Promises judged", readonly=True)
    broken_before = fields.Integer(string="Broken as it was", readonly=True)
    broken_after = fields.Integer(string="Broken with it", readonly=True)
    better_count = fields.Integer(string="Would be kept", readonly=True)
    worse_count = fields.Integer(string="Would be broken", readonly=True)
    new_count = fields.Integer(
        string="Promised newly",
        readonly=True,
        help="Tickets that had no such promise.",
    )
    target_ids = fields.One2many(
        "vas.sla.simulation.target", "simulation_id", string="Targets", readonly=True
    )
    group_ids = fields.One2many(
        "vas.sla.simulation.group", "simulation_id", string="By team", readonly=True
    )
    flip_ids = fields.One2many(
        "vas.sla.simulation.flip", "simulation_id", string="Changes", readonly=True
    )

    _percent_check = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "The share to be kept is over 0 % and at most 100 %.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_from <= date_to)", "A simulation ends after it begins."
    )

    @api.depends("policy_id", "calendar_id")
    def _compute_name(self):
        for simulation in self:
            what = simulation.policy_id or simulation.calendar_id
            simulation.name = what.display_name or simulation.name

    @api.model
    def _get_number(self, name):
        # Starting values of a form, no secret.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        return float(
            parameters_sudo.get_param(f"vas_service.sla_simulation_{name}") or 0
        )

    # ------------------------------------------------------------------
    # Running
    # ------------------------------------------------------------------

    def action_run(self):
        """Try the policy or the hours; only this simulation is written."""
        self.ensure_one()
        self.check_access("write")
        if not self.policy_id and not self.calendar_id:
            raise UserError(
                self.env._(
                    "Simulation “%(name)s” has nothing to try. Expected: a policy, "
                    "working hours, or both.",
                    name=self.name or "",
                )
            )
        self._lock_or_refuse()
        begun = monotonic()
        now = fields.Datetime.now()
        judged = self._judge(now)
        self._write_result(judged, now)
        # The result is written by the computation only.
        self.sudo().duration = monotonic() - begun
        return True

    def _get_tickets(self):
        """Return the tickets of the period that fit the policy."""
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= Domain("create_date", ">=", self.date_from)
        domain &= Domain("create_date", "<", self.date_to + timedelta(days=1))
        if self.policy_id:
            domain &= self.policy_id._get_condition_domain()
        return (
            self.env["helpdesk.ticket"]
            .with_company(self.company_id)
            .search_fetch(
                domain,
                ["create_date", "closed_date", "vas_first_response_date", "team_id"],
                order="id",
            )
        )

    def _judge(self, now):
        """Return [(life, target, promise, ticket, clock, verdict)] of all promises."""
        tickets = self._get_tickets()
        domain = Domain("ticket_id", "in", tickets.ids) & Domain("active", "=", True)
        if self.replaced_calendar_id:
            domain &= Domain("calendar_id", "=", self.replaced_calendar_id.id)
        clocks = self.env["vas.sla.clock"].search_fetch(
            domain,
            ["ticket_id", "key", "cycle", "start", "stopped_at", "deadline", "outcome"],
            order="id",
        )
        spans = clocks._get_interruptions()
        if self.policy_id:
            cases = self._cases_of_policy(tickets, clocks, spans, now)
        else:
            cases = self._cases_of_hours(clocks, spans, now)
        result = []
        for life, target, promise, calendar, ticket, clock in cases:
            try:
                verdict = judge(promise, life, _aware(now))
            except NoWorkingTimeError as error:
                raise calendar._vas_no_working_time() from error
            result.append((life, target, promise, ticket, clock, verdict))
        return result

    def _life_of(self, clock, spans, now):
        """Return the facts of a clock and what became of its promise."""
        end = clock.stopped_at
        kept = clock.outcome == "met" if end else now <= clock.deadline
        return Life(clock.id, _aware(clock.start), _aware(end), spans[clock.id], kept)

    def _cases_of_hours(self, clocks, spans, now):
        """Yield every clock with its own promise in the working hours to try."""
        odometer = self.calendar_id._vas_odometer()
        for clock in clocks:
            target = clock.target_id
            promise = target._promise_of(clock.amount, clock.mode, lambda: odometer)
            yield (
                self._life_of(clock, spans, now),
                target,
                promise,
                self.calendar_id,
                clock.ticket_id,
                clock,
            )

    def _cases_of_policy(self, tickets, clocks, spans, now):
        """Yield every ticket with every target of the policy."""
        by_key = defaultdict(list)
        for clock in clocks:
            by_key[clock.ticket_id.id, clock.key].append(clock)
        if self.calendar_id:
            calendars = dict.fromkeys(tickets, self.calendar_id)
        else:
            matches = dict.fromkeys(tickets, self.policy_id)
            calendars = self.env["vas.sla.engine"]._get_calendars(matches)
        promises = {}
        nobody = self.env["vas.sla.clock"]
        for target in self.policy_id.target_ids:
            for ticket in tickets:
                calendar = calendars[ticket]
                if (target, calendar) not in promises:
                    promises[target, calendar] = target._get_promise(calendar)
                promise = promises[target, calendar]
                found = by_key.get((ticket.id, target.key))
                for clock in found or ():
                    life = self._life_of(clock, spans, now)
                    yield life, target, promise, calendar, ticket, clock
                if not found and target.kind in ENDS and not self.replaced_calendar_id:
                    life = Life(
                        0,
                        _aware(ticket.create_date),
                        _aware(ticket[ENDS[target.kind]] or ticket.closed_date),
                    )
                    yield life, target, promise, calendar, ticket, nobody

    def _write_result(self, judged, now):
        """Write what came out into this simulation."""
        counts, flips = Counter(), []
        groups, seconds = defaultdict(Counter), defaultdict(list)
        targets = defaultdict(Counter)
        zone = ZoneInfo(self.calendar_id.tz or self.env.user.tz or "UTC")
        for life, target, _promise, ticket, clock, verdict in judged:
            counts["judged"] += 1
            broken = not verdict.kept
            was_broken = life.kept is False
            counts["before"] += was_broken
            counts["after"] += broken
            counts["new"] += life.kept is None
            hour = life.start.astimezone(zone).hour
            for counter in (groups[ticket.team_id.id, hour], targets[target]):
                counter["judged"] += 1
                counter["before"] += was_broken
                counter["after"] += broken
            if life.end:
                seconds[target].append(verdict.seconds)
            if life.kept is not None and broken != was_broken:
                counts["worse" if broken else "better"] += 1
                flips.append((ticket, target, clock, verdict, broken))
        # Results are written by the computation only.
        self_sudo = self.sudo()
        self_sudo.target_ids.unlink()
        self_sudo.group_ids.unlink()
        self_sudo.flip_ids.unlink()
        self_sudo.write(
            {
                "state": "done",
                "run_date": now,
                "judged_count": counts["judged"],
                "broken_before": counts["before"],
                "broken_after": counts["after"],
                "better_count": counts["better"],
                "worse_count": counts["worse"],
                "new_count": counts["new"],
            }
        )
        self_sudo.target_ids.create(
            [
                {
                    "simulation_id": self.id,
                    "target_id": target.id,
                    "judged_count": counter["judged"],
                    "broken_before": counter["before"],
                    "broken_after": counter["after"],
                    "needed_hours": (needed(seconds[target], self.percent) or 0) / 3600,
                    "average_hours": sum(seconds[target])
                    / max(len(seconds[target]), 1)
                    / 3600,
                }
                for target, counter in targets.items()
            ]
        )
        self_sudo.group_ids.create(
            [
                {
                    "simulation_id": self.id,
                    "team_id": team_id,
                    "hour": hour,
                    "judged_count": counter["judged"],
                    "broken_before": counter["before"],
                    "broken_after": counter["after"],
                }
                for (team_id, hour), counter in groups.items()
            ]
        )
        self_sudo.flip_ids.create(
            [
                {
                    "simulation_id": self.id,
                    "ticket_id": ticket.id,
                    "target_id": target.id,
                    "effect": "worse" if broken else "better",
                    "deadline_before": clock.deadline,
                    "deadline_after": verdict.deadline.replace(tzinfo=None),
                    "used_hours": verdict.seconds / 3600,
                }
                for ticket, target, clock, verdict, broken in flips[:SHOWN_FLIPS]
            ]
        )

    def _action_lines(self, model, views, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "domain": [("simulation_id", "=", self.id)],
            "views": [(False, view) for view in views],
        }

    def action_view_groups(self):
        return self._action_lines(
            "vas.sla.simulation.group",
            ("pivot", "graph", "list"),
            self.env._("By team and hour"),
        )

    def action_view_flips(self):
        return self._action_lines(
            "vas.sla.simulation.flip", ("list", "pivot"), self.env._("What changes")
        )
