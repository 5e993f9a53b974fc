from collections import Counter, defaultdict
from datetime import timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.instants import aware
from ..tools.odometer import NoWorkingTimeError
from ..tools.sla_simulation import Life, judge, needed

SHOWN_FLIPS = 2000
# Facts of tickets that had no clock of a kind: field of the end.
ENDS = {"resolution": "closed_date", "first_response": "vas_first_response_date"}


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
        help="A draft, or one in force, for tickets or any other documents. Empty: "
        "what was promised stays, only the working hours change.",
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
        string="Documents from",
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
        help="Documents that had no such promise.",
    )
    unknown_count = fields.Integer(
        string="Not judged",
        readonly=True,
        help="Documents that had no such promise, and whose own dates do not tell when "
        "it would have been kept.",
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
        judged, unknown = self._judge(now)
        self._write_result(judged, unknown, now)
        # The result is written by the computation only.
        self.sudo().duration = monotonic() - begun
        return True

    def _get_documents(self):
        """Return the documents of the period that fit the policy."""
        policy = self.policy_id
        documents = self.env[policy.model_name].with_company(self.company_id)
        known = documents._fields
        domain = policy._get_condition_domain()
        domain &= Domain("create_date", ">=", self.date_from)
        domain &= Domain("create_date", "<", self.date_to + timedelta(days=1))
        if "company_id" in known:
            domain &= Domain("company_id", "in", (self.company_id.id, False))
        dates = policy.target_ids.date_field_id | policy.target_ids.start_field_id
        names = {"create_date", *dates.mapped("name")}
        if policy._is_for_tickets():
            names |= {"closed_date", "vas_first_response_date", "team_id"}
        return documents.search_fetch(domain, sorted(names), order="id")

    def _get_clocks(self, documents):
        """Return the clocks to judge: of *documents*, or all of the period."""
        domain = Domain("active", "=", True)
        if self.replaced_calendar_id:
            domain &= Domain("calendar_id", "=", self.replaced_calendar_id.id)
        if self.policy_id:
            domain &= Domain("res_model", "=", documents._name)
            domain &= Domain("res_id", "in", documents.ids)
        else:
            domain &= Domain("company_id", "=", self.company_id.id)
            domain &= Domain("start", ">=", self.date_from)
            domain &= Domain("start", "<", self.date_to + timedelta(days=1))
        names = ["res_model", "res_id", "team_id", "key", "cycle", "start"]
        names += ["stopped_at", "deadline", "outcome"]
        return self.env["vas.sla.clock"].search_fetch(domain, names, order="id")

    def _judge(self, now):
        """Return ([(life, target, team, clock, verdict)] of all promises, number of
        promises of which the past tells nothing)."""
        documents = self._get_documents() if self.policy_id else None
        clocks = self._get_clocks(documents)
        spans = clocks._get_interruptions()
        if self.policy_id:
            cases = self._cases_of_policy(documents, clocks, spans, now)
        else:
            cases = self._cases_of_hours(clocks, spans, now)
        result, unknown = [], 0
        for life, target, promise, calendar, team, clock in cases:
            if not life:
                unknown += 1
                continue
            try:
                verdict = judge(promise, life, aware(now))
            except NoWorkingTimeError as error:
                raise calendar._vas_no_working_time() from error
            result.append((life, target, team, clock, verdict))
        return result, unknown

    def _life_of(self, clock, spans, now):
        """Return the facts of a clock and what became of its promise."""
        end = clock.stopped_at
        kept = clock.outcome == "met" if end else now <= clock.deadline
        return Life(clock.id, aware(clock.start), aware(end), spans[clock.id], kept)

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
                clock.team_id,
                clock,
            )

    def _cases_of_policy(self, documents, clocks, spans, now):
        """Yield every document with every target of the policy."""
        by_key = defaultdict(list)
        for clock in clocks:
            by_key[clock.res_id, clock.key].append(clock)
        if self.calendar_id:
            calendars = dict.fromkeys(documents, self.calendar_id)
        else:
            matches = dict.fromkeys(documents, self.policy_id)
            calendars = self.env["vas.sla.engine"]._get_calendars(matches)
        promises = {}
        nobody, no_team = clocks.browse(), self.env["helpdesk.ticket.team"]
        has_team = self.policy_id._is_for_tickets()
        for target in self.policy_id.target_ids:
            for document in documents:
                calendar = calendars[document]
                if (target, calendar) not in promises:
                    promises[target, calendar] = target._get_promise(calendar)
                promise = promises[target, calendar]
                team = document.team_id if has_team else no_team
                found = by_key.get((document.id, target.key))
                for clock in found or ():
                    life = self._life_of(clock, spans, now)
                    yield life, target, promise, calendar, team, clock
                if not found and not self.replaced_calendar_id:
                    life = self._life_without_clock(document, target)
                    yield life, target, promise, calendar, team, nobody

    def _life_without_clock(self, document, target):
        """Return what the dates of a document tell of a promise it never had, None if
        they tell nothing; a hook."""
        start = target.start_field_id
        begun = document[start.name] if start else document.create_date
        if target.kind in ENDS:
            end = document[ENDS[target.kind]] or document.closed_date
        elif target.kind == "date" and target.date_field_id.ttype == "datetime":
            end = document[target.date_field_id.name]
        else:
            return None
        if not begun or (target.start_domain or "[]").strip() != "[]":
            return None
        return Life(0, aware(begun), aware(end))

    def _write_result(self, judged, unknown, now):
        """Write what came out into this simulation."""
        counts, flips = Counter(), []
        groups, seconds = defaultdict(Counter), defaultdict(list)
        targets = defaultdict(Counter)
        zone = ZoneInfo(self.calendar_id.tz or self.env.user.tz or "UTC")
        for life, target, team, clock, verdict in judged:
            counts["judged"] += 1
            broken = not verdict.kept
            was_broken = life.kept is False
            counts["before"] += was_broken
            counts["after"] += broken
            counts["new"] += life.kept is None
            hour = life.start.astimezone(zone).hour
            for counter in (groups[team.id, hour], targets[target]):
                counter["judged"] += 1
                counter["before"] += was_broken
                counter["after"] += broken
            if life.end:
                seconds[target].append(verdict.seconds)
            if life.kept is not None and broken != was_broken:
                counts["worse" if broken else "better"] += 1
                flips.append((target, clock, verdict, broken))
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
                "unknown_count": unknown,
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
        shown = flips[:SHOWN_FLIPS]
        names = self._get_names([clock for _target, clock, *_rest in shown])
        self_sudo.flip_ids.create(
            [
                {
                    "simulation_id": self.id,
                    "clock_id": clock.id,
                    "document": names[clock.res_model, clock.res_id],
                    "target_id": target.id,
                    "effect": "worse" if broken else "better",
                    "deadline_before": clock.deadline,
                    "deadline_after": verdict.deadline.replace(tzinfo=None),
                    "used_hours": verdict.seconds / 3600,
                }
                for target, clock, verdict, broken in shown
            ]
        )

    @api.model
    def _get_names(self, clocks):
        """Return {(kind of document, id): its name} of the documents of clocks."""
        ids, names = defaultdict(set), {}
        for clock in clocks:
            ids[clock.res_model].add(clock.res_id)
        for model_name, members in ids.items():
            for document in self.env[model_name].browse(members).exists():
                names[model_name, document.id] = document.display_name
        return defaultdict(str, names)

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
