from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools.misc import formatLang


class VasKpiTile(models.Model):
    """A question on a dashboard: one number, and the list of exactly those records.

    The number is counted with the reader's own rights, so everybody sees his scope.
    """

    _name = "vas.kpi.tile"
    _description = "Dashboard tile"
    _inherit = ["vas.rule.mixin"]
    _order = "sequence, id"

    name = fields.Char(string="Question", required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    description = fields.Char(
        string="Definition",
        translate=True,
        help="What is counted, in one sentence.",
    )
    model_id = fields.Many2one(
        comodel_name="ir.model",
        string="Records",
        required=True,
        ondelete="cascade",
        domain=[("transient", "=", False)],
    )
    model = fields.Char(string="Records model", related="model_id.model", store=True)
    domain = fields.Char(string="Filter", default="[]", required=True)
    measure = fields.Selection(
        selection=[("count", "Number of records"), ("sum", "Sum"), ("avg", "Average")],
        required=True,
        default="count",
    )
    measure_field = fields.Char(string="Measured field")
    unit = fields.Char(translate=True)
    has_target = fields.Boolean(string="Has a target")
    target = fields.Float()
    better = fields.Selection(
        selection=[("lower", "Lower is better"), ("higher", "Higher is better")],
        required=True,
        default="lower",
    )
    period_text = fields.Char(
        string="Period", translate=True, help="Which time the number is about."
    )
    action_id = fields.Many2one(
        comodel_name="ir.actions.act_window",
        string="Opens",
        ondelete="set null",
        help="The list that is opened, limited to the records counted. Empty: the"
        " standard list.",
    )
    group_ids = fields.Many2many(
        comodel_name="res.groups",
        string="Shown to",
        help="Empty: everybody who opens the dashboard.",
    )
    value = fields.Float(compute="_compute_value")
    value_text = fields.Char(compute="_compute_value")
    target_text = fields.Char(compute="_compute_value")
    status = fields.Selection(
        selection=[
            ("good", "On target"),
            ("action", "Action due"),
            ("plain", "For information"),
            ("failed", "Cannot be counted"),
        ],
        compute="_compute_value",
    )

    @api.constrains("domain", "model_id", "measure", "measure_field")
    def _check_rule(self):
        for tile in self:
            tile._check_domain_field("domain", tile.model)
            if tile.measure != "count":
                tile._check_field_path(
                    "measure_field",
                    tile.model,
                    types={"float", "integer", "monetary"},
                    stored=True,
                )

    def _get_domain(self):
        self.ensure_one()
        today = fields.Date.context_today(self)
        domain = self._read_domain(self.domain, today, today)
        model = self.env[self.model]
        if "company_id" in model._fields and model._fields["company_id"].store:
            companies = [*self.env.companies.ids, False]
            domain &= Domain("company_id", "in", companies)
        return domain

    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_value(self):
        for tile in self:
            try:
                value = tile._measure()
            except (AccessError, ValidationError, ValueError, KeyError) as error:
                # A tile that cannot be counted says so and leaves the others alone.
                tile.update(
                    {
                        "value": 0.0,
                        "value_text": "–",
                        "target_text": str(error.args[0]) if error.args else "",
                        "status": "failed",
                    }
                )
                continue
            tile.update(tile._describe(value))

    def _measure(self):
        self.ensure_one()
        model = self.env[self.model]
        domain = self._get_domain()
        if self.measure == "count":
            return float(model.search_count(domain))
        [(value,)] = model._read_group(
            domain, aggregates=[f"{self.measure_field}:{self.measure}"]
        )
        return float(value or 0.0)

    def _describe(self, value):
        self.ensure_one()
        digits = 0 if self.measure == "count" else 2
        status, target_text = "plain", ""
        if self.has_target:
            reached = (
                value <= self.target if self.better == "lower" else value >= self.target
            )
            status = "good" if reached else "action"
            sign = "≤" if self.better == "lower" else "≥"
            target_text = self.env._(
                "target %(sign)s %(target)s", sign=sign, target=f"{self.target:g}"
            )
        return {
            "value": value,
            "value_text": formatLang(self.env, value, digits=digits),
            "target_text": target_text,
            "status": status,
        }

    def action_open(self):
        """Open exactly the records that were counted."""
        self.ensure_one()
        if self.action_id:
            # Which list a tile opens was chosen by an administrator.
            action = self.env["ir.actions.act_window"]._for_xml_id(
                self.sudo().action_id.get_external_id()[self.action_id.id]
            )
        else:
            action = {
                "type": "ir.actions.act_window",
                "res_model": self.model,
                "views": [(False, "list"), (False, "form")],
            }
        return {
            **action,
            "name": self.name,
            "domain": list(self._get_domain()),
            "context": {"create": False},
        }
