from collections import Counter
from datetime import date, datetime
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import split_every

from odoo.addons.queue_job.exception import RetryableJobError

from ..tools import fact_rows, tabular
from ..tools.tabular import Problem
from .vas_observation_import_log import COUNTERS

#: Rows taken at a time; keeps memory flat and lets one query serve many rows.
BATCH_ROWS = 1000
#: Longest part of a wrong cell that is shown.
SHOWN_CHARACTERS = 200


class VasObservationImportLog(models.Model):
    """The rows of a file: whom they are about, what is new, known, corrected, wrong."""

    _name = "vas.observation.import.log"
    _inherit = "vas.observation.import.log"

    def _lock_profile(self):
        """Let one import of a profile run at a time, across users and servers.

        The stamp makes a transaction that began before another import of the profile
        ended start over, so that it sees the contacts and facts created by that one.
        """
        # Officers import; only administrators edit profiles.
        profile_sudo = self.profile_id.sudo()
        try:
            profile_sudo.lock_for_update(allow_referencing=True)
        except LockError as error:
            message = self.env._(
                "Another file is being imported by %(profile)s. Try again in a moment.",
                profile=profile_sudo.name,
            )
            if self.env.context.get("job_uuid"):
                raise RetryableJobError(message) from error
            raise UserError(message) from error
        profile_sudo.last_import_on = fields.Datetime.now()

    def _import_rows(self, rows, columns):
        """Import rows of a table; called directly and for the part of a job.

        All of these rows are taken in one transaction: a part that is interrupted
        leaves nothing behind.

        :param rows: an iterable of ``tabular.Row``, read piece by piece.
        :param columns: index of each heading of the recipe.
        """
        self.ensure_one()
        self._lock_profile()
        log = self.with_company(self.company_id).with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_notrack=True
        )
        recipe = log.profile_id._get_recipe()
        totals, days, subjects = Counter(), set(), {}
        for chunk in split_every(BATCH_ROWS, rows):
            pairs = [(row, fact_rows.convert(row, columns, recipe)) for row in chunk]
            problems = log._import_batch(pairs, subjects, totals, days)
            log._record_problems(pairs, problems, recipe)
            totals["row_read"] += len(chunk)
            # Written and forgotten: memory does not grow with the file.
            self.env.flush_all()
            self.env["vas.observation"].invalidate_model()
            self.env["vas.observation.import.problem"].invalidate_model()
        log._add_totals(totals, days)

    def _add_totals(self, totals, days):
        values = {name: self[name] + totals[name] for name in COUNTERS}
        if days:
            values["date_from"] = min(filter(None, [self.date_from, *days]))
            values["date_to"] = max(filter(None, [self.date_to, *days]))
        self.write(values)

    def _import_batch(self, pairs, subjects, totals, days):
        """Take some rows in; return the problems found.

        :param pairs: ``(Row, FactRow)`` of the batch.
        :param subjects: ids by normalized name, kept for the next batches.
        :param totals: counters to add to.
        :param days: first and last day so far, updated.
        """
        problems = [problem for _row, found in pairs for problem in found.problems]
        rows = [found for _row, found in pairs if found.facts]
        totals["row_skipped"] += sum(
            1 for _row, found in pairs if not found.facts and not found.problems
        )
        rows, refused = self._resolve_subjects(rows, subjects)
        recorded = self._get_recorded([row.key for row in rows])
        plan = _Plan(self, subjects, recorded)
        for row in rows:
            plan.add(row)
        problems += refused + plan.problems
        new_names = plan.new_names
        if new_names:
            created = self.profile_id._create_subjects(
                list(new_names.values()), self.company_id
            )
            subjects.update(created)
            totals["subject_created"] += len(created)
        model, metrics = self.env["vas.observation"], self.profile_id.line_ids.metric_id
        model._insert_facts(
            [plan.finish(values) for values in plan.to_create], metrics, self.company_id
        )
        model._update_facts(
            [(record_id, plan.finish(values)) for record_id, values in plan.to_write],
            metrics,
            self.company_id,
            self,
        )
        totals.update(plan.totals)
        totals["row_bad"] += len({problem.row for problem in problems})
        taken = days | {row.day for row in rows}
        if taken:
            days.clear()
            days.update((min(taken), max(taken)))
        return problems

    def _resolve_subjects(self, rows, subjects):
        """Find whom the rows are about; return usable rows and problems."""
        profile = self.profile_id
        names = {}
        for row in rows:
            key = tabular.normalize(row.subject)
            if key not in subjects:
                names.setdefault(key, row.subject)
        found = profile._find_subjects(list(names.values()), self.company_id)
        for key in names:
            ids = found.get(key, [])
            # Several: kept as a list to be reported; none: None.
            subjects[key] = ids[0] if len(ids) == 1 else ids or None
        usable, problems = [], []
        for row in rows:
            subject = subjects[tabular.normalize(row.subject)]
            place = (row.number, profile.subject_column, row.subject)
            if isinstance(subject, list):
                data = {"count": len(subject)}
                problems.append(Problem(*place, "ambiguous_subject", data))
            elif subject is None and profile.unknown_subject == "report":
                problems.append(Problem(*place, "unknown_subject", {}))
            else:
                usable.append(row)
        return usable, problems

    def _get_recorded(self, keys):
        """Return the recorded facts of these rows: ``{(metric id, key): record}``."""
        model = self.env["vas.observation"]
        names = (
            *("metric_id", "source_key", "id", "res_id"),
            *("date", "value", "numerator", "denominator"),
        )
        query = model._search(
            [
                ("metric_id", "in", self.profile_id.line_ids.metric_id.ids),
                ("company_id", "=", self.company_id.id),
                ("source_key", "in", keys),
            ]
        )
        # Plain rows: a record per fact would cost more than reading the file.
        rows = self.env.execute_query(
            query.select(
                *(model._field_to_sql(model._table, name, query) for name in names)
            )
        )
        return {(row[0], row[1]): _Recorded(*row[2:]) for row in rows}

    def _record_problems(self, pairs, problems, recipe):
        """Keep what is wrong together with the row as it was, for correcting."""
        if not problems:
            return
        by_number = {row.number: row for row, _found in pairs}
        pattern = recipe.date_patterns[0]
        values = []
        for problem in sorted(problems, key=lambda problem: problem.row):
            cells = by_number[problem.row].cells
            values.append(
                {
                    "log_id": self.id,
                    "row_number": problem.row,
                    "column": problem.column,
                    "value": problem.value[:SHOWN_CHARACTERS],
                    "expected": self.profile_id._describe_problem(problem),
                    "cells": [_as_text(cell, pattern) for cell in cells],
                }
            )
        self.env["vas.observation.import.problem"].create(values)


