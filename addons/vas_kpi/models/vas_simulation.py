from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools import periods, whatif
from ..tools.scale import exact
from .vas_job_mixin import RESUMABLE_STATES
from .vas_scorecard import DECIDED_STATES

#: Keys of the migration matrix for subjects without a band.
NO_BAND = "__no_band__"
NO_SCORE = "__no_score__"
NOT_IN_SCOPE = "__not_in_scope__"


class VasSimulation(models.Model):
    """Try a scorecard version, or changed numbers of it, on finished periods.

    Only this record and its results are written: no assessment, grade, consequence or
    settlement knows of it. Compares with confirmed results where they exist and
    computes the old side otherwise.
    """

    _name = "vas.simulation"
    _description = "Simulation"
    _inherit = ["mail.thread", "vas.rule.mixin", "vas.job.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, precompute=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Asked by",
        default=lambda self: self.env.user,
        readonly=True,
    )
    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard",
        string="Version tried",
        required=True,
        check_company=True,
        ondelete="cascade",
        index=True,
        help="Any version, also a draft. Changed numbers below are tried on top of it.",
    )
    base_id = fields.Many2one(
        comodel_name="vas.scorecard",
        string="Compared with",
        compute="_compute_base_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        check_company=True,
        ondelete="cascade",
        help="Confirmed results of any version of this scorecard are taken as they are;"
        " what was never confirmed is computed with this version.",
    )
    subject_model = fields.Char(related="scorecard_id.subject_model")
    subject_domain = fields.Char(
        string="Only",
        default="[]",
        help="Empty: everybody in the scope of the version.",
    )
    period_mode = fields.Selection(
        selection=[
            ("last", "The last finished periods"),
            ("decided", "Periods with confirmed results"),
        ],
        string="Periods",
        required=True,
        default="last",
    )
    period_count = fields.Integer(string="Number of periods", default=3, required=True)
    change_ids = fields.One2many(
        comodel_name="vas.simulation.change",
        inverse_name="simulation_id",
        string="Changed numbers",
        copy=True,
    )
    state = fields.Selection(index=True)
    planned_count = fields.Integer(readonly=True, copy=False)
    finished_on = fields.Datetime(string="Computed on", readonly=True, copy=False)
    result_ids = fields.One2many(
        comodel_name="vas.simulation.result",
        inverse_name="simulation_id",
        copy=False,
        readonly=True,
    )
    result_count = fields.Integer(compute="_compute_counts")
    up_count = fields.Integer(string="Up", compute="_compute_counts")
    down_count = fields.Integer(string="Down", compute="_compute_counts")
    same_count = fields.Integer(string="Unchanged", compute="_compute_counts")
    unrated_count = fields.Integer(string="Cannot be rated", compute="_compute_counts")
    has_money = fields.Boolean(compute="_compute_counts")
    money_delta = fields.Monetary(string="Money effect", compute="_compute_counts")
    money_text = fields.Char(string="Money", compute="_compute_counts")
    matrix = fields.Json(compute="_compute_matrix")
    is_stale = fields.Boolean(compute="_compute_is_stale")

    _period_count = models.Constraint(
        "CHECK (period_count > 0)", "Try at least one period."
    )

    # ------------------------------------------------------------------ computes
    @api.depends("scorecard_id")
    def _compute_base_id(self):
        """Compare with the version in force of the same scorecard."""
        cards = self.scorecard_id
        active = {
            (card.code, card.company_id.id): card
            for card in cards.search(
                [("code", "in", cards.mapped("code")), ("state", "=", "active")]
            )
        }
        for simulation in self:
            card = simulation.scorecard_id
            simulation.base_id = active.get((card.code, card.company_id.id), card)

    @api.depends("scorecard_id", "scorecard_id.name", "scorecard_id.version")
    def _compute_name(self):
        for simulation in self:
            simulation.name = simulation.scorecard_id.display_name or ""

    @api.depends("scorecard_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """The stored name is for searching; people read it in their language."""
        for simulation in self:
            simulation.display_name = simulation.scorecard_id.display_name or ""

    @api.depends("planned_count", "result_ids")
    def _compute_progress(self):
        return super()._compute_progress()

    def _get_job_progress(self):
        counts = self._get_result_counts([])
        return {
            simulation.id: (
                sum(number for (number,) in counts[simulation.id]),
                simulation.planned_count,
            )
            for simulation in self
        }

    def _get_result_counts(self, groupby):
        """Return ``{simulation id: [(*group values, number)]}`` in one query."""
        result = defaultdict(list)
        rows = self.env["vas.simulation.result"]._read_group(
            [("simulation_id", "in", self.ids)],
            ["simulation_id", *groupby],
            ["__count"],
        )
        for simulation, *values in rows:
            result[simulation.id].append(tuple(values))
        return result

    @api.depends("state", "result_ids")
    def _compute_counts(self):
        counts = self._get_result_counts(["move"])
        money = {
            simulation.id: (total, found)
            for simulation, total, found in self.env[
                "vas.simulation.result"
            ]._read_group(
                [("simulation_id", "in", self.ids), ("has_money", "=", True)],
                ["simulation_id"],
                ["money_delta:sum", "__count"],
            )
        }
        for simulation in self:
            by_move = dict(counts[simulation.id])
            simulation.result_count = sum(by_move.values())
            simulation.up_count = by_move.get("up", 0) + by_move.get("rated", 0)
            simulation.down_count = by_move.get("down", 0)
            simulation.same_count = by_move.get("same", 0)
            simulation.unrated_count = by_move.get("unrated", 0)
            total, found = money.get(simulation.id, (0.0, 0))
            simulation.has_money = bool(found)
            simulation.money_delta = total
            simulation.money_text = simulation._get_money_text(total, found)

    def _get_money_text(self, total, found):
        self.ensure_one()
        if not found:
            return self.env._("No settlement agreement depends on this score.")
        amount = self.currency_id.format(abs(total))
        if self.currency_id.is_zero(total):
            return self.env._(
                "Nothing changes in what is paid (%(count)s settled results).",
                count=found,
            )
        if total > 0:
            return self.env._(
                "We would pay %(amount)s more in these periods (%(count)s results).",
                amount=amount,
                count=found,
            )
        return self.env._(
            "We would pay %(amount)s less in these periods (%(count)s results).",
            amount=amount,
            count=found,
        )

    @api.depends("state", "result_ids")
    def _compute_matrix(self):
        counts = self._get_result_counts(["old_key", "new_key"])
        for simulation in self:
            moves = counts[simulation.id]
            simulation.matrix = simulation._get_matrix(moves) if moves else False

    def _get_matrix(self, moves):
        """Return rows (old bands), columns (new bands) and counts for the widget."""
        self.ensure_one()
        old_labels = self._get_band_labels(self.base_id)
        new_labels = self._get_band_labels(self.scorecard_id)
        # A confirmed result may carry a band that the compared version no longer has.
        for key, *_rest in moves:
            old_labels.setdefault(key, {"label": key, "tone": "muted"})
        rows = [k for k in old_labels if any(m[0] == k for m in moves)]
        columns = [k for k in new_labels if any(m[1] == k for m in moves)]
        # Bands of both sides stay visible, also when nobody is in them.
        bands = [k for k in old_labels if not k.startswith("__")]
        rows = bands + [k for k in rows if k.startswith("__")]
        bands = [k for k in new_labels if not k.startswith("__")]
        columns = bands + [k for k in columns if k.startswith("__")]
        matrix = whatif.migration(moves, rows, columns)
        ranks = {key: index for index, key in enumerate(new_labels)}
        return {
            "rows": [{"key": key, **old_labels[key]} for key in rows],
            "columns": [{"key": key, **new_labels[key]} for key in columns],
            "cells": [
                [
                    {
                        "count": count,
                        "share": count / total if total else 0.0,
                        "move": self._get_move(row, column, ranks),
                    }
                    for column, count in zip(columns, line, strict=True)
                ]
                for row, line, total in zip(
                    rows, matrix.cells, matrix.row_totals, strict=True
                )
            ],
            "row_totals": matrix.row_totals,
            "column_totals": matrix.column_totals,
            "total": matrix.total,
        }

    @api.model
    def _get_move(self, old, new, ranks):
        """Say what the step from one band key to another is."""
        if old == new:
            return "same"
        if new in (NO_SCORE, NOT_IN_SCOPE):
            return "unrated"
        if old in (NO_SCORE, NOT_IN_SCOPE):
            return "rated"
        if old not in ranks or new not in ranks:
            return "same"
        return "up" if ranks[new] < ranks[old] else "down"

    def _get_band_labels(self, scorecard):
        """Return ``{key: label and colour}`` of a version's bands, the best first."""
        bands = scorecard.band_ids
        order = [b.code for b in bands]
        ranked = bands.filtered(lambda b: not b.only_by_override)
        if len(ranked) > 1:
            best = whatif.best_first(
                [(d["min"], d["max"]) for d in (b._bounds_dict() for b in ranked)]
            )
            if best[0] > best[-1]:
                # The administrator lists the bands from the lowest to the highest.
                order.reverse()
        names = {b.code: {"label": b.name, "tone": b.tone} for b in bands}
        return {
            **{code: names[code] for code in order},
            NO_BAND: {"label": self.env._("No band"), "tone": "muted"},
            NO_SCORE: {"label": self.env._("Cannot be rated"), "tone": "muted"},
            NOT_IN_SCOPE: {"label": self.env._("Not in scope"), "tone": "muted"},
        }

    def _compute_is_stale(self):
        """Say whether results were decided after the simulation looked at them."""
        newest = dict(
            self.env["vas.assessment"]._read_group(
                [
                    ("scorecard_id.code", "in", self.base_id.mapped("code")),
                    ("state", "in", DECIDED_STATES),
                ],
                ["scorecard_id"],
                ["confirmed_on:max"],
            )
        )
        for simulation in self:
            dates = [
                moment
                for card, moment in newest.items()
                if card.code == simulation.base_id.code and moment
            ]
            simulation.is_stale = bool(
                simulation.finished_on and dates and max(dates) > simulation.finished_on
            )

    # --------------------------------------------------------------- constraints
    @api.constrains("subject_domain", "scorecard_id")
    def _check_subject_domain(self):
        for simulation in self:
            simulation._check_domain_field("subject_domain", simulation.subject_model)

    @api.constrains("scorecard_id", "base_id")
    def _check_versions(self):
        for simulation in self:
            tried, base = simulation.scorecard_id, simulation.base_id
            if tried.subject_model != base.subject_model:
                raise ValidationError(
                    self.env._(
                        "%(tried)s rates %(one)s and %(base)s rates %(other)s: they"
                        " cannot be compared.",
                        tried=tried.display_name,
                        base=base.display_name,
                        one=tried.subject_model_id.name,
                        other=base.subject_model_id.name,
                    )
                )

    # ------------------------------------------------------------------- running
    def _get_periods(self):
        """Return the periods to try, the latest first."""
        self.ensure_one()
        card = self.scorecard_id
        if self.period_mode == "decided":
            rows = self.env["vas.assessment"]._read_group(
                [
                    ("scorecard_id.code", "=", self.base_id.code),
                    ("company_id", "=", self.company_id.id),
                    ("state", "in", DECIDED_STATES),
                ],
                ["date_from:day", "date_to:day"],
                order="date_to:day desc",
                limit=self.period_count,
            )
            found = [tuple(map(fields.Date.to_date, row)) for row in rows]
            if not found:
                raise UserError(
                    self.env._(
                        "%(scorecard)s has no confirmed results yet. Try the last"
                        " finished periods instead.",
                        scorecard=self.base_id.display_name,
                    )
                )
            return found
        result = [card._get_default_period()]
        while len(result) < self.period_count:
            start, _end = result[-1]
            result.append(periods.previous_period(card.period_type, start))
        return result

    def _get_subject_ids(self, date_from, date_to):
        """Return who is in scope of either version in a period, limited by “Only”."""
        self.ensure_one()
        args = date_from, date_to, self.company_id
        subjects = self.scorecard_id._get_subjects(*args)
        if self.base_id != self.scorecard_id:
            subjects |= self.base_id._get_subjects(*args)
        domain = self._read_domain(self.subject_domain, date_from, date_to)
        if not domain.is_true():
            # As when assessing, the scope does not depend on who asks.
            model_sudo = subjects.sudo().with_context(active_test=False)
            subjects = model_sudo.search(Domain("id", "in", subjects.ids) & domain)
        return subjects.ids

    def action_run(self):
        """Simulate everybody in scope, in the background when there are many."""
        self._check_startable()
        problems = self._get_rule_problems(self._get_changed_rules())
        if problems:
            raise UserError("\n".join(problems))
        if self.state not in RESUMABLE_STATES:
            # The results belong to this record alone and are made again.
            self.sudo().result_ids.unlink()
        parts = [
            (start, end, self._get_subject_ids(start, end))
            for start, end in self._get_periods()
        ]
        self.planned_count = sum(len(ids) for _start, _end, ids in parts)
        todo = self._get_open_parts(parts)
        limit = self.company_id.vas_kpi_background_limit
        if limit and sum(len(ids) for _start, _end, ids in todo) > limit:
            self._run_in_background(todo, limit)
        else:
            for start, end, subject_ids in todo:
                self._simulate(start, end, subject_ids)
            self._finish()
        return True

    def _get_open_parts(self, parts):
        """Return the parts without the subjects that already have a result."""
        known = defaultdict(set)
        for start, end, res_id, _number in self._get_result_counts(
            ["date_from:day", "date_to:day", "res_id"]
        )[self.id]:
            known[fields.Date.to_date(start), fields.Date.to_date(end)].add(res_id)
        return [
            (start, end, [i for i in ids if i not in known[start, end]])
            for start, end, ids in parts
        ]

    def _run_in_background(self, parts, size):
        """Queue one job per ``size`` subjects of a period."""
        jobs = []
        for start, end, subject_ids in parts:
            for first in range(0, len(subject_ids), size):
                ids = subject_ids[first : first + size]
                jobs.append(
                    self.delayable(
                        description=self.env._(
                            "Simulation of %(name)s: %(period)s, %(count)s subjects",
                            name=self.name,
                            period=periods.period_code(start, end),
                            count=len(ids),
                        ),
                        identity_key=(
                            f"vas.simulation-{self.id}-{start}-{end}-{ids[0]}"
                        ),
                    )._simulate_job(str(start), str(end), ids)
                )
        finish = self.delayable(
            description=self.env._("Simulation of %(name)s: finish", name=self.name)
        )._finish_job()
        self._queue_jobs(jobs, finish)

    def _simulate_job(self, date_from, date_to, subject_ids):
        """Simulate a part unless the simulation was stopped or started anew."""
        self.ensure_one()
        if self.state != "running":
            return
        start, end = map(fields.Date.to_date, (date_from, date_to))
        [(start, end, open_ids)] = self._get_open_parts([(start, end, subject_ids)])
        self._simulate(start, end, open_ids)

    def _finish_job(self):
        """Close a background simulation when every part has its results.

        After a stop and a new start two chains of jobs may end; the later one closes.
        """
        done = sum(number for (number,) in self._get_result_counts([])[self.id])
        if self.state == "running" and done >= self.planned_count:
            self._finish()

    def _finish(self):
        now = fields.Datetime.now()
        self.write({"state": "done", "failure": False, "finished_on": now})

    def action_draft(self):
        """Throw the results away, so that the question can be changed."""
        self.check_access("write")
        self._lock_or_refuse()
        # The results belong to this record alone.
        self.sudo().result_ids.unlink()
        self.write(
            {
                "state": "draft",
                "failure": False,
                "planned_count": 0,
                "finished_on": False,
            }
        )
        return True

    def _simulate(self, date_from, date_to, subject_ids):
        """Evaluate both sides for some subjects and store only the comparison."""
        self.ensure_one()
        if not subject_ids:
            return
        company, tried, base = self.company_id, self.scorecard_id, self.base_id
        args = date_from, date_to, company
        subjects = self.env[tried.subject_model].browse(subject_ids)
        memo = {}
        rules = self._get_changed_rules()
        in_scope = set(tried._get_subjects(*args).ids)
        new = tried._evaluate(subjects, *args, rules=rules, memo=memo)
        stored = self._find_stored(date_from, date_to, subject_ids)
        missing = subjects.filtered(lambda s: s.id not in stored)
        old = {}
        if missing:
            base_scope = set(base._get_subjects(*args).ids)
            in_base = missing.filtered(lambda s: s.id in base_scope)
            # Both sides measure the same facts: what was measured is reused.
            old = base._evaluate(in_base, *args, memo=memo)
        # Names are copied as when assessing; the reader of a simulation need not be
        # able to open every subject.
        names = {s.id: s.display_name for s in subjects.sudo()}
        values = [
            {
                "simulation_id": self.id,
                "res_model": subjects._name,
                "res_id": subject_id,
                "subject_name": names[subject_id] or str(subject_id),
                "date_from": date_from,
                "date_to": date_to,
                "period": periods.period_code(date_from, date_to),
                **self._compare(
                    stored.get(subject_id),
                    old.get(subject_id),
                    new[subject_id] if subject_id in in_scope else None,
                ),
            }
            for subject_id in subject_ids
        ]
        self._add_money(values, date_from, date_to)
        # Only the computation writes results; nobody may edit them.
        self.env["vas.simulation.result"].sudo().create(values)

    def _find_stored(self, date_from, date_to, subject_ids):
        """Return ``{subject id: latest confirmed assessment}`` of the period."""
        found = self.env["vas.assessment"].search(
            [
                ("scorecard_id.code", "=", self.base_id.code),
                ("company_id", "=", self.company_id.id),
                ("res_model", "=", self.subject_model),
                ("res_id", "in", subject_ids),
                ("date_from", "=", date_from),
                ("date_to", "=", date_to),
                ("state", "in", DECIDED_STATES),
            ],
            order="revision desc, id desc",
        )
        result = {}
        for assessment in found:
            result.setdefault(assessment.res_id, assessment)
        return result

    def _compare(self, stored, old, new):
        """Return the values of a result from both sides."""
        labels = self._get_band_labels(self.scorecard_id)
        ranks = {key: index for index, key in enumerate(labels)}
        band = self.env["vas.scorecard.band"]
        if stored:
            source, old_band = "stored", stored.band_id
            old_score = stored.score if stored.has_score else None
            shares = {line.criterion_id.code: line for line in stored.line_ids}
            before = {code: line.contribution for code, line in shares.items()}
        elif old:
            source, old_band, old_score = "computed", old.band, old.score.total
            before = self._get_contributions(old)
        else:
            source, old_band, old_score, before = "none", band, None, {}
        new_band = new.band if new else band
        new_score = new.score.total if new else None
        old_key = self._get_key(old_band, old_score, source != "none")
        new_key = self._get_key(new_band, new_score, new is not None)
        both = old_score is not None and new_score is not None
        return {
            "old_source": source,
            "old_assessment_id": stored.id if stored else False,
            "old_has_score": old_score is not None,
            "old_score": old_score or 0.0,
            "old_band_id": old_band.id,
            "old_key": old_key,
            "new_has_score": new_score is not None,
            "new_score": new_score or 0.0,
            "new_band_id": new_band.id,
            "new_key": new_key,
            "delta": exact(new_score - old_score) if both else 0.0,
            "move": self._get_move(old_key, new_key, ranks),
            "reason": self._get_reason(before, new) if both else False,
        }

    @api.model
    def _get_key(self, band, score, in_scope):
        if not in_scope:
            return NOT_IN_SCOPE
        if band:
            return band.code
        return NO_SCORE if score is None else NO_BAND

    @api.model
    def _get_contributions(self, evaluation):
        return {c.code: v["contribution"] for c, v in evaluation.lines.items()}

    @api.model
    def _get_reason(self, before, new):
        """Name the criterion whose contribution changes most, with the change."""
        names = {criterion.code: criterion.name for criterion in new.lines}
        after = self._get_contributions(new)
        changes = {
            code: exact(after.get(code, 0.0) - before.get(code, 0.0))
            for code in [*after, *(code for code in before if code not in after)]
        }
        code = max(changes, key=lambda key: abs(changes[key]), default=None)
        if code is None or abs(changes[code]) < 0.005:
            return False
        return f"{names.get(code, code)} {changes[code]:+.2f}"

    # --------------------------------------------------------------------- money
    def _add_money(self, values_list, date_from, date_to):
        """Add what the changed score changes in what is paid for the period."""
        if self.subject_model != "res.partner":
            return
        # Who may simulate may see the effect on money, not open each agreement.
        all_sudo = self.env["vas.settlement.agreement"].sudo()
        agreements_sudo = all_sudo.search(
            [
                ("partner_id", "in", [v["res_id"] for v in values_list]),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "active"),
                ("scorecard_id.code", "=", self.base_id.code),
            ]
        )
        effects = agreements_sudo._get_score_effect(
            date_from,
            date_to,
            {
                v["res_id"]: (
                    v["old_score"] if v["old_has_score"] else None,
                    v["new_score"] if v["new_has_score"] else None,
                )
                for v in values_list
            },
        )
        for values in values_list:
            effect = effects.get(values["res_id"])
            values["has_money"] = effect is not None
            values["money_delta"] = effect or 0.0

    # ------------------------------------------------------------------- actions
    def action_open_results(self, old_key=None, new_key=None):
        """List the results, all or those of one cell of the matrix."""
        self.ensure_one()
        domain = Domain("simulation_id", "=", self.id)
        if old_key:
            domain &= Domain("old_key", "=", old_key)
        if new_key:
            domain &= Domain("new_key", "=", new_key)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_simulation_result_action"
            ),
            "domain": list(domain),
            "context": {},
        }

    def action_open_moved(self):
        """List the results of one kind of move (the button says which)."""
        action = self.action_open_results()
        moves = self.env.context.get("moves", [])
        return {**action, "domain": [*action["domain"], ("move", "in", moves)]}
