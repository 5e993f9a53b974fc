from odoo import models
from odoo.exceptions import ValidationError


class VasMetric(models.Model):
    """What keeps a metric from being measured, and what one should know about it."""

    _name = "vas.metric"
    _inherit = "vas.metric"

    def _check_definition(self):
        """Raise a ``ValidationError`` for what keeps this metric from being measured.

        Called on saving through the constraints of the single fields, and again
        before measuring: models and fields may have gone since.
        """
        self.ensure_one()
        if self.subject_model not in self.env:
            raise ValidationError(
                self.env._(
                    "%(metric)s is measured for records that are not installed any"
                    " more (%(model)s). Choose others, or archive the metric.",
                    metric=self.display_name,
                    model=self.subject_model or "–",
                )
            )
        check = getattr(self, f"_check_definition_{self.kind}", None)
        if check:
            check()

    def _check_source_model(self):
        self.ensure_one()
        if not self.source_model_id:
            raise ValidationError(
                self.env._(
                    "%(metric)s: choose the records that are aggregated. If there were"
                    " some, they are not installed any more.",
                    metric=self.display_name,
                )
            )
        if self.source_model not in self.env:
            raise ValidationError(
                self.env._(
                    "%(metric)s counts records that are not installed any more"
                    " (%(model)s). Choose others, or archive the metric.",
                    metric=self.display_name,
                    model=self.source_model,
                )
            )

    def _check_definition_aggregate(self):
        self._check_source_model()
        self._check_domain_field("domain", self.source_model)
        self._check_aggregate_paths()

    def _check_definition_field(self):
        self._check_field_path(
            "subject_field",
            self.subject_model,
            types={"float", "integer", "monetary", "boolean"},
        )

    def _get_problem(self):
        """Return the sentence that says why this cannot be measured, or False."""
        self.ensure_one()
        try:
            self._check_definition()
        except ValidationError as error:
            return error.args[0]
        return False

    def _get_hint(self):
        """Return what an administrator should know about a metric that works."""
        self.ensure_one()
        field = self._get_currency_field()
        if not field:
            return False
        return self.env._(
            "The amounts are in the currency of “%(field)s”. They are converted to the"
            " company's currency at the rate of the last day of the period; records"
            " without a currency make the value unknown.",
            field=field._description_string(self.env),
        )

    def _get_currency_field(self):
        """Return the field with the currency of the measured amounts, if it matters.

        None when the amounts are in the company's currency, or no amounts.
        """
        self.ensure_one()
        if self.kind != "aggregate" or self.aggregate in ("count", "count_distinct"):
            return None
        model = self.env.get(self.source_model)
        field = model is not None and model._fields.get(self.measure_field or "")
        if not field or field.type != "monetary":
            return None
        name = field.get_currency_field(model)
        currency = model._fields.get(name)
        if currency is None or name == "company_currency_id":
            return None
        path = currency.related or ""
        return None if path.endswith("company_id.currency_id") else currency
