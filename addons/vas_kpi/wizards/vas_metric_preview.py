from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools import periods


class VasMetricPreview(models.TransientModel):
    """Show a metric's value per subject for a period, without keeping anything."""

    _name = "vas.metric.preview"
    _description = "Preview of a metric"

    metric_id = fields.Many2one(
        comodel_name="vas.metric", required=True, ondelete="cascade"
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

    def action_preview(self):
        """Measure the subjects the user may read, those with data first."""
        self.ensure_one()
        if self.date_from > self.date_to:
            raise UserError(self.env._("The period ends before it begins."))
        metric = self.metric_id
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
        currency = self.company_id.currency_id
        self.line_ids = [Command.clear()] + [
            Command.create(
                {
                    "res_id": subject.id,
                    "name": subject.display_name,
                    "value": measures[subject.id].value,
                    "value_text": metric._format_value(
                        measures[subject.id].value, currency
                    ),
                    "fact_count": measures[subject.id].count,
                }
            )
            for subject in found[: self.subject_limit]
        ]
        self.summary = self.env._(
            "%(found)s of %(total)s subjects have data in this period.",
            found=len(found),
            total=len(subjects),
        )
        action = self._get_records_action()
        action["target"] = "new"
        return action


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
    fact_count = fields.Integer(string="Facts")

    def action_open_sources(self):
        """Open the records behind the value."""
        self.ensure_one()
        preview = self.preview_id
        return preview.metric_id._get_sources_action(
            [self.res_id], preview.date_from, preview.date_to, preview.company_id
        )
