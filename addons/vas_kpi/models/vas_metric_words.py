from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.misc import format_amount, formatLang

from .vas_metric import OBSERVED_KINDS


class VasMetric(models.Model):
    """A measured value in words, and the records behind it."""

    _name = "vas.metric"
    _inherit = "vas.metric"

    def _format_value(self, value, currency=None):
        """Write a value with its unit; “no data” for None."""
        self.ensure_one()
        if value is None:
            return self.env._("no data")
        if self.value_format == "percent":
            return f"{formatLang(self.env, value * 100, digits=self.digits)} %"
        if self.value_format == "money":
            currency = currency or self.company_id.currency_id
            currency = currency or self.env.company.currency_id
            return format_amount(self.env, value, currency)
        text = formatLang(self.env, value, digits=self.digits)
        return f"{text} {self.unit}" if self.unit else text

    def _write_fraction(self, measure):
        """Write how a measured value came about: “37 ÷ 40”, “(3 + 4) ÷ 70”."""
        self.ensure_one()
        text = self._write_calculation(measure.detail)
        if not text and measure.denominator is not None:
            text = f"{measure.numerator:,.10g} ÷ {measure.denominator:,.10g}"
            if self.factor != 1.0 and self.kind in ("ratio", "observation", "repeat"):
                text += f" × {self.factor:,.10g}"
        return text or False

    def _describe_reason(self, detail):
        """Say in words why there is no value; “no data” when nothing is known.

        :param detail: ``Measure.detail``, possibly stored long ago.
        """
        reason = (detail or {}).get("reason") or {}
        # Names of definitions are part of a sheet that the reader may see.
        metric_sudo = self.sudo().browse(reason.get("metric") or []).exists()
        name = metric_sudo.name or reason.get("name") or self.env._("a deleted metric")
        match reason.get("code"):
            case "zero" if reason.get("part") == "denominator":
                return self.env._("no data: the sum of denominators is 0")
            case "zero" if reason.get("part"):
                return self.env._("no data: %(part)s is 0", part=reason["part"])
            case "zero":
                return self.env._("no data: %(metric)s is 0", metric=name)
            case "missing":
                return self.env._("no data: %(metric)s has none", metric=name)
            case "overflow":
                return self.env._("no data: the result is too large")
            case "no_currency":
                return self.env._(
                    "no data: %(count)s records without a currency",
                    count=reason["count"],
                )
            case "broken":
                problem = metric_sudo and metric_sudo._get_problem()
                return self.env._(
                    "error: %(problem)s",
                    problem=problem
                    or self.env._("%(metric)s could not be measured", metric=name),
                )
        return self.env._("no data")

    def _get_sources_action(self, subject_ids, date_from, date_to, company):
        """Return the list of the records a figure was made of (user's own rights)."""
        self.ensure_one()
        problem = self._get_problem()
        if problem:
            raise UserError(problem)
        if self.kind == "ratio":
            return self.denominator_id._get_sources_action(
                subject_ids, date_from, date_to, company
            )
        model, domain = self._get_sources(subject_ids, date_from, date_to, company)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Records behind %(metric)s", metric=self.name),
            "res_model": model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }

    def _get_sources(self, subject_ids, date_from, date_to, company):
        """Return ``(model name, domain)`` of the records behind a figure."""
        self.ensure_one()
        args = subject_ids, date_from, date_to, company
        if self.kind == "aggregate":
            return self.source_model, self._get_source_domain(*args)
        if self.kind in OBSERVED_KINDS:
            return "vas.observation", self._get_observation_domain(*args)
        return self.subject_model, Domain("id", "in", subject_ids)

    def _check_entry_allowed(self):
        """Refuse entering figures of metrics reserved for another group (GRD-06)."""
        if self.env.su:
            return
        groups = self.env.user.all_group_ids
        for metric in self:
            # The group's name is part of the message, whoever reads it.
            group_sudo = metric.sudo().entry_group_id
            if group_sudo and group_sudo not in groups:
                raise AccessError(
                    self.env._(
                        "%(metric)s is entered by “%(group)s” only. Ask a member of"
                        " that group.",
                        metric=metric.display_name,
                        group=group_sudo.name,
                    )
                )

    def action_open_observations(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_observation_action"
            ),
            "domain": [("metric_id", "=", self.id)],
            "context": {"default_metric_id": self.id},
        }
