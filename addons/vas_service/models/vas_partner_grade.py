from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class VasPartnerGrade(models.Model):
    """The history of a customer's grades in a company.

    Each row is a decision: the grade of a confirmed assessment, or an override by a
    manager that holds until it expires. The open override of a customer wins over its
    open assessment. Rows are written by the decisions only, never by users.
    """

    _name = "vas.partner.grade"
    _description = "Grade of a Customer"
    _order = "valid_from desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(
        [("assessment", "Assessment"), ("override", "Override")],
        string="Decided by",
        required=True,
    )
    class_id = fields.Many2one(
        "vas.customer.class",
        string="Class at the time",
        ondelete="restrict",
    )
    grade_id = fields.Many2one("vas.grade", ondelete="restrict")
    points = fields.Float(digits=(16, 2), aggregator="avg")
    assessment_id = fields.Many2one(
        "vas.assessment",
        index="btree_not_null",
        ondelete="cascade",
    )
    reason = fields.Text(help="Why a manager decided otherwise.")
    user_id = fields.Many2one(
        "res.users", string="Decided by user", required=True, ondelete="restrict"
    )
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(help="Empty while the decision is in force without an end.")
    next_review = fields.Date()
    is_open = fields.Boolean(
        string="In force",
        default=True,
        help="Not yet replaced, withdrawn or expired.",
    )

    _one_open = models.UniqueIndex(
        "(partner_id, company_id, kind) WHERE is_open IS TRUE",
        "A customer has one assessment and one override in force at most.",
    )
    _expiry_idx = models.Index("(valid_to) WHERE is_open IS TRUE AND kind = 'override'")
    _check_order = models.Constraint(
        "CHECK(valid_to IS NULL OR valid_to >= valid_from)",
        "A grade cannot end before it begins.",
    )
    _check_override = models.Constraint(
        "CHECK(kind != 'override' OR (reason IS NOT NULL AND valid_to IS NOT NULL))",
        "An override needs a reason and an expiry date.",
    )

    @api.depends("partner_id", "grade_id", "valid_from")
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._(
                "%(partner)s: %(grade)s from %(date)s",
                partner=row.partner_id.display_name,
                grade=row.grade_id.code or self.env._("no grade"),
                date=row.valid_from,
            )

    # ------------------------------------------------------------------ decisions
    @api.model
    def _record_assessments(self, assessments):
        """Put the results of confirmed customer assessments into force.

        An assessment that looks at an earlier day than the one in force is kept in the
        history but changes nothing. Called with confirmed assessments only.
        """
        for company, group in assessments.grouped("company_id").items():
            self.with_company(company)._record_company_assessments(group, company)

    def _record_company_assessments(self, assessments, company):
        partners = assessments.partner_id
        open_rows = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("kind", "=", "assessment"),
                ("is_open", "=", True),
            ]
        )
        # Two managers who confirm the same customer wait for each other here.
        open_rows.lock_for_update()
        open_by_partner = {row.partner_id: row for row in open_rows}
        vals_list, ends = [], defaultdict(self.browse)
        for assessment in assessments.sorted("date_to"):
            partner = assessment.partner_id
            current = open_by_partner.get(partner)
            vals = assessment._prepare_partner_grade_values()
            if current and current.assessment_id.date_to > assessment.date_to:
                vals.update(is_open=False, valid_to=vals["valid_from"])
            elif current:
                end = max(vals["valid_from"] - timedelta(days=1), current.valid_from)
                ends[end] |= current
            vals_list.append(vals)
        for end, rows in ends.items():
            rows.write({"is_open": False, "valid_to": end})
        # The unique index must not see two assessments in force.
        self.flush_model()
        rows = self.create(vals_list)
        partners._vas_apply_grades(company)
        rows.filtered("is_open")._log_on_partners()

    @api.model
    def _revert_assessments(self, assessments):
        """Undo `_record_assessments`: the grade before it comes back into force."""
        rows = self.search([("assessment_id", "in", assessments.ids)])
        for company, group in rows.grouped("company_id").items():
            partners = group.filtered("is_open").partner_id
            group.unlink()
            self.with_company(company)._reopen_last(partners, company)
            partners._vas_apply_grades(company)

    def _reopen_last(self, partners, company):
        """Reopen the latest assessment of customers that have none in force."""
        rows = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("kind", "=", "assessment"),
            ],
            order="valid_from, id",
        )
        latest = self.browse({row.partner_id.id: row.id for row in rows}.values())
        latest.write({"is_open": True, "valid_to": False})

    @api.model
    def _record_override(self, partners, grade, reason, date_to, company):
        """Override the grade of customers until *date_to* inclusive."""
        today = fields.Date.context_today(self)
        earlier = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("kind", "=", "override"),
                ("is_open", "=", True),
            ]
        )
        earlier.lock_for_update()
        earlier._close_overrides(today)
        # The unique index must not see two overrides in force.
        self.flush_model()
        rows = self.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "kind": "override",
                    "class_id": partner.vas_customer_class_id.id,
                    "grade_id": grade.id,
                    "points": partner.vas_grade_points,
                    "reason": reason,
                    "user_id": self.env.uid,
                    "valid_from": today,
                    "valid_to": date_to,
                    "next_review": date_to,
                }
                for partner in partners.with_company(company)
            ]
        )
        partners._vas_apply_grades(company)
        rows._log_on_partners()
        return rows

    def _log_on_partners(self):
        """Note these decisions in the history of the customers."""
        self.env["res.partner"].browse(self.partner_id.ids)._message_log_batch(
            {
                row.partner_id.id: self.env._(
                    "Grade %(grade)s from %(date)s. %(reason)s",
                    grade=row.grade_id.code or self.env._("none"),
                    date=row.valid_from,
                    reason=row.reason or "",
                )
                for row in self
            }
        )

    def _close_overrides(self, today):
        """End these overrides yesterday, or on their first day when that is today."""
        for valid_from, rows in self.grouped("valid_from").items():
            rows.filtered(lambda row: row.valid_to < today).is_open = False
            rows.filtered("is_open").write(
                {
                    "is_open": False,
                    "valid_to": max(today - timedelta(days=1), valid_from),
                }
            )

    def action_end_override(self):
        """Withdraw overrides: the assessed grade applies again."""
        if not self.env.user.has_group("vas_service.group_vas_service_manager"):
            raise AccessError(
                self.env._("Only a manager can end the override of a grade.")
            )
        self.check_access("read")
        wrong = self.filtered(lambda row: row.kind != "override" or not row.is_open)
        if wrong:
            raise UserError(
                self.env._(
                    "%(grade)s is not an override in force and cannot be ended.",
                    grade=wrong[0].display_name,
                )
            )
        # Nobody may write the history directly; the right was checked above.
        rows_sudo = self.sudo()
        rows_sudo.lock_for_update()
        rows_sudo._close_overrides(fields.Date.context_today(self))
        for company, group_sudo in rows_sudo.grouped("company_id").items():
            group_sudo.partner_id._vas_apply_grades(company)

    @api.model
    def _cron_expire_overrides(self, limit=500):
        """Let overrides end on their day: the assessed grade applies again."""
        domain = [
            ("kind", "=", "override"),
            ("is_open", "=", True),
            ("valid_to", "<", fields.Date.context_today(self)),
        ]
        rows = self.search(domain, limit=limit)
        rows.is_open = False
        for company, group in rows.grouped("company_id").items():
            group.partner_id._vas_apply_grades(company)
        self.env["ir.cron"]._commit_progress(
            len(rows), remaining=self.search_count(domain)
        )
