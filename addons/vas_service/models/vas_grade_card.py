from odoo import api, models
from odoo.tools import format_date, formatLang


class VasGradeCard(models.AbstractModel):
    """Describes a customer's stored grade in words and numbers, ready to be drawn.

    Nothing is measured here: the card shows the last decision and where it came from.
    """

    _name = "vas.grade.card"
    _description = "Grade Card"

    @api.model
    def _build(self, partners):
        """Return {partner: card} for all *partners* in the current company.

        A card is a dictionary of plain values; the number of queries does not grow with
        the partners.
        """
        # A card repeats what was decided about a customer whom the reader may see; the
        # sheets behind it may be closed to the reader.
        grades_sudo = self.env["vas.partner.grade"].sudo()
        rows_sudo = grades_sudo.search(
            [
                ("partner_id", "in", partners._origin.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        # As the rows: whoever sees the customer sees its grade and what waits.
        sheets_sudo = self.env["vas.assessment"].sudo()
        waiting_sudo = sheets_sudo.search(
            [
                ("partner_id", "in", partners._origin.ids),
                ("company_id", "=", self.env.company.id),
                ("state", "=", "computed"),
                ("scorecard_id.vas_sets_grade", "=", True),
            ],
            order="date_to, id",
        )
        # Read what all cards need at once; the loop below then only finds it.
        assessments_sudo = rows_sudo.filtered("is_open").assessment_id
        assessments_sudo.mapped("score")
        lines_sudo = assessments_sudo.line_ids
        lines_sudo.mapped("criterion_id.name")
        lines_sudo.mapped("rule_text")
        rows_by_partner = rows_sudo.grouped(lambda row: row.partner_id.id)
        waiting_by_partner = {a.partner_id.id: a for a in waiting_sudo}
        # The order of grades is no secret.
        ranks = self.env["vas.grade"].sudo()._get_rank()
        nothing = rows_sudo.browse()
        return {
            partner: self._build_card(
                partner,
                rows_by_partner.get(partner._origin.id, nothing),
                waiting_by_partner.get(partner._origin.id),
                ranks,
            )
            for partner in partners
        }

    @api.model
    def _build_card(self, partner, rows, waiting, ranks):
        open_rows = rows.filtered("is_open")
        override = open_rows.filtered(lambda row: row.kind == "override")[:1]
        assessed = open_rows.filtered(lambda row: row.kind == "assessment")[:1]
        current = override or assessed
        assessment = assessed.assessment_id
        return {
            "state": self._get_state(current),
            "letter": current.grade_id.code or "–",
            "word": self._get_word(current),
            "rank": ranks.get(current.grade_id.id, 0),
            "points": self._number(assessed.points) if assessed else "",
            "max": self._number(assessment.scorecard_id.max_total),
            "since": self._date(current.valid_from),
            "until": self._date(current.valid_to),
            "review": self._date(current.next_review),
            "override": self._describe_override(override, assessed),
            "change": self._describe_change(rows, assessed),
            "criteria": [self._describe_line(line) for line in assessment.line_ids],
            "reasons": self._describe_reasons(override, assessed, assessment),
            "history": self._describe_history(rows),
            "treatment": self._describe_treatment(partner),
            "assessment_id": assessment.id,
            "pending": waiting
            and {
                "id": waiting.id,
                "text": self.env._(
                    "Assessment of %(date)s waits for a decision: %(grade)s with "
                    "%(points)s points.",
                    date=self._date(waiting.date_to),
                    grade=waiting.vas_grade_id.code or self.env._("no grade"),
                    points=self._number(waiting.score),
                ),
            },
        }

    @api.model
    def _get_state(self, row):
        if not row:
            return "never"
        return "graded" if row.grade_id else "ungraded"

    @api.model
    def _get_word(self, row):
        if not row:
            return self.env._("Not yet assessed")
        return row.grade_id.name or self.env._("No grade")

    @api.model
    def _describe_override(self, override, assessed):
        if not override:
            return False
        return {
            "text": self.env._(
                "%(user)s set %(grade)s until %(date)s; assessed: %(assessed)s.",
                user=override.user_id.name,
                grade=override.grade_id.code or self.env._("no grade"),
                date=self._date(override.valid_to),
                assessed=assessed.grade_id.code or self.env._("no grade"),
            ),
            "reason": override.reason,
        }

    @api.model
    def _describe_change(self, rows, assessed):
        """Compare the assessment in force with the one before it."""
        earlier = rows.filtered(
            lambda row: row.kind == "assessment" and row != assessed
        )[:1]
        if not assessed or not earlier:
            return False
        before = {
            "points": self._number(earlier.points),
            "grade": earlier.grade_id.code or self.env._("no grade"),
        }
        if assessed.points > earlier.points:
            return self.env._("▲ up from %(points)s points (%(grade)s)", **before)
        if assessed.points < earlier.points:
            return self.env._("▼ down from %(points)s points (%(grade)s)", **before)
        return self.env._("= unchanged at %(points)s points (%(grade)s)", **before)

    @api.model
    def _describe_line(self, line):
        share = line.used_points / line.max_points if line.max_points else 0.0
        return {
            "id": line.id,
            "name": line.criterion_id.name,
            "points": self._number(line.used_points),
            "max": self._number(line.max_points),
            "percent": max(0, min(100, round(share * 100))),
            "value": line.value_text,
            "rule": line.rule_text,
        }

    @api.model
    def _describe_reasons(self, override, assessed, assessment):
        """Say in sentences why the customer has this grade, or none."""
        if override:
            return [override.reason]
        if not assessed:
            return [
                self.env._(
                    "No assessment of this customer has been confirmed in this company."
                )
            ]
        reasons = []
        if assessment.override_id:
            reasons.append(
                self.env._("Rule: %(rule)s.", rule=assessment.override_reason)
            )
        reasons.append(
            self.env._(
                "%(points)s of %(max)s points: %(band)s.",
                points=self._number(assessed.points),
                max=self._number(assessment.scorecard_id.max_total),
                band=self._describe_band(assessment),
            )
        )
        # What took points away, such as late payment, is said outright.
        reasons += [
            self.env._(
                "%(criterion)s: %(rule)s.",
                criterion=line.criterion_id.name,
                rule=line.rule_text,
            )
            for line in assessment.line_ids
            if (line.rule or {}).get("modifiers")
        ]
        lines = assessment.line_ids.sorted(
            lambda line: line.used_points / (line.max_points or 1.0)
        )
        full = lines.filtered(lambda line: line.used_points >= line.max_points)
        lacking = lines - full
        separator = self.env._(", ")
        if full:
            reasons.append(
                self.env._(
                    "Full points for %(criteria)s.",
                    criteria=separator.join(full[-2:].criterion_id.mapped("name")),
                )
            )
        if lacking:
            reasons.append(
                self.env._(
                    "Most to gain in %(criteria)s.",
                    criteria=separator.join(lacking[:2].criterion_id.mapped("name")),
                )
            )
        return reasons

    @api.model
    def _describe_band(self, assessment):
        band = assessment.computed_band_id
        if not band:
            return self.env._("no band holds this total")
        return self.env._(
            "%(band)s is %(bounds)s", band=band.name, bounds=band.bounds_text
        )

    @api.model
    def _describe_history(self, rows):
        """The points of the last assessments, the oldest first."""
        return [
            {
                "id": row.id,
                "date": self._date(row.valid_from),
                "points": row.points,
                "label": self._number(row.points),
                "letter": row.grade_id.code or "–",
            }
            for row in reversed(
                rows.filtered(lambda row: row.kind == "assessment")[:12]
            )
        ]

    @api.model
    def _describe_treatment(self, partner):
        """Return [label, value] lines of the treatment in force."""
        # Whoever sees the customer may see what the company does for this grade.
        treatment_sudo = partner.sudo().vas_treatment_id
        if not treatment_sudo:
            return {"name": self.env._("No treatment applies"), "lines": []}
        lines = [
            [self.env._("Shipping priority"), str(treatment_sudo.shipping_priority)],
            [
                self.env._("Price level"),
                treatment_sudo.price_level_id.name or self.env._("none"),
            ],
        ]
        if treatment_sudo.visit_interval_number:
            lines.append(
                [self.env._("Return visit"), self._describe_visits(treatment_sudo)]
            )
            lines.append(
                [
                    self.env._("Next visit"),
                    self._date(partner.vas_next_visit) or self.env._("not planned"),
                ]
            )
        else:
            lines.append([self.env._("Return visit"), self.env._("no duty")])
        return {
            "id": treatment_sudo.id,
            "name": treatment_sudo.name,
            "lines": lines,
            "overdue": partner.vas_visit_status == "overdue",
        }

    @api.model
    def _describe_visits(self, treatment):
        number = treatment.visit_interval_number
        every = {
            "days": self.env._("every %(number)s days", number=number),
            "weeks": self.env._("every %(number)s weeks", number=number),
            "months": self.env._("every %(number)s months", number=number),
            "years": self.env._("every %(number)s years", number=number),
        }
        once = {
            "days": self.env._("every day"),
            "weeks": self.env._("every week"),
            "months": self.env._("every month"),
            "years": self.env._("every year"),
        }
        interval = (once if number == 1 else every)[treatment.visit_interval_unit]
        roles = treatment.visit_role_ids.mapped("name")
        if not roles:
            return interval
        if len(roles) == 1:
            return self.env._(
                "%(interval)s by %(role)s", interval=interval, role=roles[0]
            )
        joined = self.env._(", ").join(roles)
        if treatment.visit_by == "all":
            return self.env._(
                "%(interval)s by all of: %(roles)s", interval=interval, roles=joined
            )
        return self.env._(
            "%(interval)s by one of: %(roles)s", interval=interval, roles=joined
        )

    @api.model
    def _date(self, day):
        return format_date(self.env, day) if day else ""

    @api.model
    def _number(self, number):
        """Write points without superfluous decimals."""
        digits = 0 if float(number).is_integer() else 2
        return formatLang(self.env, number, digits=digits)
