import json
import uuid
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import periods


class VasMetricPreview(models.TransientModel):
    """Show a metric's value per subject for a period, without keeping anything.

    Works on a metric as it stands on the screen too: what is not saved yet is written
    within a savepoint, measured, and rolled back.
    """

    _name = "vas.metric.preview"
    _description = "Preview of a metric"

    metric_id = fields.Many2one(comodel_name="vas.metric", ondelete="cascade")
    draft = fields.Text(
        string="Unsaved values", help="What was typed on the metric and not saved."
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_period()[0]
    )
    date_to = fields.Date(
        string="To", required=True, default=lambda self: self._default_period()[1]
    )
    subject_limit = fields.Integer(string="Subjects shown", default=200)
    line_ids = fields.One2many(
        comodel_name="vas.metric.preview.line", inverse_name="preview_id"
    )
    summary = fields.Char(readonly=True)

    @api.model
    def _default_period(self):
        return periods.period_bounds("year", fields.Date.context_today(self))

    def _read_draft(self):
        """Return the unsaved values as a dictionary of fields of a metric."""
        self.ensure_one()
        try:
            values = json.loads(self.draft or "{}")
        except ValueError as error:
            raise UserError(
                self.env._("The unsaved values cannot be read. Save the metric first.")
            ) from error
        known = self.env["vas.metric"]._fields
        if not isinstance(values, dict) or not set(values) <= set(known):
            raise UserError(
                self.env._("The unsaved values cannot be read. Save the metric first.")
            )
        return {name: value for name, value in values.items() if name != "id"}

    @contextmanager
    def _get_metric(self):
        """Give the metric to measure; what is unsaved is there only meanwhile.

        Saving goes through all the checks of a real metric and needs the same rights.
        """
        self.ensure_one()
        values = self._read_draft()
        if not values and self.metric_id:
            yield self.metric_id
            return
        savepoint = self.env.cr.savepoint()
        try:
            quiet = self.env["vas.metric"].with_context(
                tracking_disable=True, mail_create_nolog=True
            )
            if self.metric_id:
                metric = quiet.browse(self.metric_id.id)
                metric.write(values)
            else:
                values["name"] = values.get("name") or self.env._("Unsaved metric")
                values["code"] = values.get("code") or f"preview_{uuid.uuid4().hex}"
                metric = quiet.create(values)
            metric.flush_recordset()
            yield metric.with_env(self.env)
        finally:
            savepoint.close(rollback=True)

    def action_preview(self):
        """Measure the subjects the user may read, those with data first."""
        self.ensure_one()
        if self.date_from > self.date_to:
            raise UserError(self.env._("The period ends before it begins."))
        with self._get_metric() as metric:
            lines, summary = self._measure_lines(metric)
        self.line_ids = [Command.clear(), *map(Command.create, lines)]
        self.summary = summary
        action = self._get_records_action()
        action.update(target="new", name=self.env._("Preview values"))
        return action

    def _measure_lines(self, metric):
        """Return the values of the lines to show and the sentence above them."""
        problem = metric._get_problem()
        if problem:
            return [], problem
        # The whole model is measured in one query; only the best are listed.
        subjects = self.env[metric.subject_model].search(
            [("id", "!=", False)], order="id"
        )
        measures = metric._measure(
            subjects, self.date_from, self.date_to, self.company_id
        )
        found = [s for s in subjects if measures[s.id].value is not None]
        found.sort(
            key=lambda s: measures[s.id].value, reverse=metric.direction != "lower"
        )
        # Why others have none, where there is more to say than “no records”.
        silent = [
            s
            for s in subjects
            if measures[s.id].value is None
            and ((measures[s.id].detail or {}).get("reason") or {}).get("code")
            not in (None, "missing")
        ]
        shown = (found + silent)[: self.subject_limit]
        names = {
            s.id: s.display_name
            for s in self.env[subjects._name].browse([s.id for s in shown])
        }
        currency = self.company_id.currency_id
        lines = []
        for subject in shown:
            measure = measures[subject.id]
            text = metric._format_value(measure.value, currency)
            if measure.value is None:
                text = metric._describe_reason(measure.detail)
            lines.append(
                {
                    "res_id": subject.id,
                    "name": names[subject.id],
                    "value": measure.value or 0.0,
                    "value_text": text,
                    "calculation": metric._write_fraction(measure),
                    "fact_count": measure.count,
                }
            )
        summary = self.env._(
            "%(found)s of %(total)s subjects have data in this period.",
            found=len(found),
            total=len(subjects),
        )
        return lines, summary


class VasMetricPreviewLine(models.TransientModel):
    """One subject of a preview."""

    _name = "vas.metric.preview.line"
    _description = "Previewed value"
    _order = "id"

    preview_id = fields.Many2one(
        comodel_name="vas.metric.preview", required=True, ondelete="cascade"
    )
    res_id = fields.Integer()
    name = fields.Char(string="Subject")
    value = fields.Float()
    value_text = fields.Char(string="Value as shown")
    calculation = fields.Char()
    fact_count = fields.Integer(string="Facts")

    def action_open_sources(self):
        """Open the records behind the value."""
        self.ensure_one()
        preview = self.preview_id
        with preview._get_metric() as metric:
            action = metric._get_sources_action(
                [self.res_id], preview.date_from, preview.date_to, preview.company_id
            )
        if preview.draft:
            # The metric behind the dialog is not saved: stay on its page.
            action["target"] = "new"
        return action
