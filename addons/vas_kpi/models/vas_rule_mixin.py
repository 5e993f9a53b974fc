import ast
from datetime import date

from odoo import models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools import domain_words


class VasRuleMixin(models.AbstractModel):
    """What rules that are typed by an administrator have in common.

    Domains are stored as text, read as literals only (never evaluated as code) and may
    use the period words of ``tools/domain_words.py``.
    """

    _name = "vas.rule.mixin"
    _description = "Typed rule"

    def _read_domain(self, text, date_from, date_to):
        """Return the ``Domain`` of a stored text for a period (both ends inclusive).

        :raises ValueError, TypeError: when the text is not a list of conditions.
        """
        try:
            literal = ast.literal_eval((text or "[]").strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise ValueError(str(error)) from error
        if not isinstance(literal, (list, tuple)):
            raise TypeError(repr(literal))
        return Domain(domain_words.resolve(list(literal), date_from, date_to))

    def _check_domain_field(self, field_name, model_name):
        """Refuse a domain that ``model_name`` cannot search by.

        The message names the record, the field and what was expected.
        """
        self.ensure_one()
        sample = date(2024, 1, 1), date(2024, 12, 31)
        try:
            self._read_domain(self[field_name], *sample).validate(self.env[model_name])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValidationError(
                self.env._(
                    "%(record)s: the field “%(field)s” is not a filter on %(model)s."
                    " Expected a list of conditions such as"
                    ' [("field", "=", value)], with period_start, period_end or'
                    " period_end -1y as dates of the period. (%(error)s)",
                    record=self.display_name or self._description,
                    field=self._fields[field_name]._description_string(self.env),
                    model=self.env["ir.model"]._get(model_name).name or model_name,
                    error=error,
                )
            ) from error

    def _check_field_path(self, field_name, model_name, types=None, stored=False):
        """Refuse a dotted field path that does not lead anywhere on ``model_name``.

        :param types: allowed field types of the last step.
        :param stored: the last step must be searchable and groupable in SQL.
        :return: the last field.
        """
        self.ensure_one()
        path = (self[field_name] or "").strip()
        model, field = self.env[model_name], None
        names = path.split(".") if path else []
        for index, name in enumerate(names):
            field = model._fields.get(name)
            last = index == len(names) - 1
            if field is None or (not last and not field.comodel_name):
                field = None
                break
            if not last:
                model = self.env[field.comodel_name]
        wrong_type = field is not None and types and field.type not in types
        if field is None or wrong_type or (stored and not field.store):
            raise ValidationError(
                self.env._(
                    "%(record)s: “%(path)s” in “%(field)s” is not usable on %(model)s."
                    " Expected %(expected)s.",
                    record=self.display_name or self._description,
                    path=path,
                    field=self._fields[field_name]._description_string(self.env),
                    model=self.env["ir.model"]._get(model_name).name or model_name,
                    expected=self.env._(
                        "the path of an existing stored field of type %(types)s",
                        types=", ".join(sorted(types)) if types else "any",
                    ),
                )
            )
        return field
