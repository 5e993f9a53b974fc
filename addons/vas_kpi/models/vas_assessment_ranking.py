from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.scale import exact

#: Periods that a trend shows at most.
TREND_PERIODS = 12


class VasAssessment(models.Model):
    _name = "vas.assessment"
    _inherit = "vas.assessment"

    rank = fields.Integer(
        compute="_compute_ranking",
        groups="vas_kpi.group_vas_kpi_user",
        help="Place among all rated by the same scorecard in the same period.",
    )
    rank_of = fields.Integer(
        string="Of", compute="_compute_ranking", groups="vas_kpi.group_vas_kpi_user"
    )
    rank_change = fields.Integer(
        compute="_compute_ranking",
        groups="vas_kpi.group_vas_kpi_user",
        help="Places gained (positive) or lost since the period before.",
    )
    rank_text = fields.Char(
        string="Against last period",
        compute="_compute_ranking",
        groups="vas_kpi.group_vas_kpi_user",
    )
    score_change = fields.Float(
        compute="_compute_ranking", digits=(16, 2), string="Change of the score"
    )
    trend_direction = fields.Selection(
        selection=[
            ("up", "Up"),
            ("down", "Down"),
            ("same", "Unchanged"),
            ("new", "New"),
        ],
        compute="_compute_ranking",
    )
    trend = fields.Json(compute="_compute_ranking")
    weakest_text = fields.Char(
        string="Weakest criterion", compute="_compute_weakest_text"
    )
    criteria_chart = fields.Json(compute="_compute_criteria_chart")

    # ------------------------------------------------------------------- history
    def _get_history(self, states=None):
        """Return ``{(code, company id, subject id): assessments, the oldest first}``.

        Of each period only the latest revision counts. One query, whatever the number
        of assessments.

        :param states: look only at results in these states.
        """
        cards = self.scorecard_id
        in_state = Domain("state", "in", states) if states else Domain.TRUE
        rows = self.env["vas.assessment"].search_fetch(
            Domain("scorecard_id.code", "in", cards.mapped("code"))
            & Domain("res_model", "in", cards.mapped("subject_model"))
            & Domain("res_id", "in", self.mapped("res_id"))
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("has_score", "=", True)
            & in_state,
            [
                "scorecard_id",
                "company_id",
                "res_id",
                "date_from",
                "date_to",
                "period",
                "score",
                "band_id",
                "revision",
                "state",
            ],
            order="date_to, date_from, revision, id",
        )
        latest = {}
        for row in rows:
            latest[(*row._get_history_key(), row.date_from, row.date_to)] = row
        history = defaultdict(self.browse)
        for row in latest.values():
            history[row._get_history_key()] |= row
        return history

    def _get_history_key(self):
        self.ensure_one()
        return self.scorecard_id.code, self.company_id.id, self.res_id

    def _get_before(self, history):
        """Return the assessment of the period before, of the same period length."""
        self.ensure_one()
        days = (self.date_to - self.date_from).days
        earlier = history[self._get_history_key()].filtered(
            lambda a: (
                a.date_to < self.date_to
                and abs((a.date_to - a.date_from).days - days) <= 3
            )
        )
        return earlier[-1:]

    def _get_trend(self, history=None):
        """Return the latest scores up to this period, the oldest first."""
        self.ensure_one()
        history = self._get_history() if history is None else history
        rows = history[self._get_history_key()].filtered(
            lambda a: a.date_to <= self.date_to
        )
        return [
            {
                "id": row.id,
                "period": row.period,
                "points": exact(row.score),
                "label": f"{row.score:.2f}",
                "band": row.band_id.name or "",
            }
            for row in rows[-TREND_PERIODS:]
        ]

    def _get_portal_trend(self, width=300, height=60, margin=6):
        """Return the published scores of the same subject with their places.

        The page draws without a script; places are in its own units.
        """
        self.ensure_one()
        items = self._get_trend(self._get_history(states=("published",)))
        if not items:
            return []
        low = min(item["points"] for item in items)
        span = max(item["points"] for item in items) - low
        step = (width - 2 * margin) / max(1, len(items) - 1)
        for index, item in enumerate(items):
            part = (item["points"] - low) / span if span else 0.5
            item["x"] = round(margin + index * step, 1)
            item["y"] = round(height - margin - part * (height - 2 * margin), 1)
        return items

    # ------------------------------------------------------------------- ranking
    def _get_ranks(self):
        """Return ``{assessment id: (rank, number ranked)}`` for whole periods."""
        if not self:
            return {}
        self.env["vas.assessment"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT latest.id,
                       RANK() OVER peers,
                       COUNT(*) OVER (PARTITION BY code, company_id, date_from, date_to)
                  FROM (
                        SELECT DISTINCT ON (
                                   card.code, a.company_id, a.date_from, a.date_to,
                                   a.res_id
                               )
                               a.id, card.code, a.company_id, a.date_from, a.date_to,
                               a.score
                          FROM vas_assessment a
                          JOIN vas_scorecard card ON card.id = a.scorecard_id
                         WHERE a.has_score
                           AND card.code IN %(codes)s
                           AND a.company_id IN %(companies)s
                           AND a.date_to IN %(ends)s
                         ORDER BY card.code, a.company_id, a.date_from, a.date_to,
                                  a.res_id, a.revision DESC, a.id DESC
                       ) AS latest
                WINDOW peers AS (
                    PARTITION BY code, company_id, date_from, date_to
                    ORDER BY score DESC
                )
                """,
                codes=tuple(self.scorecard_id.mapped("code")),
                companies=tuple(self.company_id.ids),
                ends=tuple(set(self.mapped("date_to"))),
            )
        )
        return {row_id: (rank, number) for row_id, rank, number in rows}

    @api.depends("score", "has_score", "date_to", "scorecard_id")
    def _compute_ranking(self):
        """Place, change and history for a whole list in three queries."""
        stored = self.filtered(lambda a: a.id and a.has_score)
        # A rank means nothing without all the others, whoever may open them; the
        # names of the others are not part of it.
        stored_sudo = stored.sudo()
        history = stored_sudo._get_history() if stored else {}
        before = {a.id: a._get_before(history) for a in stored_sudo}
        ranks = (stored_sudo.union(*before.values()))._get_ranks()
        for assessment in self:
            values = {
                "rank": 0,
                "rank_of": 0,
                "rank_change": 0,
                "rank_text": "",
                "score_change": 0.0,
                "trend_direction": False,
                "trend": [],
            }
            if assessment in stored:
                # A place among others tells their number, not their names or results.
                values.update(assessment.sudo()._get_ranking(history, before, ranks))
            assessment.update(values)

    def _get_ranking(self, history, before, ranks):
        self.ensure_one()
        earlier = before[self.id]
        rank, number = ranks.get(self.id, (0, 0))
        values = {
            "rank": rank,
            "rank_of": number,
            "trend": self._get_trend(history),
            "trend_direction": "new",
            "rank_text": self.env._("new"),
        }
        if earlier:
            old_rank, _number = ranks.get(earlier.id, (0, 0))
            change = old_rank - rank if old_rank and rank else 0
            delta = exact(self.score - earlier.score)
            direction = "same" if abs(delta) < 0.005 else "up" if delta > 0 else "down"
            arrow = {"same": "＝", "up": "▲", "down": "▼"}[direction]
            places = (
                self.env._("rank %(change)s", change=f"{change:+d}")
                if change
                else self.env._("same rank")
            )
            values.update(
                rank_change=change,
                score_change=delta,
                trend_direction=direction,
                rank_text=self.env._(
                    "%(arrow)s %(delta)s, %(places)s",
                    arrow=arrow,
                    delta=f"{delta:+.2f}",
                    places=places,
                ),
            )
        return values

    def _compute_weakest_text(self):
        """Name the criterion with the smallest part of its maximum."""
        lines = self.line_ids.filtered(lambda line: line.counts and line.max_points)
        by_assessment = lines.grouped("assessment_id")
        for assessment in self:
            own = by_assessment.get(assessment)
            weakest = own and min(
                own, key=lambda line: line.used_points / line.max_points
            )
            if weakest and weakest.used_points >= weakest.max_points:
                weakest = None
            assessment.weakest_text = (
                f"{weakest.display_name} ({weakest.points_text})" if weakest else ""
            )

    # ------------------------------------------------------------ bars and radar
    @api.depends("line_ids", "score")
    def _compute_criteria_chart(self):
        """Part of the maximum per criterion, now and in the period before."""
        # As for the rank: the period before explains this one.
        stored_sudo = self.filtered("id").sudo()
        history = stored_sudo._get_history() if stored_sudo else {}
        for assessment in self:
            if assessment.id not in stored_sudo.ids:
                assessment.criteria_chart = False
                continue
            # The result before is shown to whoever sees this one; see _get_before.
            before = assessment.sudo()._get_before(history)
            old = {
                line.criterion_id.code: line.used_points / line.max_points
                for line in before.line_ids
                if line.counts and line.max_points
            }
            assessment.criteria_chart = {
                "before": before.period or "",
                "items": [
                    {
                        "name": line.display_name,
                        "points": round(line.used_points, 2),
                        "max": line.max_points,
                        "share": line.used_points / line.max_points,
                        # The code only matches lines of two periods.
                        "before": old.get(line.sudo().criterion_id.code),
                        "text": line.points_text,
                        "counts": line.counts,
                    }
                    for line in assessment.line_ids
                    if line.max_points
                ],
            }

    # ------------------------------------------------------------------ heat map
    @api.model
    @api.readonly
    def get_heat_map(self, code=None, company_id=None, axis="period"):
        """Return rows (rated), columns and cells of the heat map.

        :param axis: ``period`` for months side by side, ``criterion`` for the
            criteria of the latest period.
        """
        cards = [
            {"code": key, "name": name}
            for key, name in self._get_heat_map_cards().items()
        ]
        codes = [card["code"] for card in cards]
        code = code if code in codes else (codes[0] if codes else None)
        result = {"cards": cards, "code": code, "axis": axis, "rows": [], "columns": []}
        if not code:
            return result
        domain = Domain("scorecard_id.code", "=", code) & Domain("has_score", "=", True)
        domain &= Domain("company_id", "=", company_id or self.env.company.id)
        rows = self.search_fetch(
            domain,
            ["res_id", "subject_name", "period", "date_to", "score", "band_id"],
            order="date_to, date_from, revision, id",
        )
        if axis == "criterion":
            return {**result, **self._get_criterion_map(rows)}
        return {**result, **self._get_period_map(rows)}

    @api.model
    def _get_heat_map_cards(self):
        groups = self._read_group(
            [("has_score", "=", True), ("company_id", "=", self.env.company.id)],
            ["scorecard_id"],
            ["period:count_distinct"],
            order="period:count_distinct desc",
        )
        return {card.code: card.name for card, _periods in groups}

    @api.model
    def _get_period_map(self, rows):
        columns = {row.period: row.date_to for row in rows}
        shown = sorted(columns, key=columns.get)[-TREND_PERIODS:]
        cells = defaultdict(dict)
        names = {}
        for row in rows:
            names[row.res_id] = row.subject_name
            if row.period in shown:
                # Rows come with the latest revision last: it wins.
                cells[row.res_id][row.period] = [
                    row.id,
                    round(row.score, 2),
                    row.band_id.name or "",
                    row.band_id.tone or "muted",
                ]
        return self._pack_map(shown, shown, names, cells)

    @api.model
    def _get_criterion_map(self, rows):
        latest = max(rows.mapped("date_to"), default=None)
        newest = {row.res_id: row for row in rows if row.date_to == latest}
        assessments = self.union(*newest.values())
        cells = defaultdict(dict)
        columns = {}
        for line in assessments.line_ids:
            if not line.counts or not line.max_points:
                continue
            criterion = line.criterion_id
            columns[criterion.code] = criterion.name
            cells[line.assessment_id.res_id][criterion.code] = [
                line.assessment_id.id,
                round(line.used_points / line.max_points * 100, 1),
                line.points_text,
                "muted",
            ]
        names = {res_id: row.subject_name for res_id, row in newest.items()}
        packed = self._pack_map(list(columns), list(columns.values()), names, cells)
        return {**packed, "period": assessments[:1].period or ""}

    @api.model
    def _pack_map(self, keys, labels, names, cells):
        """Return the map with the means of rows and columns."""
        rows = []
        for res_id, own in cells.items():
            values = [own[key][1] for key in keys if key in own]
            rows.append(
                {
                    "id": res_id,
                    "name": names[res_id],
                    "mean": round(sum(values) / len(values), 2),
                    "cells": [own.get(key) for key in keys],
                }
            )
        rows.sort(key=lambda row: (-row["mean"], row["name"]))
        columns = []
        for index, (key, label) in enumerate(zip(keys, labels, strict=True)):
            values = [r["cells"][index][1] for r in rows if r["cells"][index]]
            columns.append(
                {
                    "key": key,
                    "label": label,
                    "mean": round(sum(values) / len(values), 2) if values else None,
                    "count": len(values),
                }
            )
        return {"rows": rows, "columns": columns}
