from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools import expression as expression_tool
from .vas_metric import NO_DATA, Measure


class VasMetric(models.Model):
    """Metrics calculated from other metrics: “(orders + transfers) / calls”."""

    _name = "vas.metric"
    _inherit = "vas.metric"

    kind = fields.Selection(
        selection_add=[("expression", "Expression over other metrics")],
        ondelete={"expression": "cascade"},
    )
    expression = fields.Char(
        help="Codes of other metrics with + - * / ( ) and min, max, abs, round. Codes"
        " with other characters than letters, digits and _ are written in braces:"
        " {repeat-calls} / calls. Division by zero and a missing figure give no data.",
    )
    part_ids = fields.Many2many(
        comodel_name="vas.metric",
        relation="vas_metric_part_rel",
        column1="metric_id",
        column2="part_id",
        string="Calculated from",
        compute="_compute_part_ids",
        store=True,
        ondelete="restrict",
    )
    expression_text = fields.Char(string="In words", compute="_compute_expression_text")

    # ------------------------------------------------------------------ computes
    @api.depends("kind", "expression", "company_id")
    def _compute_part_ids(self):
        for metric in self:
            metric.part_ids = [
                fields.Command.set([part.id for part in metric._find_parts().values()])
            ]

    @api.depends("kind", "expression", "part_ids.name", "part_ids.code")
    @api.depends_context("lang")
    def _compute_expression_text(self):
        for metric in self:
            parsed = metric._parse_expression()
            names = {part.code: part.name for part in metric.part_ids}
            metric.expression_text = parsed and expression_tool.write(
                parsed.tree, lambda code, names=names: f"“{names.get(code, code)}”"
            )

    @api.depends("expression", "part_ids")
    def _compute_problem(self):
        return super()._compute_problem()

    # --------------------------------------------------------------- constraints
    @api.constrains("kind", "expression", "subject_model_id", "company_id")
    def _check_expression(self):
        for metric in self.filtered(lambda m: m.kind == "expression"):
            metric._check_definition_expression()

    def _check_definition_expression(self):
        """Refuse what cannot be calculated; name the code, the chain, the place."""
        self.ensure_one()
        try:
            parsed = expression_tool.parse(self.expression)
        except expression_tool.ExpressionError as error:
            raise ValidationError(self._describe_expression_error(error)) from error
        parts = self._find_parts()
        unknown = [name for name in parsed.names if name not in parts]
        if unknown:
            raise ValidationError(
                self.env._(
                    "%(metric)s: there is no metric with the code %(codes)s. Expected"
                    " codes of metrics as listed in Configuration > Metrics.",
                    metric=self.display_name,
                    codes=", ".join(f"“{name}”" for name in unknown),
                )
            )
        for part in parts.values():
            if part.subject_model_id != self.subject_model_id:
                raise ValidationError(
                    self.env._(
                        "%(metric)s is measured for %(expected)s, but its part %(part)s"
                        " for %(found)s.",
                        metric=self.display_name,
                        expected=self.subject_model_id.name,
                        part=part.display_name,
                        found=part.subject_model_id.name,
                    )
                )
        self._check_no_cycle()

    def _describe_expression_error(self, error):
        name, part = self.display_name or self._description, error.part
        match error.code:
            case "empty":
                return self.env._(
                    "%(metric)s: enter the expression, such as (orders + transfers) /"
                    " calls.",
                    metric=name,
                )
            case "too_long":
                return self.env._(
                    "%(metric)s: the expression is too long. Make metrics of its parts"
                    " and combine those.",
                    metric=name,
                )
            case "arguments":
                return self.env._(
                    "%(metric)s: “%(part)s” has too few or too many values in its"
                    " brackets.",
                    metric=name,
                    part=part,
                )
            case "number":
                return self.env._(
                    "%(metric)s: “%(part)s” is not a number.", metric=name, part=part
                )
            case "not_allowed":
                return self.env._(
                    "%(metric)s: “%(part)s” is not allowed in an expression. Expected"
                    " codes of metrics and numbers with + - * / ( ) and min, max, abs,"
                    " round.",
                    metric=name,
                    part=part,
                )
        return self.env._(
            "%(metric)s: “%(part)s” cannot be read. Check brackets and signs; codes"
            " with other characters than letters, digits and _ are written in braces.",
            metric=name,
            part=part,
        )

    # -------------------------------------------------------------------- parts
    def _parse_expression(self):
        """Return the parsed expression, None when it cannot be read."""
        self.ensure_one()
        if self.kind != "expression":
            return None
        try:
            return expression_tool.parse(self.expression)
        except expression_tool.ExpressionError:
            return None

    def _find_parts(self):
        """Return ``{code: metric}`` for the codes of the expression that exist.

        A metric of the company goes before a shared one with the same code.
        """
        self.ensure_one()
        parsed = self._parse_expression()
        if not parsed:
            return {}
        # Metrics of a company closed to the reader are not looked at; the archived
        # ones are, so that archiving a part does not break what uses it.
        found = self.with_context(active_test=False).search(
            Domain("code", "in", parsed.names)
            & Domain("company_id", "in", [self.company_id.id, False]),
            order="company_id DESC NULLS LAST, id",
        )
        result = {}
        for part in found.sorted(lambda part: not part.company_id):
            result.setdefault(part.code, part.with_env(self.env))
        return result

    def _get_parts(self):
        if self.kind == "expression":
            return self.browse([part.id for part in self._find_parts().values()])
        return super()._get_parts()

    def _get_users_domain(self):
        # The relation keeps what was found when the expression was saved.
        return list(
            Domain(super()._get_users_domain()) | Domain("part_ids", "in", self.ids)
        )

    def unlink(self):
        # Formulas go with their parts: the database would refuse the parts first, even
        # when both are deleted at once.
        formulas = self.filtered("part_ids")
        if formulas:
            formulas.part_ids = [fields.Command.clear()]
            formulas.flush_recordset(["part_ids"])
        return super().unlink()

    def write(self, vals):
        if "code" in vals:
            renamed = self.filtered(lambda metric: metric.code != vals["code"])
            users = self.search([("part_ids", "in", renamed.ids)])
            if users:
                raise ValidationError(
                    self.env._(
                        "The code of %(metric)s is used in the expression of %(users)s."
                        " Change that first.",
                        metric=", ".join(renamed.mapped("display_name")),
                        users=", ".join(f"“{name}”" for name in users.mapped("name")),
                    )
                )
        return super().write(vals)

    # ---------------------------------------------------------------- measuring
    def _measure_expression(self, subjects, date_from, date_to, company, memo):
        parsed = expression_tool.parse(self.expression)
        parts = self._find_parts()
        measured = {
            code: part._measure(subjects, date_from, date_to, company, memo)
            for code, part in parts.items()
        }
        result = {}
        for subject_id in subjects.ids:
            found = {code: measures[subject_id] for code, measures in measured.items()}
            values = {code: measure.value for code, measure in found.items()}
            outcome = expression_tool.evaluate(parsed, values)
            detail = {"text": parsed.text, "values": values}
            if outcome.value is None:
                detail["reason"] = self._get_expression_reason(outcome, parts, found)
                result[subject_id] = NO_DATA._replace(detail=detail)
            else:
                count = max((m.count for m in found.values()), default=1)
                result[subject_id] = Measure(outcome.value, None, None, count, detail)
        return result

    def _get_expression_reason(self, outcome, parts, found):
        if outcome.problem == "missing":
            part = found[outcome.part]
            own = (part.detail or {}).get("reason")
            return own or {"code": "missing", "metric": parts[outcome.part].id}
        if outcome.problem == "zero" and outcome.part in parts:
            return {"code": "zero", "metric": parts[outcome.part].id}
        return {"code": outcome.problem, "metric": self.id, "part": outcome.part}

    @api.model
    def _write_calculation(self, detail):
        """Write an expression with its numbers: “(420 + 560) ÷ 100,000”.

        :param detail: ``Measure.detail`` as stored with a result; the definition may
            have changed since.
        :return: None when the detail is of another kind.
        """
        text, values = (detail or {}).get("text"), (detail or {}).get("values") or {}
        if not text:
            return None
        unknown = self.env._("no data")
        return expression_tool.write(
            expression_tool.parse(text).tree,
            lambda code: (
                unknown if values.get(code) is None else f"{values[code]:,.10g}"
            ),
        )

    def _get_sources(self, subject_ids, date_from, date_to, company):
        if self.kind != "expression":
            return super()._get_sources(subject_ids, date_from, date_to, company)
        args = subject_ids, date_from, date_to, company
        sources = [part._get_sources(*args) for part in self._find_parts().values()]
        models = {model for model, _domain in sources}
        if len(models) == 1:
            return models.pop(), Domain.OR(domain for _model, domain in sources)
        # Different records: those of the first part that has any (a formula has few).
        for model, domain in sources:
            if self.env[model].search_count(domain, limit=1):
                return model, domain
        return sources[0] if sources else (self.subject_model, Domain.FALSE)
