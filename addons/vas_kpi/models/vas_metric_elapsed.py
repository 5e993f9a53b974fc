from odoo import api, fields, models
from odoo.fields import Domain

from ..tools import periods
from .vas_metric import Measure


class VasMetric(models.Model):
    """The calendar as a figure, and facts since the year began.

    “Ahead of time” (TGT-01) compares the part of a target that is reached with the part
    of the year that has passed.
    """

    _name = "vas.metric"
    _inherit = "vas.metric"

    kind = fields.Selection(
        selection_add=[("elapsed", "Part of the year that has passed")],
        ondelete={"elapsed": "cascade"},
    )
    window = fields.Selection(
        selection_add=[("year", "From the beginning of the year")],
        ondelete={"year": "set default"},
    )

    @api.model
    def _measure_elapsed(self, subjects, date_from, date_to, company, memo):
        """Days passed at the end of the period ÷ days of the calendar year."""
        start, end = periods.period_bounds("year", date_to)
        passed, total = (date_to - start).days + 1, (end - start).days + 1
        measure = Measure(passed / total, float(passed), float(total), 1)
        return dict.fromkeys(subjects.ids, measure)

    def _get_date_domain(self, date_from, date_to, company):
        domain = super()._get_date_domain(date_from, date_to, company)
        if self.window == "year":
            start, _end = periods.period_bounds("year", date_to)
            field = self._check_field_path("date_field", self.source_model)
            if field.type == "datetime":
                start, _end = self._get_moments(start, date_to, company)
            domain &= Domain(self.date_field, ">=", start)
        return domain

    def _get_observation_domain(self, subject_ids, date_from, date_to, company):
        domain = super()._get_observation_domain(
            subject_ids, date_from, date_to, company
        )
        if self.window == "year":
            start, _end = periods.period_bounds("year", date_to)
            domain &= Domain("date", ">=", start)
        return domain
