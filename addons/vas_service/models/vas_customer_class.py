from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasCustomerClass(models.Model):
    """A class of customers: major or ordinary (GRD-01).

    The sources give no threshold between the classes (AMB-08): a class is set by hand,
    or by an amount when the administrator enters one.
    """

    _name = "vas.customer.class"
    _description = "Customer Class"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(
        default=10, help="Thresholds are tried in this order; the first match wins."
    )
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)
    auto_assign = fields.Boolean(
        string="Assign by amount",
        help="Customers without a class get this one when their measured value "
        "reaches the threshold. Classes set by hand are never changed.",
    )
    auto_metric_id = fields.Many2one(
        "vas.metric",
        string="Measured by",
        domain="[('subject_model', '=', 'res.partner')]",
        ondelete="restrict",
    )
    auto_min_value = fields.Float(string="At least", digits=(16, 2))
    partner_count = fields.Integer(
        string="Customers", compute="_compute_partner_count", aggregator=None
    )

    _code_uniq = models.UniqueIndex(
        "(code) WHERE active IS TRUE", "Two classes cannot have the same code."
    )

    @api.constrains("auto_assign", "auto_metric_id")
    def _check_auto_metric(self):
        for record in self:
            if record.auto_assign and not record.auto_metric_id:
                raise ValidationError(
                    self.env._(
                        "Customer class %(name)s, Measured by: choose the metric that "
                        "is compared with the threshold.",
                        name=record.name,
                    )
                )

    @api.depends_context("company")
    def _compute_partner_count(self):
        counts = {
            customer_class.id: count
            for customer_class, count in self.env["res.partner"]._read_group(
                [("vas_customer_class_id", "in", self.ids)],
                ["vas_customer_class_id"],
                ["__count"],
            )
        }
        for record in self:
            record.partner_count = counts.get(record.id, 0)

    @api.model
    def _assign_by_amount(self, partners, date_from, date_to, company):
        """Give customers without a class the first class whose threshold they reach.

        :return: the partners that were given a class
        """
        partners = partners.with_company(company).filtered(
            lambda partner: not partner.vas_customer_class_id
        )
        assigned = partners.browse()
        for customer_class in self.search([("auto_assign", "=", True)]):
            remaining = partners - assigned
            if not remaining:
                break
            measures = customer_class.auto_metric_id._measure(
                remaining, date_from, date_to, company
            )
            reached = remaining.filtered(
                lambda partner, measures=measures, threshold=customer_class: (
                    partner.id in measures
                    and measures[partner.id].value is not None
                    and measures[partner.id].value >= threshold.auto_min_value
                )
            )
            reached.vas_customer_class_id = customer_class
            assigned |= reached
        return assigned

    def action_open_partners(self):
        """Show the customers of this class."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_customer_action"
        )
        action["domain"] = [("vas_customer_class_id", "=", self.id)]
        return action
