from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools import fact_rows, tabular
from .vas_metric import OBSERVED_KINDS

#: Most rows of one call of the API; a caller sends the next ones with the next call.
API_ROWS = 10_000
#: What a row of the API may say; the first three are needed.
API_FIELDS = (
    "metric",
    "key",
    "date",
    "subject_id",
    "subject",
    "value",
    "numerator",
    "denominator",
    "note",
)


class VasObservation(models.Model):
    """Facts written in sets, and taken from other systems.

    Imports bring a million facts. They are checked when they are read and written by
    one statement per batch; automations on single observations are for facts that
    people enter.
    """

    _inherit = "vas.observation"

    def _check_facts_allowed(self, operation, metrics, company):
        """Check rights and rules once for a whole set of facts."""
        self.check_access(operation)
        metrics._check_entry_allowed()
        if not self.env.su and company not in self.env.user.company_ids:
            raise AccessError(
                self.env._(
                    "You may not record facts of %(company)s.", company=company.name
                )
            )
        for metric in metrics:
            if metric.kind not in OBSERVED_KINDS:
                raise UserError(
                    self.env._(
                        "%(metric)s is measured from records; nothing can be entered"
                        " for it.",
                        metric=metric.display_name,
                    )
                )
            if metric.company_id and metric.company_id != company:
                raise UserError(
                    self.env._(
                        "%(metric)s belongs to another company.",
                        metric=metric.display_name,
                    )
                )

    def _insert_facts(self, rows, metrics, company):
        """Write new facts by one statement; the same key never twice.

        :param rows: dictionaries with metric_id, res_id, date, source_key, value,
            numerator, denominator, and import_log_id or note.
        """
        if not rows:
            return
        self._check_facts_allowed("create", metrics, company)
        self.flush_model()
        by_id = {metric.id: metric for metric in metrics}
        factors = {metric.id: metric.factor for metric in metrics}
        columns = [
            [row["metric_id"] for row in rows],
            [by_id[row["metric_id"]].subject_model for row in rows],
            [row["res_id"] for row in rows],
            [
                row["res_id"]
                if by_id[row["metric_id"]].subject_model == "res.partner"
                else None
                for row in rows
            ],
            [row["date"] for row in rows],
            [_value(row, factors[row["metric_id"]]) for row in rows],
            [row.get("numerator") or 0.0 for row in rows],
            [row.get("denominator") or 0.0 for row in rows],
            [row["source_key"] for row in rows],
            [row.get("import_log_id") or None for row in rows],
            [row.get("note") or None for row in rows],
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO vas_observation (metric_id, res_model, res_id, partner_id,"
                " date, value, numerator, denominator, source_key, import_log_id, note,"
                " company_id, create_uid, write_uid, create_date, write_date)"
                " SELECT *, %(company)s, %(user)s, %(user)s, %(now)s, %(now)s FROM"
                " unnest(%(metric)s::int[], %(model)s::text[], %(res)s::int[],"
                " %(partner)s::int[], %(date)s::date[], %(value)s::numeric[],"
                " %(top)s::numeric[], %(bottom)s::numeric[], %(key)s::text[],"
                " %(log)s::int[], %(note)s::text[])",
                company=company.id,
                user=self.env.uid,
                now=self.env.cr.now(),
                **dict(zip(_COLUMN_NAMES, columns, strict=True)),
            )
        )
        self.invalidate_model()

    def _update_facts(self, pairs, metrics, company, log=None):
        """Correct known facts by one statement, keeping what they said before.

        :param pairs: ``(observation id, values)`` as for ``_insert_facts``.
        """
        if not pairs:
            return
        self._check_facts_allowed("write", metrics, company)
        self.flush_model()
        # The last word about a fact counts; SQL would take any.
        latest = dict(pairs)
        ids, rows = list(latest), list(latest.values())
        if log:
            self.env["vas.observation.import.change"]._keep(ids, log)
        factors = {metric.id: metric.factor for metric in metrics}
        subjects = {metric.id: metric.subject_model for metric in metrics}
        self.env.cr.execute(
            SQL(
                "UPDATE vas_observation AS fact SET res_id = new.res,"
                " partner_id = new.partner, date = new.day, value = new.value,"
                " numerator = new.top, denominator = new.bottom,"
                " write_uid = %(user)s, write_date = %(now)s"
                " FROM unnest(%(ids)s::int[], %(res)s::int[], %(partner)s::int[],"
                " %(day)s::date[], %(value)s::numeric[], %(top)s::numeric[],"
                " %(bottom)s::numeric[])"
                " AS new (id, res, partner, day, value, top, bottom)"
                " WHERE fact.id = new.id",
                user=self.env.uid,
                now=self.env.cr.now(),
                ids=ids,
                res=[row["res_id"] for row in rows],
                partner=[
                    row["res_id"]
                    if subjects[row["metric_id"]] == "res.partner"
                    else None
                    for row in rows
                ],
                day=[row["date"] for row in rows],
                value=[_value(row, factors[row["metric_id"]]) for row in rows],
                top=[row.get("numerator") or 0.0 for row in rows],
                bottom=[row.get("denominator") or 0.0 for row in rows],
            )
        )
        self.invalidate_model()

    # ----------------------------------------------------------------------- API
    @api.model
    def import_rows(self, rows, known="report", company_id=None):
        """Take facts from another system: ``POST /json/2/vas.observation/import_rows``.

        Sending the same rows again changes nothing: a fact is known by its metric and
        key. Rows that are wrong are handed back with the place and what was expected;
        all others come in.

        :param rows: list of ``{"metric": code, "key": "A-17", "date": "2025-06-30",
            "subject_id": 42 or "subject": "name", "value": 1.5 or "numerator": 37 with
            "denominator": 40, "note": "…"}``.
        :param known: what to do with a known key and other figures: ``"report"`` or
            ``"update"``.
        :param company_id: whose facts; the user's company if left out.
        :return: ``{"created": n, "known": n, "updated": n, "problems": [{"row": 1,
            "field": "date", "found": "…", "expected": "…"}]}``; rows count from 1.
        """
        company = self.env["res.company"].browse(company_id or self.env.company.id)
        self._check_api_call(rows, known)
        reader = _RowReader(self, rows, company)
        facts, problems = reader.read_rows()
        metrics = reader.used_metrics(facts)
        self._check_facts_allowed("create", metrics, company)
        recorded = self._get_recorded_facts(metrics, company, facts)
        new, changed, same = [], [], 0
        for number, fact in facts:
            place = fact["metric_id"], fact["source_key"]
            signature = _signature(fact)
            if place not in recorded:
                recorded[place] = (None, signature)
                new.append(fact)
            elif recorded[place][1] == signature:
                same += 1
            elif known == "update" and recorded[place][0]:
                recorded[place] = (recorded[place][0], signature)
                changed.append((recorded[place][0], fact))
            else:
                expected = self.env._(
                    "the same as recorded before; send known = “update” to correct it"
                )
                problems.append(reader.problem(number, "key", expected))
        self._insert_facts(new, metrics, company)
        self._update_facts(changed, metrics, company)
        return {
            "created": len(new),
            "known": same,
            "updated": len(changed),
            "problems": sorted(problems, key=lambda problem: problem["row"]),
        }

    @api.model
    def _check_api_call(self, rows, known, names=API_FIELDS):
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UserError(
                self.env._(
                    "“rows” is a list of objects, one per fact, with the fields"
                    " %(fields)s.",
                    fields=", ".join(names),
                )
            )
        if len(rows) > API_ROWS:
            raise UserError(
                self.env._(
                    "At most %(limit)s rows at a time; these are %(count)s.",
                    limit=API_ROWS,
                    count=len(rows),
                )
            )
        if known not in ("report", "update"):
            raise UserError(self.env._("“known” is “report” or “update”."))

    def _get_recorded_facts(self, metrics, company, facts):
        """Return ``{(metric id, key): (id, signature)}`` of the rows known already."""
        records = self.search_fetch(
            Domain("metric_id", "in", metrics.ids)
            & Domain("company_id", "=", company.id)
            & Domain("source_key", "in", [fact["source_key"] for _n, fact in facts]),
            [
                "metric_id",
                "source_key",
                "res_id",
                "date",
                "value",
                "numerator",
                "denominator",
            ],
        )
        return {
            (record.metric_id.id, record.source_key): (
                record.id,
                _signature(
                    {
                        "res_id": record.res_id,
                        "date": record.date,
                        "value": record.value,
                        "numerator": record.numerator,
                        "denominator": record.denominator,
                    }
                ),
            )
            for record in records
        }


