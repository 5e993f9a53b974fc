from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .vas_metric import NO_DATA, Measure


class VasMetric(models.Model):
    """Metrics of what happens again within some minutes (catalogue KPI-02).

    “A customer who was connected calls again within 120 minutes” is measured by one
    statement with window functions, whatever the number of subjects and events.
    """

    _name = "vas.metric"
    _inherit = "vas.metric"

    kind = fields.Selection(
        selection_add=[("repeat", "Repeated within some minutes")],
        ondelete={"repeat": "cascade"},
    )
    repeat_group_path = fields.Char(
        string="Same customer by",
        help="What two events must have in common to be a repetition, e.g. the"
        " telephone number. Events without it are left out.",
    )
    repeat_previous_domain = fields.Char(
        string="Event before",
        default="[]",
        help="Which events can be repeated, e.g. connected calls. The last of these"
        " before an event is the one that is repeated. They are also what the number"
        " of repetitions is divided by.",
    )
    repeat_minutes = fields.Integer(
        string="Within (minutes)", help="Longest time between the two events."
    )
    repeat_inclusive = fields.Boolean(
        string="Last minute included",
        default=True,
        help="An event exactly so many minutes later counts as a repetition.",
    )
    repeat_from_field = fields.Char(
        string="Time runs from",
        help="Date and time of the event before from which the minutes are counted,"
        " e.g. the end of the call. Empty: the same as the date. The date counts also"
        " where this one is blank.",
    )
    repeat_subject = fields.Selection(
        selection=[
            ("previous", "Who had the event before"),
            ("own", "Who had the repetition"),
        ],
        string="Counted against",
        required=True,
        default="previous",
    )
    repeat_same_subject = fields.Boolean(
        string="Only within one subject",
        help="Both events must belong to the same subject: a customer who calls two"
        " areas repeats in neither.",
    )
    repeat_counts = fields.Selection(
        selection=[
            ("events", "Every repetition"),
            ("groups", "Every customer once"),
        ],
        string="What counts",
        required=True,
        default="events",
    )
    repeat_result = fields.Selection(
        selection=[
            ("rate", "Share of the events before"),
            ("count", "Number"),
        ],
        string="Gives",
        required=True,
        default="rate",
    )

    # ------------------------------------------------------------------ problems
    @api.depends(
        "repeat_group_path",
        "repeat_previous_domain",
        "repeat_minutes",
        "repeat_from_field",
    )
    def _compute_problem(self):
        return super()._compute_problem()

    @api.constrains(
        "kind",
        "source_model_id",
        "subject_model_id",
        "domain",
        "subject_path",
        "date_field",
        "repeat_group_path",
        "repeat_previous_domain",
        "repeat_minutes",
        "repeat_from_field",
    )
    def _check_repeat(self):
        for metric in self.filtered(lambda m: m.kind == "repeat"):
            metric._check_definition_repeat()

    def _check_definition_repeat(self):
        self._check_source_model()
        model = self.source_model
        self._check_domain_field("domain", model)
        self._check_domain_field("repeat_previous_domain", model)
        self._check_subject_path()
        self._check_field_path("date_field", model, types={"datetime"}, stored=True)
        self._check_field_path("repeat_group_path", model, stored=True)
        if self.repeat_from_field:
            self._check_field_path(
                "repeat_from_field", model, types={"datetime"}, stored=True
            )
        if self.repeat_minutes <= 0:
            raise ValidationError(
                self.env._(
                    "%(metric)s: enter the minutes within which something counts as"
                    " repeated.",
                    metric=self.display_name,
                )
            )

    # ---------------------------------------------------------------- measuring
    def _get_repeat_base_domain(self, company):
        """Return the domain of the company's events, before any period."""
        model = self.env[self.source_model]
        if "company_id" in model._fields and self.source_model != "res.company":
            required = model._fields["company_id"].required
            allowed = [company.id] if required else [company.id, False]
            return Domain("company_id", "in", allowed)
        return Domain.TRUE

    def _get_repeat_events(self, date_from, date_to, company):
        """Return the SQL of all events in question, each with its predecessor's place.

        Events from before the period are there as far as the minutes reach back, so
        that the first call of a month can repeat the last one of the month before.
        """
        model = self.env[self.source_model]
        reach = timedelta(minutes=self.repeat_minutes)
        low, high = self._get_moments(date_from, date_to, company)
        again = self._read_domain(self.domain, date_from, date_to)
        before = self._read_domain(self.repeat_previous_domain, date_from, date_to)
        in_time = Domain(self.date_field, "<=", high)
        if self.window == "period":
            # Minutes may run from a later moment than the date: a generous day more.
            slack = timedelta(days=1) if self.repeat_from_field else timedelta()
            in_time &= Domain(self.date_field, ">=", low - reach - slack)
        domain = self._get_repeat_base_domain(company) & in_time & (again | before)
        query = model._search(domain)
        alias = query.table

        def condition(part):
            return part.optimize_full(model)._to_sql(model, alias, query)

        def column(path):
            *steps, last = path.split(".")
            place = model, alias
            for step in steps:
                place = place[0]._fields[step].join(*place, query)
            return place[0]._field_to_sql(place[1], last, query)

        at = column(self.date_field)
        since = at
        if self.repeat_from_field:
            since = SQL("COALESCE(%s, %s)", column(self.repeat_from_field), at)
        # Everything that may add joins comes before the query's FROM is taken.
        parts = {
            "number": model._field_to_sql(alias, "id", query),
            "grp": column(self.repeat_group_path),
            "subject": column(self.subject_path),
            "at": at,
            "since": since,
            "again": condition(again),
            "before": condition(before),
        }
        key = SQL("grp, subject") if self.repeat_same_subject else SQL("grp")
        return SQL(
            "WITH raw AS ("
            " SELECT %(number)s AS number, %(grp)s AS grp, %(subject)s AS subject,"
            " %(at)s AS at, %(since)s AS since, (%(again)s) AS is_again,"
            " (%(before)s) AS is_before FROM %(table)s WHERE %(where)s"
            "), event AS ("
            " SELECT *, row_number() OVER (PARTITION BY %(key)s ORDER BY at, number)"
            " AS place FROM raw WHERE grp IS NOT NULL"
            "), linked AS ("
            " SELECT *, max(place) FILTER (WHERE is_before) OVER (PARTITION BY %(key)s"
            " ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
            " AS previous FROM event"
            "), pair AS ("
            " SELECT again.number, again.grp, %(owner)s.subject FROM linked again"
            " JOIN event before ON before.grp = again.grp %(same)s"
            " AND before.place = again.previous"
            " WHERE again.is_again AND again.at - before.since %(limit)s %(reach)s"
            " %(inside)s"
            ")",
            **parts,
            table=query.from_clause,
            where=query.where_clause or SQL("TRUE"),
            key=key,
            owner=SQL("before" if self.repeat_subject == "previous" else "again"),
            same=SQL("AND before.subject = again.subject")
            if self.repeat_same_subject
            else SQL(),
            limit=SQL("<=" if self.repeat_inclusive else "<"),
            reach=reach,
            inside=SQL("AND again.at >= %s", low) if self.window == "period" else SQL(),
        )

    def _measure_repeat(self, subjects, date_from, date_to, company, memo):
        low, _high = self._get_moments(date_from, date_to, company)
        inside = SQL("TRUE")
        if self.window == "period":
            inside = SQL("at >= %s", low)
        rows = self.env.execute_query(
            SQL(
                "%(events)s, base AS (SELECT subject, count(*) AS total FROM raw"
                " WHERE is_before AND %(inside)s GROUP BY subject),"
                " repeated AS (SELECT subject, count(*) AS events,"
                " count(DISTINCT grp) AS groups FROM pair GROUP BY subject)"
                " SELECT COALESCE(base.subject, repeated.subject), base.total,"
                " repeated.events, repeated.groups FROM base"
                " FULL JOIN repeated ON repeated.subject = base.subject"
                " WHERE COALESCE(base.subject, repeated.subject) = ANY(%(subjects)s)",
                events=self._get_repeat_events(date_from, date_to, company),
                inside=inside,
                subjects=list(subjects.ids),
            )
        )
        zero = NO_DATA._replace(
            detail={
                "reason": {"code": "zero", "metric": self.id, "part": "denominator"}
            }
        )
        result = {}
        for subject_id, total, events, groups in rows:
            repeated = float(
                (groups if self.repeat_counts == "groups" else events) or 0
            )
            if self.repeat_result == "count":
                result[subject_id] = Measure(repeated, None, None, events or 0)
            elif total:
                value = repeated / total * self.factor
                result[subject_id] = Measure(value, repeated, float(total), total)
            else:
                result[subject_id] = zero
        if self.empty_is_zero and self.repeat_result == "count":
            result = {
                **dict.fromkeys(subjects.ids, Measure(0.0, None, None, 0)),
                **result,
            }
        return result

    def _get_sources(self, subject_ids, date_from, date_to, company):
        """The repetitions themselves, to look at; the events before are the rest."""
        if self.kind != "repeat":
            return super()._get_sources(subject_ids, date_from, date_to, company)
        # Who may read the events is decided when they are opened.
        metric_sudo = self.sudo().with_company(company)
        rows = self.env.execute_query(
            SQL(
                "%(events)s SELECT number FROM pair WHERE subject = ANY(%(subjects)s)",
                events=metric_sudo._get_repeat_events(date_from, date_to, company),
                subjects=list(subject_ids),
            )
        )
        return self.source_model, Domain("id", "in", [number for (number,) in rows])