class _Recorded(NamedTuple):
    """A fact as it is recorded."""

    id: int
    res_id: int
    date: date
    value: float
    numerator: float
    denominator: float


def _as_text(cell, pattern):
    """Return a cell as it can be imported again from a CSV."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return tabular.format_date(cell, pattern)
    return tabular.cell_text(cell)


class _Plan:
    """Decides, row by row, what of a batch is new, known, corrected or refused."""

    def __init__(self, log, subjects, recorded):
        self.log, self.subjects = log, subjects
        self.log_id, self.company_id = log.id, log.company_id.id
        self.updates = log.profile_id.known_rule == "update"
        self.known = {key: _signature(record) for key, record in recorded.items()}
        self.target = dict(recorded)
        self.to_create, self.to_write = [], []
        self.problems, self.totals, self.new_names = [], Counter(), {}

    def add(self, row):
        name = tabular.normalize(row.subject)
        # A contact that does not exist yet stands in by its name.
        subject = self.subjects[name] or name
        new, changed = [], []
        for fact in row.facts:
            place = (fact.metric, row.key)
            signature = _fact_signature(subject, row.day, fact)
            if place not in self.known:
                new.append((place, signature, fact))
            elif self.known[place] != signature:
                changed.append((place, signature, fact))
        if changed and not self.updates:
            self.problems.append(self._differs(row, changed[0][0]))
            return
        if not new and not changed:
            self.totals["row_known"] += 1
            return
        if subject == name:
            self.new_names.setdefault(name, row.subject)
        self.totals["row_updated" if changed else "row_imported"] += 1
        for place, signature, fact in new:
            values = self._values(row, fact, name)
            self.to_create.append(values)
            self.known[place], self.target[place] = signature, values
            self.totals["fact_created"] += 1
        for place, signature, fact in changed:
            values = self._values(row, fact, name)
            if isinstance(self.target[place], dict):
                # The same key a second time in the batch: not yet written.
                self.target[place].update(values)
            else:
                self.to_write.append((self.target[place].id, values))
                self.totals["fact_updated"] += 1
            self.known[place] = signature

    def finish(self, values):
        """Put the contact in, which may have been created meanwhile."""
        return {**values, "res_id": self.subjects[values["res_id"]]}

    def _values(self, row, fact, name):
        if fact.denominator:
            figures = {"numerator": fact.numerator, "denominator": fact.denominator}
        else:
            figures = {"value": fact.value, "numerator": 0.0, "denominator": 0.0}
        return {
            "metric_id": fact.metric,
            "company_id": self.company_id,
            "res_id": name,
            "date": row.day,
            "source_key": row.key,
            "import_log_id": self.log_id,
            **figures,
        }

    def _differs(self, row, place):
        subject, day, value, numerator, denominator = self.known[place]
        if isinstance(subject, int):
            # Any subject may be named to the importer of its facts.
            record_sudo = self.log.env[self.log.profile_id.subject_model].sudo()
            subject = record_sudo.browse(subject).display_name
        figure = f"{numerator:g} / {denominator:g}" if denominator else f"{value:g}"
        metric = self.log.env["vas.metric"].browse(place[0])
        recorded = f"{subject}, {day}, {metric.name}: {figure}"
        return Problem(row.number, "", row.key, "differs", {"recorded": recorded})


def _signature(record):
    """Return what makes a recorded fact the same as an imported one."""
    ratio = bool(record.denominator)
    return (
        record.res_id,
        record.date,
        0.0 if ratio else round(record.value or 0.0, 6),
        round(record.numerator or 0.0, 6) if ratio else 0.0,
        round(record.denominator or 0.0, 6),
    )


def _fact_signature(subject, day, fact):
    ratio = bool(fact.denominator)
    return (
        subject,
        day,
        0.0 if ratio else round(fact.value, 6),
        round(fact.numerator, 6) if ratio else 0.0,
        round(fact.denominator, 6),
    )
