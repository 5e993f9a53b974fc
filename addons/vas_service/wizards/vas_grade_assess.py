from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class VasGradeAssess(models.TransientModel):
    """Assess all customers, or the selected ones, as of a day."""

    _name = "vas.grade.assess"
    _description = "Assess Customers"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    scorecard_id = fields.Many2one(
        "vas.scorecard",
        string="Grading scheme",
        required=True,
        default=lambda self: self.env["vas.scorecard"]._get_vas_grading_scorecard(
            self.env.company
        ),
        domain="[('vas_sets_grade', '=', True), ('state', '=', 'active'),"
        " ('company_id', 'in', (company_id, False))]",
    )
    date_to = fields.Date(
        string="As of",
        required=True,
        # The last day that is over: what is due today may still be paid today.
        default=lambda self: fields.Date.context_today(self) - timedelta(days=1),
        help="Receivables are read on this day; amounts and payments of the months "
        "before it count.",
    )
    date_from = fields.Date(
        string="Counting from",
        required=True,
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        help="Proposed by the scheme; choose half a year back to assess on that basis.",
    )
    assign_classes = fields.Boolean(
        string="Classify customers without a class",
        default=True,
        help="Uses the thresholds of the customer classes, where there are any.",
    )
    valid_from = fields.Date(
        string="Grades valid from",
        help="Leave empty for the day on which the grades are confirmed.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        default=lambda self: self._default_partner_ids(),
        help="Leave empty to assess all customers of the scheme.",
    )

    @api.model
    def _default_partner_ids(self):
        if self.env.context.get("active_model") != "res.partner":
            return False
        partners = self.env["res.partner"].browse(self.env.context.get("active_ids"))
        return partners.commercial_partner_id

    @api.depends("scorecard_id", "date_to")
    def _compute_date_from(self):
        for wizard in self:
            if wizard.scorecard_id and wizard.date_to:
                wizard.date_from = wizard.scorecard_id._get_vas_grading_period(
                    wizard.date_to
                )[0]

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise ValidationError(
                    self.env._(
                        "Assess customers, Counting from: %(date_from)s lies after "
                        "%(date_to)s; enter an earlier day.",
                        date_from=wizard.date_from,
                        date_to=wizard.date_to,
                    )
                )

    def action_assess(self):
        """Measure and score, then show the proposals."""
        self.ensure_one()
        company, scorecard = self.company_id, self.scorecard_id
        wizard = self.with_company(company)
        scorecard = wizard.scorecard_id
        if self.assign_classes:
            wizard._assign_classes()
        subjects = scorecard._get_subjects(self.date_from, self.date_to, company)
        if self.partner_ids:
            subjects &= self.partner_ids.commercial_partner_id
        if not subjects:
            raise UserError(
                self.env._(
                    "%(scorecard)s: no customer of %(company)s can be assessed. Give "
                    "customers a class first.",
                    scorecard=scorecard.name,
                    company=company.name,
                )
            )
        # Officers start the assessment; the figures come from the facts and are closed
        # to them. The wizard itself is open to officers only.
        runs_sudo = wizard.env["vas.assessment.run"].sudo()
        run_sudo = runs_sudo.create(
            {
                "scorecard_id": scorecard.id,
                "company_id": company.id,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "vas_valid_from": self.valid_from,
            }
        )
        if self.partner_ids:
            run_sudo.subject_count = len(subjects)
            run_sudo._assess_subjects(subjects.ids)
            run_sudo.state = "done"
        else:
            run_sudo.action_run()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_grade_assessment_action"
        )
        action["domain"] = [
            ("scorecard_id", "=", scorecard.id),
            ("company_id", "=", company.id),
            ("date_from", "=", self.date_from),
            ("date_to", "=", self.date_to),
        ]
        if self.partner_ids:
            action["domain"].append(("partner_id", "in", subjects.ids))
        action["context"] = {"create": False}
        return action

    def _assign_classes(self):
        """Classify the customers without a class by the thresholds of the classes."""
        partners = self.partner_ids.commercial_partner_id or self.env[
            "res.partner"
        ].search(
            [
                ("parent_id", "=", False),
                ("customer_rank", ">", 0),
                ("company_id", "in", (False, self.company_id.id)),
                ("vas_customer_class_id", "=", False),
            ]
        )
        self.env["vas.customer.class"]._assign_by_amount(
            partners, self.date_from, self.date_to, self.company_id
        )