_COLUMN_NAMES = (
    "metric",
    "model",
    "res",
    "partner",
    "date",
    "value",
    "top",
    "bottom",
    "key",
    "log",
    "note",
)


def _value(row, factor):
    """Return the value of a fact: its own, or numerator ÷ denominator × factor."""
    if row.get("denominator"):
        return (row.get("numerator") or 0.0) / row["denominator"] * factor
    return row.get("value") or 0.0


def _signature(fact):
    ratio = bool(fact.get("denominator"))
    return (
        fact["res_id"],
        fact["date"],
        0.0 if ratio else round(fact.get("value") or 0.0, 6),
        round(fact.get("numerator") or 0.0, 6) if ratio else 0.0,
        round(fact.get("denominator") or 0.0, 6),
    )


class _RowReader:
    """Turns rows of the API into facts, collecting what is wrong with each."""

    def __init__(self, model, rows, company):
        self.env, self.rows, self.company = model.env, rows, company
        codes = {str(row.get("metric")) for row in rows}
        found = self.env["vas.metric"].search(
            Domain("code", "in", list(codes))
            & Domain("company_id", "in", [company.id, False]),
            order="company_id DESC NULLS LAST, id",
        )
        self.metrics = {}
        for metric in found.sorted(lambda metric: not metric.company_id):
            self.metrics.setdefault(metric.code, metric)
        self.subjects = {}
        for subject_model in {m.subject_model for m in self.metrics.values()}:
            self.subjects[subject_model] = self._find_subjects(subject_model)

    def _find_subjects(self, model_name):
        """Return ids that exist and ids by name, for one model, in two queries."""
        rows = [
            row
            for row in self.rows
            if (metric := self.metrics.get(str(row.get("metric"))))
            and metric.subject_model == model_name
        ]
        # Whether somebody exists does not depend on whom the caller may read; the
        # company limit is applied here.
        model_sudo = self.env[model_name].sudo()
        limit = Domain.TRUE
        if "company_id" in model_sudo._fields:
            limit = Domain("company_id", "in", [self.company.id, False])
        ids = {row["subject_id"] for row in rows if type(row.get("subject_id")) is int}
        existing = set(model_sudo.search(Domain("id", "in", list(ids)) & limit).ids)
        by_name = {}
        names = {str(row["subject"]) for row in rows if row.get("subject")}
        name_field = model_sudo._rec_name
        if names and name_field:
            for record in model_sudo.search_fetch(
                Domain(name_field, "in", list(names)) & limit, [name_field]
            ):
                key = tabular.normalize(record[name_field])
                by_name.setdefault(key, []).append(record.id)
        return existing, by_name

    def used_metrics(self, facts):
        ids = {fact["metric_id"] for _number, fact in facts}
        return self.env["vas.metric"].browse(ids)

    def problem(self, number, field, expected):
        found = self.rows[number - 1].get(field)
        return {
            "row": number,
            "field": field,
            "found": "" if found is None else str(found)[:200],
            "expected": expected,
        }

    def read_rows(self):
        """Return ``[(row number, fact)]`` and the problems."""
        facts, problems = [], []
        for number, row in enumerate(self.rows, 1):
            wrong = list(self._check_row(row))
            if wrong:
                problems += [
                    self.problem(number, field, expected) for field, expected in wrong
                ]
            else:
                facts.append((number, self._read_row(row)))
        return facts, problems

    def _check_row(self, row):
        for name in set(row) - set(API_FIELDS):
            yield (
                str(name),
                self.env._(
                    "one of the fields %(fields)s", fields=", ".join(API_FIELDS)
                ),
            )
        if not isinstance(row.get("key"), str) or not row["key"].strip():
            yield "key", self.env._("the fact's own number in its source, as text")
        if not isinstance(row.get("date"), str) or not tabular.parse_date(
            row["date"], ["YYYY-MM-DD"]
        ):
            yield "date", self.env._("an existing day such as 2025-06-30")
        metric = self.metrics.get(str(row.get("metric")))
        if not metric:
            yield "metric", self.env._("the code of a metric")
            return
        if metric.kind not in OBSERVED_KINDS:
            yield (
                "metric",
                self.env._("a metric of the kind “Observations” or “By hand”"),
            )
        yield from self._check_subject(row, metric)
        yield from self._check_figures(row, metric)

    def _check_subject(self, row, metric):
        existing, by_name = self.subjects[metric.subject_model]
        if row.get("subject_id") is not None:
            if row["subject_id"] not in existing:
                yield (
                    "subject_id",
                    self.env._(
                        "the id of an existing %(model)s",
                        model=metric.subject_model_id.name,
                    ),
                )
        elif not row.get("subject"):
            yield "subject", self.env._("“subject_id” or “subject”")
        else:
            ids = by_name.get(tabular.normalize(str(row["subject"])), [])
            if len(ids) != 1:
                yield (
                    "subject",
                    self.env._(
                        "the name of one %(model)s; %(count)s are called so",
                        model=metric.subject_model_id.name,
                        count=len(ids),
                    ),
                )

    def _check_figures(self, row, metric):
        names = ("value",)
        if metric.observation_aggregate == "ratio":
            names = ("numerator", "denominator")
        for name in names:
            if not fact_rows.is_number(row.get(name)):
                yield name, self.env._("a number")
            elif name == "denominator" and row[name] <= 0:
                yield name, self.env._("a number above 0 to divide by")

    def _read_row(self, row):
        metric = self.metrics[str(row["metric"])]
        _existing, by_name = self.subjects[metric.subject_model]
        subject = row.get("subject_id")
        if subject is None:
            subject = by_name[tabular.normalize(str(row["subject"]))][0]
        ratio = metric.observation_aggregate == "ratio"
        return {
            "metric_id": metric.id,
            "res_id": subject,
            "date": fields.Date.to_date(row["date"]),
            "source_key": row["key"].strip(),
            "value": 0.0 if ratio else float(row["value"]),
            "numerator": float(row["numerator"]) if ratio else 0.0,
            "denominator": float(row["denominator"]) if ratio else 0.0,
            "note": row.get("note") and str(row["note"]),
        }
