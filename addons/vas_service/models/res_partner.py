from collections import defaultdict
from itertools import product

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

#: Written by the grading itself (confirmed assessment, override, visit) only.
DECIDED_FIELDS = frozenset(
    {
        "vas_grade_id",
        "vas_grade_points",
        "vas_grade_assessment_id",
        "vas_grade_is_override",
        "vas_grade_valid_from",
        "vas_grade_valid_to",
        "vas_next_review",
        "vas_next_visit",
    }
)
#: Facts that decide the grade: entered by officers.
FACT_FIELDS = frozenset(
    {
        "vas_customer_class_id",
        "vas_contract_pricelist_id",
        "vas_first_business_date",
    }
)
USER = "base.group_user"


class ResPartner(models.Model):
    _inherit = "res.partner"

    vas_customer_class_id = fields.Many2one(
        "vas.customer.class",
        string="Customer class",
        company_dependent=True,
        groups=USER,
        help="Major or ordinary, by order size and future potential.",
    )
    vas_grade_id = fields.Many2one(
        "vas.grade",
        string="Customer grade",
        company_dependent=True,
        copy=False,
        groups=USER,
        help="Comes from a confirmed assessment or from an override by a manager.",
    )
    vas_grade_points = fields.Float(
        string="Grade points",
        digits=(16, 2),
        company_dependent=True,
        copy=False,
        groups=USER,
        aggregator="avg",
    )
    vas_grade_assessment_id = fields.Many2one(
        "vas.assessment",
        string="Assessment behind the grade",
        company_dependent=True,
        copy=False,
        groups=USER,
    )
    vas_grade_is_override = fields.Boolean(
        string="Grade overridden", company_dependent=True, copy=False, groups=USER
    )
    vas_grade_valid_from = fields.Date(
        string="Grade since", company_dependent=True, copy=False, groups=USER
    )
    vas_grade_valid_to = fields.Date(
        string="Grade valid until",
        company_dependent=True,
        copy=False,
        groups=USER,
        help="Empty: until the next assessment is confirmed.",
    )
    vas_next_review = fields.Date(
        string="Next grade review", company_dependent=True, copy=False, groups=USER
    )
    vas_first_business_date = fields.Date(
        string="First business",
        company_dependent=True,
        copy=False,
        groups=USER,
        help="The date of the first posted invoice. May be corrected, for instance "
        "when business began before the accounts in Odoo.",
    )
    vas_contract_pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Contract price list",
        company_dependent=True,
        groups=USER,
        domain="[('company_id', 'in', (allowed_company_ids[0], False))]",
        help="The prices agreed in the contract; compared with the reference prices "
        "they give the price premium.",
    )
    vas_last_visit = fields.Date(
        string="Last visit", company_dependent=True, copy=False, groups=USER
    )
    vas_next_visit = fields.Date(
        string="Next visit",
        company_dependent=True,
        copy=False,
        groups=USER,
        help="Last visit plus the interval that class and grade prescribe.",
    )
    vas_visit_status = fields.Selection(
        [("overdue", "Overdue"), ("planned", "Planned"), ("none", "No duty")],
        string="Visit",
        compute="_compute_vas_visit_status",
        groups=USER,
    )
    vas_strategic_level_id = fields.Many2one(
        "vas.strategic.level",
        string="Strategic influence",
        compute="_compute_vas_strategic_level_id",
        inverse="_inverse_vas_strategic_level_id",
        groups=USER,
        help="The latest rating. Only members of the group named on the metric may "
        "rate.",
    )
    vas_can_rate_strategic = fields.Boolean(
        compute="_compute_vas_can_rate_strategic", groups=USER
    )
    vas_treatment_id = fields.Many2one(
        "vas.treatment",
        string="Treatment",
        compute="_compute_vas_treatment_id",
        search="_search_vas_treatment_id",
        groups=USER,
    )
    vas_shipping_priority = fields.Integer(
        string="Shipping priority",
        compute="_compute_vas_treatment_id",
        search="_search_vas_shipping_priority",
        groups=USER,
        help="1 ships first.",
    )
    vas_price_level_id = fields.Many2one(
        related="vas_treatment_id.price_level_id", string="Price level", groups=USER
    )
    vas_reference_amount = fields.Float(
        string="Reference prices",
        compute="_compute_vas_premium",
        digits="Product Price",
        groups=USER,
        help="One of each service in the contract at the reference price.",
    )
    vas_premium_amount = fields.Float(
        string="Premium",
        compute="_compute_vas_premium",
        digits="Product Price",
        groups=USER,
        help="One of each service: contract price less reference price.",
    )
    vas_grade_card = fields.Json(
        string="Grade card", compute="_compute_vas_grade_card", groups=USER
    )
    vas_grade_reason = fields.Char(
        string="Why", compute="_compute_vas_grade_card", groups=USER
    )
    vas_partner_grade_ids = fields.One2many(
        "vas.partner.grade", "partner_id", string="Grade history", groups=USER
    )

    # ------------------------------------------------------------------ computes
    @api.depends("vas_customer_class_id", "vas_grade_id")
    @api.depends_context("company")
    def _compute_vas_treatment_id(self):
        treatments = self.env["vas.treatment"]
        table = treatments._get_table(self.env.company)
        for partner in self:
            treatment = treatments._pick(
                table, partner.vas_customer_class_id.id, partner.vas_grade_id.id
            )
            partner.vas_treatment_id = treatment
            partner.vas_shipping_priority = treatment.shipping_priority

    @api.depends("vas_next_visit")
    @api.depends_context("company")
    def _compute_vas_visit_status(self):
        today = fields.Date.context_today(self)
        for partner in self:
            due = partner.vas_next_visit
            partner.vas_visit_status = (
                "none" if not due else "overdue" if due < today else "planned"
            )

    def _search_vas_treatment_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        treatments = self.env["vas.treatment"]
        table = treatments._get_table(self.env.company)
        wanted = {
            item.id if isinstance(item, models.BaseModel) else item for item in value
        }
        return self._get_vas_treatment_domain(
            lambda treatment: (treatment.id or False) in wanted, table
        )

    def _search_vas_shipping_priority(self, operator, value):
        compare = {
            "in": lambda priority: priority in value,
            "<": lambda priority: priority < value,
            "<=": lambda priority: priority <= value,
            ">": lambda priority: priority > value,
            ">=": lambda priority: priority >= value,
        }.get(operator)
        if compare is None:
            return NotImplemented
        table = self.env["vas.treatment"]._get_table(self.env.company)
        return self._get_vas_treatment_domain(
            lambda treatment: compare(treatment.shipping_priority), table
        )

    @api.model
    def _get_vas_treatment_domain(self, is_wanted, table):
        """Return the customers whose treatment satisfies *is_wanted*."""
        treatments = self.env["vas.treatment"]
        classes = self.env["vas.customer.class"].with_context(active_test=False)
        grades = self.env["vas.grade"].with_context(active_test=False)
        return Domain.OR(
            Domain("vas_customer_class_id", "=", class_id)
            & Domain("vas_grade_id", "=", grade_id)
            for class_id, grade_id in product(
                [False, *classes.search([]).ids], [False, *grades.search([]).ids]
            )
            if is_wanted(treatments._pick(table, class_id, grade_id))
        )

    @api.depends(
        "vas_customer_class_id",
        "vas_grade_id",
        "vas_grade_points",
        "vas_next_visit",
        "vas_next_review",
    )
    @api.depends_context("company", "lang")
    def _compute_vas_grade_card(self):
        cards = self.env["vas.grade.card"]._build(self)
        for partner in self:
            card = cards[partner]
            partner.vas_grade_card = card
            partner.vas_grade_reason = " ".join(card["reasons"])

    @api.depends("vas_contract_pricelist_id")
    @api.depends_context("company", "vas_period_end")
    def _compute_vas_premium(self):
        """Price one of each service of the contract by contract and by reference.

        The services are those that the contract price list names; for a list that only
        has general rules, those that the company's reference list names.
        """
        company = self.env.company
        day = self.env.context.get("vas_period_end") or fields.Date.context_today(self)
        # Prices are commercial facts; whoever may see the figure may not see the lists.
        reference_sudo = company.sudo().vas_reference_pricelist_id
        # As above.
        pricelists_sudo = self.sudo().vas_contract_pricelist_id
        premiums = pricelists_sudo._get_vas_premiums(
            pricelists_sudo, reference_sudo, company, day
        )
        # As above.
        for partner_sudo, partner in zip(self.sudo(), self, strict=True):
            total, extra = premiums.get(
                partner_sudo.vas_contract_pricelist_id.id, (0.0, 0.0)
            )
            partner.vas_reference_amount = total
            partner.vas_premium_amount = extra

    @api.depends_context("company")
    def _compute_vas_strategic_level_id(self):
        metric_sudo = self._get_vas_strategic_metric()
        latest = {}
        if metric_sudo:
            # Everybody who sees the customer may see how it is rated.
            for row_sudo in metric_sudo.env["vas.observation"].search_fetch(
                [
                    ("metric_id", "=", metric_sudo.id),
                    ("company_id", "=", self.env.company.id),
                    ("res_id", "in", self._origin.ids),
                ],
                ["res_id", "value"],
                order="date desc, id desc",
            ):
                latest.setdefault(row_sudo.res_id, row_sudo.value)
        levels = {
            level.value: level for level in self.env["vas.strategic.level"].search([])
        }
        for partner in self:
            partner.vas_strategic_level_id = levels.get(latest.get(partner._origin.id))

    def _inverse_vas_strategic_level_id(self):
        metric_sudo = self._get_vas_strategic_metric()
        if not self.env.su and not self._is_vas_strategic_rater():
            raise AccessError(
                self.env._(
                    "%(metric)s is rated by “%(group)s” only.",
                    metric=metric_sudo.name,
                    group=metric_sudo.entry_group_id.name,
                )
            )
        # The right to rate was checked; rights on observations are not needed.
        metric_sudo.env["vas.observation"].create(
            [
                {
                    "metric_id": metric_sudo.id,
                    "company_id": self.env.company.id,
                    "partner_id": partner.id,
                    "value": partner.vas_strategic_level_id.value,
                    "note": self.env._("Rated by %(user)s", user=self.env.user.name),
                }
                for partner in self
                if partner.vas_strategic_level_id
            ]
        )

    @api.depends_context("uid")
    def _compute_vas_can_rate_strategic(self):
        self.vas_can_rate_strategic = self._is_vas_strategic_rater()

    @api.model
    def _is_vas_strategic_rater(self):
        """Say whether the user may rate strategic influence (GRD-06)."""
        metric_sudo = self._get_vas_strategic_metric()
        group_sudo = metric_sudo.entry_group_id
        return bool(metric_sudo) and (
            not group_sudo or group_sudo in self.env.user.all_group_ids
        )

    @api.model
    def _get_vas_strategic_metric(self):
        """Return the metric that holds ratings of strategic influence, as superuser."""
        # Which metric that is does not depend on who asks.
        return self.env.company.sudo()._get_vas_strategic_metric()

    # -------------------------------------------------------------------- writing
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_vas_grade_values(vals)
        partners = super().create(vals_list)
        partners.filtered("vas_last_visit")._vas_update_next_visit()
        return partners

    def write(self, vals):
        self._check_vas_grade_values(vals)
        result = super().write(vals)
        if not {"vas_last_visit", "vas_customer_class_id"}.isdisjoint(vals):
            self._vas_update_next_visit()
        return result

    @api.model
    def _check_vas_grade_values(self, vals):
        """Refuse direct writes of what the grading decides."""
        if self.env.su:
            return
        decided = DECIDED_FIELDS.intersection(vals)
        if any(vals[name] for name in decided) or (decided and self):
            raise AccessError(
                self.env._(
                    "%(field)s cannot be written directly. It comes from a confirmed "
                    "assessment or from “Override grade”.",
                    field=self._fields[min(decided)]._description_string(self.env),
                )
            )
        facts = FACT_FIELDS.intersection(vals)
        if (
            facts
            and (self or any(vals[name] for name in facts))
            and not self.env.user.has_group("vas_service.group_vas_service_officer")
        ):
            raise AccessError(
                self.env._(
                    "%(field)s influences the grade and is entered by officers of "
                    "“Service and customer grading”.",
                    field=self._fields[min(facts)]._description_string(self.env),
                )
            )

    def _vas_update_next_visit(self):
        """Recompute when the next visit is due, in the current company.

        Counted from the last visit; a customer who was never visited counts from the
        day on which the grade came into force.
        """
        by_day = defaultdict(self.browse)
        for partner in self:
            start = partner.vas_last_visit or partner.vas_grade_valid_from
            treatment = partner.vas_treatment_id
            day = treatment._get_next_visit(start) if treatment and start else None
            if partner.vas_next_visit != (day or False):
                by_day[day or False] |= partner
        for day, partners in by_day.items():
            # Users may enter a visit but not move the date that follows from it.
            partners_sudo = partners.sudo()
            partners_sudo.vas_next_visit = day

    def _vas_apply_grades(self, company):
        """Copy the decision in force of each customer to the contact (set-based)."""
        # The history decides; nobody may write the result, see DECIDED_FIELDS.
        partners_sudo = self.sudo().with_company(company)
        rows_sudo = partners_sudo.env["vas.partner.grade"].search(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", company.id),
                ("is_open", "=", True),
            ]
        )
        decisions = {}
        # "override" sorts after "assessment" and replaces it.
        for row_sudo in rows_sudo.sorted("kind"):
            decisions[row_sudo.partner_id.id] = row_sudo
        by_grade = defaultdict(partners_sudo.browse)
        for partner_sudo in partners_sudo:
            row_sudo = decisions.get(partner_sudo.id)
            values = partner_sudo._prepare_vas_grade_values(row_sudo)
            by_grade[values.pop("vas_grade_id")] |= partner_sudo
            partner_sudo.write(values)
        # Orders and other records follow the grade: they are looked up once for each
        # grade, not once for each customer.
        for grade_id, graded_sudo in by_grade.items():
            graded_sudo.write({"vas_grade_id": grade_id})
        partners_sudo._vas_update_next_visit()
        partners_sudo._vas_apply_pricelists()

    @api.model
    def _prepare_vas_grade_values(self, row):
        """Return what the contact shows of a history row, nothing without one."""
        if not row:
            return dict.fromkeys(DECIDED_FIELDS - {"vas_next_visit"}, False)
        return {
            "vas_grade_id": row.grade_id.id,
            "vas_grade_points": row.points,
            "vas_grade_assessment_id": row.assessment_id.id,
            "vas_grade_is_override": row.kind == "override",
            "vas_grade_valid_from": row.valid_from,
            "vas_grade_valid_to": row.valid_to,
            "vas_next_review": row.next_review,
        }

    def _vas_apply_pricelists(self):
        """Give customers the price list of their price level, where there is one."""
        by_pricelist = defaultdict(self.browse)
        for partner in self:
            treatment = partner.vas_treatment_id
            pricelist = treatment.apply_pricelist and treatment.pricelist_id
            if pricelist and partner.specific_property_product_pricelist != pricelist:
                by_pricelist[pricelist] |= partner
        for pricelist, partners in by_pricelist.items():
            partners.specific_property_product_pricelist = pricelist

    # -------------------------------------------------------------------- actions
    def action_vas_visited_today(self):
        """Note that the customer was visited today."""
        self.check_access("write")
        self.vas_last_visit = fields.Date.context_today(self)

    def action_vas_open_grades(self):
        """Show the history of grades of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_partner_grade_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {"create": False}
        return action

    @api.model
    def _vas_fill_first_business_dates(self):
        """Fill the first business of all customers that have none from old invoices."""
        firsts = self.env["account.move"]._read_group(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("commercial_partner_id", "!=", False),
            ],
            ["company_id", "commercial_partner_id"],
            ["invoice_date:min"],
        )
        for company, partner, first in firsts:
            partner = partner.with_company(company)
            if first and not partner.vas_first_business_date:
                partner.vas_first_business_date = first
