from datetime import datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import expression

#: Kinds whose facts are typed in or imported.
OBSERVED_KINDS = ("manual", "observation")


class Measure(NamedTuple):
    """What a metric found for one subject; ``value`` None means "no data", not 0.

    ``detail`` is plain JSON that explains the value or its absence, whatever the
    language of the reader: ``reason`` (see ``_describe_reason``) and, of an expression,
    ``text`` and ``values``.
    """

    value: float | None
    numerator: float | None
    denominator: float | None
    count: int
    detail: dict | None = None


NO_DATA = Measure(None, None, None, 0)


class VasMetric(models.Model):
    """A figure that can be measured for any subject and period.

    One grouped query serves all subjects of a call, whatever their number. New kinds
    are added by extending ``kind`` and providing ``_measure_<kind>``.
    """

    _name = "vas.metric"
    _description = "Metric"
    _inherit = ["mail.thread", "vas.rule.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, index=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        help="Empty: every company may use this metric. Figures never mix companies.",
    )
    description = fields.Text(
        string="Definition",
        translate=True,
        help="What is counted, in the words of the contract.",
    )
    kind = fields.Selection(
        selection=[
            ("aggregate", "Aggregate of records"),
            ("ratio", "Ratio of two metrics"),
            ("field", "Field of the subject"),
            ("manual", "Entered by hand"),
            ("observation", "Observations (imported facts)"),
        ],
        required=True,
        default="aggregate",
        tracking=True,
    )
    subject_model_id = fields.Many2one(
        comodel_name="ir.model",
        string="Measured for",
        required=True,
        ondelete="cascade",
        domain=[("transient", "=", False)],
        default=lambda self: self.env["ir.model"]._get("res.partner"),
        help="Which records are measured: contacts, employees, products …",
    )
    subject_model = fields.Char(
        string="Measured model", related="subject_model_id.model", store=True
    )
    value_format = fields.Selection(
        selection=[
            ("number", "Number"),
            ("percent", "Percentage"),
            ("money", "Amount of money"),
        ],
        required=True,
        default="number",
    )
    unit = fields.Char(translate=True, help="Shown behind the value, e.g. days.")
    digits = fields.Integer(string="Decimals", default=2)
    direction = fields.Selection(
        selection=[
            ("higher", "Higher is better"),
            ("lower", "Lower is better"),
            ("none", "Neutral"),
        ],
        required=True,
        default="higher",
    )

    # aggregate
    source_model_id = fields.Many2one(
        comodel_name="ir.model",
        string="Records",
        # The metric outlives the records it counted and says what is wrong.
        ondelete="set null",
        domain=[("transient", "=", False)],
    )
    source_model = fields.Char(
        string="Records model", related="source_model_id.model", store=True
    )
    domain = fields.Char(string="Filter", default="[]")
    subject_path = fields.Char(
        string="Path to the subject",
        help="From a record to who is measured, e.g. the commercial contact of the"
        " invoice.",
    )
    date_field = fields.Char(string="Date")
    window = fields.Selection(
        selection=[
            ("period", "Within the period"),
            ("to_end", "Everything up to the end of the period"),
        ],
        required=True,
        default="period",
    )
    aggregate = fields.Selection(
        selection=[
            ("count", "Number of records"),
            ("count_distinct", "Number of different values"),
            ("sum", "Sum"),
            ("avg", "Average"),
            ("min", "Minimum"),
            ("max", "Maximum"),
        ],
        required=True,
        default="count",
    )
    measure_field = fields.Char(string="Measured field")
    empty_is_zero = fields.Boolean(
        string="No records count as 0",
        help="For counts and sums: a subject without any record has the value 0"
        " instead of no data.",
    )

    # ratio
    numerator_id = fields.Many2one(
        comodel_name="vas.metric", check_company=True, ondelete="restrict"
    )
    denominator_id = fields.Many2one(
        comodel_name="vas.metric", check_company=True, ondelete="restrict"
    )
    factor = fields.Float(
        default=1.0,
        digits=(16, 4),
        help="Multiplies the ratio: 10,000 for “per ten thousand”.",
    )

    # field
    subject_field = fields.Char(string="Subject's field")

    # manual and observation
    observation_aggregate = fields.Selection(
        selection=[
            ("ratio", "Sum of numerators ÷ sum of denominators"),
            ("sum", "Sum of values"),
            ("avg", "Average of values"),
            ("last", "Latest value"),
        ],
        string="Observations give",
        required=True,
        default="ratio",
    )
    entry_group_id = fields.Many2one(
        comodel_name="res.groups",
        string="Entered by",
        ondelete="restrict",
        help="Only members of this group may enter or correct this figure.",
    )
    observation_count = fields.Integer(compute="_compute_observation_count")
    problem = fields.Char(
        compute="_compute_problem",
        help="Why this metric cannot be measured at present. Other metrics go on.",
    )
    hint = fields.Char(compute="_compute_problem")

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "This code belongs to another metric."
    )

    # ------------------------------------------------------------------ computes
    def _compute_observation_count(self):
        counts = dict(
            self.env["vas.observation"]._read_group(
                [("metric_id", "in", self.ids)], ["metric_id"], ["__count"]
            )
        )
        for metric in self:
            metric.observation_count = counts.get(metric, 0)

    @api.depends(
        "kind",
        "subject_model_id",
        "source_model_id",
        "domain",
        "subject_path",
        "date_field",
        "aggregate",
        "measure_field",
        "subject_field",
        "numerator_id",
        "denominator_id",
    )
    def _compute_problem(self):
        for metric in self:
            metric.problem = metric._get_problem() if metric.kind else False
            metric.hint = not metric.problem and metric._get_hint()

    @api.depends("name", "code")
    def _compute_display_name(self):
        for metric in self:
            metric.display_name = metric.name or metric.code

    # --------------------------------------------------------------- constraints
    @api.constrains("kind", "source_model_id", "domain", "subject_model_id")
    def _check_domain(self):
        for metric in self.filtered(lambda m: m.kind == "aggregate"):
            metric._check_source_model()
            metric._check_domain_field("domain", metric.source_model)

    @api.constrains(
        "kind",
        "source_model_id",
        "subject_model_id",
        "subject_path",
        "date_field",
        "aggregate",
        "measure_field",
        "subject_field",
    )
    def _check_paths(self):
        for metric in self:
            if metric.kind == "aggregate" and metric.source_model_id:
                metric._check_aggregate_paths()
            elif metric.kind == "field":
                metric._check_definition_field()

    def _check_aggregate_paths(self):
        self._check_subject_path()
        if self.date_field:
            self._check_field_path(
                "date_field", self.source_model, types={"date", "datetime"}, stored=True
            )
        if self.aggregate not in ("count", "count_distinct"):
            self._check_field_path(
                "measure_field",
                self.source_model,
                types={"float", "integer", "monetary"},
                stored=True,
            )
            currency = self._get_currency_field()
            if currency and not currency.store:
                raise ValidationError(
                    self.env._(
                        "%(metric)s: the currency of “%(field)s” is not stored, so"
                        " amounts in different currencies cannot be told apart. Choose"
                        " an amount in the company's currency.",
                        metric=self.display_name,
                        field=self.measure_field,
                    )
                )
        elif self.aggregate == "count_distinct":
            self._check_field_path("measure_field", self.source_model, stored=True)

    def _check_subject_path(self):
        self.ensure_one()
        path = self.subject_path
        if path != "id":
            field = self._check_field_path(
                "subject_path",
                self.source_model,
                types={"many2one", "many2one_reference"},
                stored=True,
            )
            if field.type == "many2one" and field.comodel_name != self.subject_model:
                raise ValidationError(
                    self.env._(
                        "%(metric)s: “%(path)s” leads to %(found)s, expected"
                        " %(expected)s, which is what this metric is measured for.",
                        metric=self.display_name,
                        path=path,
                        found=self.env["ir.model"]._get(field.comodel_name).name,
                        expected=self.subject_model_id.name,
                    )
                )

    @api.constrains("kind", "numerator_id", "denominator_id", "subject_model_id")
    def _check_ratio(self):
        for metric in self.filtered(lambda m: m.kind == "ratio"):
            parts = metric.numerator_id | metric.denominator_id
            if not metric.numerator_id or not metric.denominator_id:
                raise ValidationError(
                    self.env._(
                        "%(metric)s: a ratio needs a numerator and a denominator.",
                        metric=metric.display_name,
                    )
                )
            if parts.subject_model_id != metric.subject_model_id:
                raise ValidationError(
                    self.env._(
                        "%(metric)s: numerator and denominator must be measured for"
                        " %(expected)s too.",
                        metric=metric.display_name,
                        expected=metric.subject_model_id.name,
                    )
                )
            metric._check_no_cycle()

    def _get_parts(self):
        """Return the metrics that this one is calculated from. Hook for new kinds."""
        self.ensure_one()
        if self.kind == "ratio":
            return self.numerator_id | self.denominator_id
        return self.browse()

    def _check_no_cycle(self):
        """Refuse a metric that is calculated from itself; name the whole chain."""
        self.ensure_one()
        parts, frontier = {}, self
        while frontier:
            parts.update({metric.id: metric._get_parts().ids for metric in frontier})
            following = {part for ids in parts.values() for part in ids} - set(parts)
            frontier = self.browse(following)
        chain = expression.find_cycle(self.id, parts)
        if chain:
            raise ValidationError(
                self.env._(
                    "%(metric)s is calculated from itself: %(chain)s.",
                    metric=self.display_name,
                    chain=" → ".join(self.browse(i).display_name for i in chain),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_part(self):
        self._check_not_a_part(self.env._("cannot be deleted"))

    def _check_not_a_part(self, what):
        """Refuse what would leave another metric without one of its parts.

        :param what: the end of the sentence, such as “cannot be deleted”.
        """
        users = self.search([*self._get_users_domain(), ("id", "not in", self.ids)])
        if users:
            raise UserError(
                self.env._(
                    "%(metric)s %(what)s: it is part of %(users)s.",
                    metric=", ".join(self.mapped("display_name")),
                    what=what,
                    users=", ".join(f"“{name}”" for name in users.mapped("name")),
                )
            )

    def _get_users_domain(self):
        """Return the domain of the metrics that are made of these."""
        return list(
            Domain("numerator_id", "in", self.ids)
            | Domain("denominator_id", "in", self.ids)
        )

    def _get_all_users(self):
        """Return these metrics and all that are made of them, however far away."""
        found, frontier = self, self
        while frontier:
            frontier = self.with_context(active_test=False).search(
                frontier._get_users_domain()
            )
            frontier -= found
            found |= frontier
        return found

    # ----------------------------------------------------------------- measuring
    def _measure(self, subjects, date_from, date_to, company, memo=None):
        """Measure all ``subjects`` for a period, both ends inclusive.

        The figure must not depend on who asks: facts are read as superuser, limited to
        ``company``. The records behind a figure are opened with the user's own rights.

        :param memo: dictionary shared by the calls of one run, so that a metric used
            by several criteria is measured once.
        :return: ``{subject id: Measure}`` with an entry for every subject.
        """
        self.ensure_one()
        if subjects and subjects._name != self.subject_model:
            raise UserError(
                self.env._(
                    "%(metric)s is measured for %(expected)s, not for %(found)s.",
                    metric=self.display_name,
                    expected=self.subject_model_id.name,
                    found=subjects._description,
                )
            )
        memo = {} if memo is None else memo
        if self.id not in memo:
            # Facts such as invoices may be closed to the officer who runs a
            # scorecard; a figure computed from the visible part would be wrong.
            metric_sudo = self.sudo().with_company(company)
            empty = NO_DATA
            if metric_sudo._get_problem():
                # One metric that lost its records does not stop the others.
                found, reason = {}, {"code": "broken", "metric": self.id}
                empty = NO_DATA._replace(detail={"reason": reason})
            else:
                method = getattr(metric_sudo, f"_measure_{self.kind}")
                # As above: what the reader may not open counts too.
                found = method(subjects.sudo(), date_from, date_to, company, memo)
            memo[self.id] = {
                subject_id: found.get(subject_id, empty) for subject_id in subjects.ids
            }
        return memo[self.id]

    def _measure_all(self, subjects, date_from, date_to, company, memo=None):
        """Measure several metrics of the same subjects and period.

        :return: ``{metric: {subject id: Measure}}``.
        """
        memo = {} if memo is None else memo
        args = subjects, date_from, date_to, company, memo
        return {metric: metric._measure(*args) for metric in self}

    def _get_source_domain(self, subject_ids, date_from, date_to, company):
        """Return the domain of the records behind the figure of some subjects."""
        self.ensure_one()
        model = self.env[self.source_model]
        domain = self._read_domain(self.domain, date_from, date_to)
        domain &= Domain(self.subject_path, "in", subject_ids)
        if self.date_field:
            domain &= self._get_date_domain(date_from, date_to, company)
        if "company_id" in model._fields and self.source_model != "res.company":
            company_field = model._fields["company_id"]
            allowed = [company.id] if company_field.required else [company.id, False]
            if company_field.store or company_field.search or company_field.related:
                domain &= Domain("company_id", "in", allowed)
        return domain

    def _get_date_domain(self, date_from, date_to, company):
        self.ensure_one()
        field = self._check_field_path("date_field", self.source_model)
        if field.type == "datetime":
            low, high = self._get_moments(date_from, date_to, company)
        else:
            low, high = date_from, date_to
        domain = Domain(self.date_field, "<=", high)
        if self.window == "period":
            domain &= Domain(self.date_field, ">=", low)
        return domain

    @api.model
    def _get_moments(self, date_from, date_to, company):
        """Return the first and last second (UTC) of the company's days."""
        zone = self._get_timezone(company)
        start = datetime.combine(date_from, time.min, zone)
        end = datetime.combine(date_to, time.max, zone)
        return tuple(
            moment.astimezone(ZoneInfo("UTC")).replace(tzinfo=None, microsecond=0)
            for moment in (start, end)
        )

    @api.model
    def _get_timezone(self, company):
        """Return the zone in which the company's days begin and end."""
        # The company's contact may be closed to the reader; only its zone is read.
        company_sudo = company.sudo()
        name = company_sudo.partner_id.tz or company_sudo.resource_calendar_id.tz
        return ZoneInfo(name or "UTC")

    def _measure_aggregate(self, subjects, date_from, date_to, company, memo):
        domain = self._get_source_domain(subjects.ids, date_from, date_to, company)
        aggregates = ["__count"]
        if self.aggregate != "count":
            aggregates.append(f"{self.measure_field}:{self.aggregate}")
        currency_field = self._get_currency_field()
        if currency_field:
            result = self._measure_currencies(domain, currency_field, date_to, company)
        else:
            groups = self.env[self.source_model]._read_group(
                domain, [self.subject_path], aggregates
            )
            result = {}
            for subject, count, *values in groups:
                subject_id = subject if isinstance(subject, int) else subject.id
                value = float(values[0] or 0.0) if values else float(count)
                result[subject_id] = Measure(value, None, None, count)
        if self.empty_is_zero and self.aggregate in ("count", "count_distinct", "sum"):
            zero = Measure(0.0, None, None, 0)
            result = {**dict.fromkeys(subjects.ids, zero), **result}
        return result

    def _measure_currencies(self, domain, currency_field, date_to, company):
        """Aggregate amounts per currency and convert them at the period's end.

        A fixed day makes the figure the same whenever it is computed again.
        """
        aggregate = "sum" if self.aggregate == "avg" else self.aggregate
        groups = self.env[self.source_model]._read_group(
            domain,
            [self.subject_path, currency_field.name],
            ["__count", f"{self.measure_field}:{aggregate}"],
        )
        parts, unknown = {}, {}
        for subject, currency, count, value in groups:
            subject_id = subject if isinstance(subject, int) else subject.id
            if currency:
                amount = currency._convert(
                    value or 0.0, company.currency_id, company, date_to, round=False
                )
                parts.setdefault(subject_id, []).append((amount, count))
            else:
                unknown[subject_id] = count
        combine = {"sum": sum, "avg": sum, "min": min, "max": max}[self.aggregate]
        result = {}
        for subject_id, found in parts.items():
            total = sum(count for _amount, count in found)
            value = combine(amount for amount, _count in found)
            if self.aggregate == "avg":
                value /= total
            result[subject_id] = Measure(value, None, None, total)
        for subject_id, count in unknown.items():
            reason = {"code": "no_currency", "metric": self.id, "count": count}
            result[subject_id] = Measure(None, None, None, count, {"reason": reason})
        return result

    def _measure_ratio(self, subjects, date_from, date_to, company, memo):
        args = subjects, date_from, date_to, company, memo
        numerators = self.numerator_id._measure(*args)
        denominators = self.denominator_id._measure(*args)
        result = {}
        for subject_id in subjects.ids:
            top, bottom = numerators[subject_id], denominators[subject_id]
            if bottom.value:
                # Without a single numerator record the share is 0, not unknown.
                numerator = top.value or 0.0
                value = numerator / bottom.value * self.factor
                result[subject_id] = Measure(
                    value, numerator, bottom.value, bottom.count
                )
            else:
                result[subject_id] = self._get_unknown(bottom, self.denominator_id)
        return result

    def _get_unknown(self, part, metric):
        """Return the measure of something that cannot be calculated from ``part``."""
        if part.value is None:
            # What the part knows about itself is the better explanation.
            detail = part.detail or {"reason": {"code": "missing", "metric": metric.id}}
        else:
            detail = {"reason": {"code": "zero", "metric": metric.id}}
        return NO_DATA._replace(detail=detail)

    def _measure_field(self, subjects, date_from, date_to, company, memo):
        subjects = subjects.with_company(company).with_context(
            vas_period_start=date_from, vas_period_end=date_to
        )
        path = self.subject_field.split(".")
        result = {}
        for subject in subjects:
            record = subject
            for name in path[:-1]:
                record = record[name][:1]
            value = record[path[-1]] if record else None
            if value is not None:
                result[subject.id] = Measure(float(value), None, None, 1)
        return result

    def _measure_manual(self, subjects, date_from, date_to, company, memo):
        return self._measure_observation(subjects, date_from, date_to, company, memo)

    def _get_observation_domain(self, subject_ids, date_from, date_to, company):
        domain = (
            Domain("metric_id", "=", self.id)
            & Domain("company_id", "=", company.id)
            & Domain("res_id", "in", subject_ids)
            & Domain("date", "<=", date_to)
        )
        if self.window == "period":
            domain &= Domain("date", ">=", date_from)
        return domain

    def _measure_observation(self, subjects, date_from, date_to, company, memo):
        model = self.env["vas.observation"]
        domain = self._get_observation_domain(subjects.ids, date_from, date_to, company)
        if self.observation_aggregate == "last":
            query = model._search(domain)
            subject, value, day, number = (
                model._field_to_sql(model._table, name, query)
                for name in ("res_id", "value", "date", "id")
            )
            rows = self.env.execute_query(
                SQL(
                    "SELECT DISTINCT ON (%(subject)s) %(subject)s, %(value)s"
                    " FROM %(table)s WHERE %(where)s"
                    " ORDER BY %(subject)s, %(day)s DESC, %(number)s DESC",
                    subject=subject,
                    value=value,
                    table=query.from_clause,
                    where=query.where_clause or SQL("TRUE"),
                    day=day,
                    number=number,
                )
            )
            return {
                res_id: Measure(float(value or 0), None, None, 1)
                for res_id, value in rows
            }
        if self.observation_aggregate == "ratio":
            groups = model._read_group(
                domain, ["res_id"], ["numerator:sum", "denominator:sum", "__count"]
            )
            factor = self.factor
            reason = {"code": "zero", "metric": self.id, "part": "denominator"}
            zero = NO_DATA._replace(detail={"reason": reason})
            return {
                res_id: Measure(top / bottom * factor, top, bottom, count)
                if bottom
                else zero
                for res_id, top, bottom, count in groups
            }
        groups = model._read_group(
            domain, ["res_id"], ["value:sum", "value:avg", "__count"]
        )
        average = self.observation_aggregate == "avg"
        return {
            # The average shows its arithmetic: sum of values ÷ their number.
            res_id: Measure(mean, total, float(count), count)
            if average
            else Measure(total, None, None, count)
            for res_id, total, mean, count in groups
        }
