from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasObservation(models.Model):
    """One fact that lives outside Odoo or is judged by a person."""

    _name = "vas.observation"
    _description = "Observation"
    _order = "date desc, id desc"
    _check_company_auto = True

    metric_id = fields.Many2one(
        comodel_name="vas.metric",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('kind', 'in', ('manual', 'observation'))]",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    res_model = fields.Char(
        string="Subject type",
        related="metric_id.subject_model",
        store=True,
        precompute=True,
    )
    res_id = fields.Many2oneReference(
        string="Subject",
        model_field="res_model",
        required=True,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        compute="_compute_partner_id",
        inverse="_inverse_partner_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    value = fields.Float(
        digits=(20, 9),
        compute="_compute_value",
        store=True,
        readonly=False,
        precompute=True,
        aggregator="avg",
    )
    numerator = fields.Float(digits=(20, 9))
    denominator = fields.Float(digits=(20, 9))
    uses_ratio = fields.Boolean(compute="_compute_uses_ratio")
    source_key = fields.Char(
        copy=False,
        help="The fact's own number in its source; the same fact never counts twice.",
    )
    note = fields.Char()
    import_log_id = fields.Many2one(
        comodel_name="vas.observation.import.log",
        string="Import",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    _source_uniq = models.UniqueIndex(
        "(metric_id, company_id, source_key) WHERE source_key IS NOT NULL",
        "This fact is already recorded for the metric.",
    )
    _measure_idx = models.Index("(metric_id, res_id, date)")

    @api.depends("res_model", "res_id")
    def _compute_partner_id(self):
        for observation in self:
            observation.partner_id = (
                observation.res_id if observation.res_model == "res.partner" else False
            )

    def _inverse_partner_id(self):
        for observation in self:
            if observation.partner_id:
                observation.res_id = observation.partner_id.id

    @api.depends("metric_id")
    def _compute_uses_ratio(self):
        for observation in self:
            observation.uses_ratio = (
                observation.metric_id.observation_aggregate == "ratio"
            )

    @api.depends("metric_id", "numerator", "denominator")
    def _compute_value(self):
        for observation in self:
            if observation.denominator:
                ratio = observation.numerator / observation.denominator
                observation.value = ratio * observation.metric_id.factor
            else:
                observation.value = observation.value

    @api.depends("metric_id", "date")
    def _compute_display_name(self):
        for observation in self:
            metric = observation.metric_id.display_name or ""
            observation.display_name = f"{metric} {observation.date or ''}".strip()

    @api.constrains("metric_id", "numerator", "denominator")
    def _check_numbers(self):
        for observation in self:
            metric = observation.metric_id
            if metric.kind not in ("manual", "observation"):
                raise ValidationError(
                    self.env._(
                        "%(metric)s is measured from records; nothing can be entered"
                        " for it.",
                        metric=metric.display_name,
                    )
                )
            if metric.observation_aggregate == "ratio" and observation.denominator < 0:
                raise ValidationError(
                    self.env._(
                        "%(observation)s: the denominator cannot be negative.",
                        observation=observation.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # A contact picked on the form is the subject.
            if vals.get("partner_id") and not vals.get("res_id"):
                vals["res_id"] = vals["partner_id"]
        observations = super().create(vals_list)
        observations.metric_id._check_entry_allowed()
        return observations

    def write(self, vals):
        self.metric_id._check_entry_allowed()
        result = super().write(vals)
        if "metric_id" in vals:
            self.metric_id._check_entry_allowed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_entry_allowed(self):
        self.metric_id._check_entry_allowed()
