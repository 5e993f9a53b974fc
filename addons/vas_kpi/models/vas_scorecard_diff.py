from odoo import api, fields, models

from ..tools.version_diff import Item, compare


class VasScorecard(models.Model):
    """What a version changes, in words."""

    _name = "vas.scorecard"
    _inherit = "vas.scorecard"

    diff_html = fields.Html(
        string="Changes", compute="_compute_diff", sanitize=False, readonly=True
    )
    diff_count = fields.Integer(string="Number of changes", compute="_compute_diff")

    @api.depends(
        "previous_version_id",
        "section_ids.weight",
        "criterion_ids.metric_id",
        "criterion_ids.scale_id",
        "criterion_ids.max_points",
        "band_ids",
        "override_ids",
    )
    @api.depends_context("lang")
    def _compute_diff(self):
        for scorecard in self:
            previous = scorecard.previous_version_id
            changes = scorecard._get_changes(previous) if previous else []
            scorecard.diff_count = len(changes)
            scorecard.diff_html = (
                scorecard._render_changes(previous, changes) if previous else False
            )

    def action_compare(self):
        """Open the comparison with another version."""
        self.ensure_one()
        return {
            "name": self.env._("Compare versions"),
            "type": "ir.actions.act_window",
            "res_model": "vas.scorecard.compare",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_scorecard_id": self.id,
                "default_other_id": self.previous_version_id.id,
            },
        }

    def _get_changes(self, other):
        """Return the ``Change`` rows from ``other`` to this version."""
        self.ensure_one()
        return compare(other._get_items(), self._get_items())

    def _render_changes(self, other, changes):
        return self.env["ir.qweb"]._render(
            "vas_kpi.scorecard_changes",
            {
                "old": other,
                "new": self,
                "changes": changes,
                "kinds": {
                    "added": self.env._("added"),
                    "removed": self.env._("removed"),
                    "changed": self.env._("changed"),
                },
            },
        )

    def _get_items(self):
        """Return this version as items in words, for the comparison."""
        self.ensure_one()
        return [
            *self._get_setting_items(),
            *self._get_section_items(),
            *self._get_criterion_items(),
            *self._get_band_items(),
            *self._get_override_items(),
        ]

    @api.model
    def _get_setting_fields(self):
        """Return the fields that are compared one by one."""
        return [
            "name",
            "subject_model_id",
            "subject_domain",
            "subject_metric_id",
            "period_type",
            "aggregate",
            "missing_rule",
            "min_coverage",
            "history_periods",
            "stay_periods",
            "stay_margin",
            "responsible_id",
            "approval_group_id",
            "override_group_id",
            "show_to_subject",
            "publish_template_id",
            "appeal_days",
            "appeal_other_decider",
        ]

    def _write_value(self, name):
        """Return a field's value as a person reads it."""
        field, value = self._fields[name], self[name]
        if field.type == "many2one":
            return value.display_name or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type in ("float", "integer"):
            return f"{value:g}"
        return str(value or "")

    def _get_setting_items(self):
        part = self.env._("Settings")
        return [
            Item(
                part,
                name,
                self._fields[name]._description_string(self.env),
                {"": self._write_value(name)},
            )
            for name in self._get_setting_fields()
        ]

    def _get_section_items(self):
        part, weight = self.env._("Sections"), self.env._("Weight")
        return [
            Item(
                part,
                section.code,
                section.name,
                {
                    self.env._("Name"): section.name,
                    weight: f"{section.weight:.6g} %",
                },
            )
            for section in self.section_ids
        ]

    def _get_criterion_items(self):
        part = self.env._("Criteria")
        return [
            Item(
                part,
                criterion.code,
                criterion.name,
                {
                    self.env._("Name"): criterion.name,
                    self.env._("Section"): criterion.section_id.name,
                    self.env._("Metric"): criterion.metric_id.name,
                    self.env._("Scale"): criterion.scale_id._write_scale(),
                    self.env._("Maximum"): f"{criterion.max_points:g}",
                    self.env._("Modifiers"): "; ".join(
                        criterion.modifier_ids.mapped("display_name")
                    ),
                },
            )
            for criterion in self.criterion_ids
        ]

    def _get_band_items(self):
        part = self.env._("Bands")
        items = []
        for band in self.band_ids:
            tones = dict(band._fields["tone"]._description_selection(self.env))
            items.append(
                Item(
                    part,
                    band.code,
                    band.name,
                    {
                        self.env._("Name"): band.name,
                        self.env._("Range"): self.env._("only by an override rule")
                        if band.only_by_override
                        else band.bounds_text,
                        self.env._("Colour"): tones.get(band.tone, ""),
                        self.env._("On entering"): ", ".join(
                            band.enter_consequence_ids.mapped("name")
                        ),
                        self.env._("On leaving"): ", ".join(
                            band.leave_consequence_ids.mapped("name")
                        ),
                    },
                )
            )
        return items

    def _get_override_items(self):
        part = self.env._("Override rules")
        return [
            Item(
                part,
                override.reason,
                override.reason,
                {
                    self.env._("Result"): override.band_id.name
                    or self.env._("no band"),
                    self.env._("Subjects"): override.domain,
                    self.env._("Order"): str(number),
                },
            )
            for number, override in enumerate(self.override_ids, start=1)
        ]
