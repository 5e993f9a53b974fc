from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools import visits


class VasTreatment(models.Model):
    """What a customer of a class and a grade receives (GRD-09).

    For a customer the row of the own company wins over a shared one; then the row that
    names class and grade, then the one that names only the grade, then only the class,
    then neither. A row without grade treats the customers who have none.
    """

    _name = "vas.treatment"
    _inherit = "mail.thread"
    _description = "Customer Treatment"
    _order = "shipping_priority, sequence, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Leave empty to share with all companies."
    )
    class_id = fields.Many2one(
        "vas.customer.class",
        string="Customer class",
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Leave empty for customers of any class.",
    )
    grade_id = fields.Many2one(
        "vas.grade",
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Leave empty for customers without a grade.",
    )
    shipping_priority = fields.Integer(
        required=True,
        default=1,
        tracking=True,
        aggregator=None,
        help="1 ships first. Orders that wait for the same vehicle go in this order.",
    )
    price_level_id = fields.Many2one(
        "vas.price.level", string="Price level", ondelete="restrict", tracking=True
    )
    pricelist_id = fields.Many2one(
        related="price_level_id.pricelist_id", string="Price list"
    )
    apply_pricelist = fields.Boolean(
        string="Set price list",
        default=True,
        tracking=True,
        help="When the grade is decided, the customer gets the price list of the "
        "level.",
    )
    visit_interval_number = fields.Integer(
        string="Visit every",
        tracking=True,
        aggregator=None,
        help="0 means that no return visit is owed.",
    )
    visit_interval_unit = fields.Selection(
        [
            ("days", "days"),
            ("weeks", "weeks"),
            ("months", "months"),
            ("years", "years"),
        ],
        string="Visit unit",
        required=True,
        default="months",
        tracking=True,
    )
    visit_role_ids = fields.Many2many("vas.visit.role", string="Visited by")
    visit_by = fields.Selection(
        [("any", "Any one of them"), ("all", "All of them")],
        string="Who must visit",
        required=True,
        default="any",
        help="Whether one of the named roles is enough or each of them must visit.",
    )
    note = fields.Text(translate=True)

    _unique_rule = models.UniqueIndex(
        "(COALESCE(class_id, 0), COALESCE(grade_id, 0), COALESCE(company_id, 0))"
        " WHERE active IS TRUE",
        "There is already a treatment for this class and grade in this company.",
    )
    _check_priority = models.Constraint(
        "CHECK(shipping_priority > 0)", "The shipping priority starts at 1."
    )
    _check_visit_interval = models.Constraint(
        "CHECK(visit_interval_number >= 0)", "The visit interval cannot be negative."
    )

    @api.depends("class_id.name", "grade_id.code")
    def _compute_name(self):
        for treatment in self:
            class_name = treatment.class_id.name or self.env._("Any class")
            grade_code = treatment.grade_id.code or self.env._("no grade")
            treatment.name = f"{class_name} {grade_code}"

    @api.constrains("visit_interval_number", "visit_interval_unit")
    def _check_visit_reach(self):
        today = fields.Date.today()
        for treatment in self:
            try:
                treatment._get_next_visit(today)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "Treatment %(name)s, Visit every: %(problem)s.",
                        name=treatment.name,
                        problem=error,
                    )
                ) from error

    @api.model_create_multi
    def create(self, vals_list):
        treatments = super().create(vals_list)
        self._refresh_customers()
        return treatments

    def write(self, vals):
        result = super().write(vals)
        if self._get_visit_fields() & vals.keys():
            self._refresh_customers()
        return result

    def unlink(self):
        result = super().unlink()
        self._refresh_customers()
        return result

    @api.model
    def _get_visit_fields(self):
        """Fields whose change moves visits that are due."""
        return {
            "active",
            "company_id",
            "class_id",
            "grade_id",
            "visit_interval_number",
            "visit_interval_unit",
        }

    def _get_next_visit(self, last_visit):
        """Return the day of the next visit after *last_visit*, None without a duty.

        Raises ValueError when the interval reaches beyond the calendar.
        """
        self.ensure_one()
        return visits.next_visit(
            last_visit, self.visit_interval_number, self.visit_interval_unit
        )

    @api.model
    def _get_table(self, company):
        """Return {(class id or False, grade id or False): treatment} of *company*.

        Rows of the company itself replace shared ones for the same class and grade.
        """
        treatments = self.search(
            [("company_id", "in", (False, company.id))],
        ).sorted(lambda treatment: bool(treatment.company_id))
        return {
            (treatment.class_id.id, treatment.grade_id.id): treatment
            for treatment in treatments
        }

    @api.model
    def _pick(self, table, class_id, grade_id):
        """Return the treatment of a class and a grade from a table of `_get_table`.

        The row without class and grade, if there is one, catches everybody else.
        """
        for key in (
            (class_id, grade_id),
            (False, grade_id),
            (class_id, False),
            (False, False),
        ):
            if key in table:
                return table[key]
        return self.browse()

    @api.model
    def _refresh_customers(self):
        """Recompute treatments and visit dates of all graded or classed customers.

        The rows of a company decide in that company only, shared rows in every company.
        """
        self.env["res.partner"].invalidate_model(
            ["vas_treatment_id", "vas_shipping_priority", "vas_price_level_id"]
        )
        # Visit dates of other companies move too when a shared row changes.
        for company_sudo in (
            self.env["res.company"].sudo().search([("active", "in", (True, False))])
        ):
            # As above.
            partners_sudo = self.env["res.partner"].sudo().with_company(company_sudo)
            partners_sudo.search(
                [
                    "|",
                    ("vas_customer_class_id", "!=", False),
                    ("vas_grade_id", "!=", False),
                ]
            )._vas_update_next_visit()
