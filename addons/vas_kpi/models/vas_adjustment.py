from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class VasAdjustment(models.Model):
    """A bonus or penalty event with its reason and evidence (KPI-01)."""

    _name = "vas.adjustment"
    _description = "Bonus or penalty"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Reason", required=True, tracking=True)
    kind = fields.Selection(
        selection=[("bonus", "Bonus"), ("penalty", "Penalty")],
        required=True,
        default="penalty",
        tracking=True,
    )
    points = fields.Float(digits=(16, 4), required=True, tracking=True)
    signed_points = fields.Float(
        string="Effect", compute="_compute_signed_points", store=True, digits=(16, 4)
    )
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="Counts in the period that holds this day.",
    )
    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard",
        check_company=True,
        ondelete="restrict",
        help="Empty: counts on every scorecard of the subject.",
    )
    scorecard_code = fields.Char(
        related="scorecard_id.code", store=True, string="Scheme"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    res_model = fields.Char(string="Subject type", required=True, default="res.partner")
    res_id = fields.Many2oneReference(
        string="Subject", model_field="res_model", required=True
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
    note = fields.Text()
    evidence_ids = fields.Many2many(comodel_name="ir.attachment", copy=False)
    assessment_ids = fields.Many2many(
        comodel_name="vas.assessment",
        relation="vas_assessment_adjustment_rel",
        column1="adjustment_id",
        column2="assessment_id",
        string="Counted in",
        readonly=True,
        copy=False,
    )

    _subject_idx = models.Index("(res_model, res_id, date)")
    _points_positive = models.Constraint(
        "CHECK (points >= 0)", "Enter the points without sign; the kind says which way."
    )

    @api.depends("kind", "points")
    def _compute_signed_points(self):
        for adjustment in self:
            sign = 1 if adjustment.kind == "bonus" else -1
            adjustment.signed_points = sign * adjustment.points

    @api.depends("res_model", "res_id")
    def _compute_partner_id(self):
        for adjustment in self:
            adjustment.partner_id = (
                adjustment.res_id if adjustment.res_model == "res.partner" else False
            )

    def _inverse_partner_id(self):
        for adjustment in self:
            if adjustment.partner_id:
                adjustment.res_id = adjustment.partner_id.id

    @api.constrains("scorecard_id", "res_model")
    def _check_scorecard(self):
        for adjustment in self:
            scorecard = adjustment.scorecard_id
            if scorecard and scorecard.subject_model != adjustment.res_model:
                raise ValidationError(
                    self.env._(
                        "%(adjustment)s: scorecard %(scorecard)s does not rate this"
                        " kind of record.",
                        adjustment=adjustment.name,
                        scorecard=scorecard.display_name,
                    )
                )

    def _check_not_decided(self):
        # Published results of others may be hidden from the user, yet they bind.
        for adjustment in self.sudo():
            decided = adjustment.assessment_ids.filtered("is_decided")
            if decided:
                raise UserError(
                    self.env._(
                        "“%(adjustment)s” is counted in the confirmed %(assessment)s"
                        " and cannot be changed.",
                        adjustment=adjustment.name,
                        assessment=decided[0].display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("partner_id") and not vals.get("res_id"):
                vals["res_id"] = vals["partner_id"]
        return super().create(vals_list)

    def write(self, vals):
        if {"kind", "points", "date", "scorecard_id", "res_id", "partner_id"} & set(
            vals
        ):
            self._check_not_decided()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self._check_not_decided()
