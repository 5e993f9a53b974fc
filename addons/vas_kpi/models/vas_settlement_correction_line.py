from odoo import api, fields, models

from .vas_settlement_line import LINE_KINDS


class VasSettlementCorrectionLine(models.Model):
    """One component that was settled at another amount than is right."""

    _name = "vas.settlement.correction.line"
    _description = "Corrected component"
    _inherit = ["vas.guarded.mixin"]
    _order = "id"

    correction_id = fields.Many2one(
        comodel_name="vas.settlement.correction",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="correction_id.company_id", store=True)
    currency_id = fields.Many2one(related="correction_id.currency_id")
    component = fields.Char(required=True)
    kind = fields.Selection(
        selection=LINE_KINDS, string="Component kind", required=True
    )
    tariff_id = fields.Many2one(
        comodel_name="vas.settlement.agreement.tariff",
        string="Rule",
        ondelete="set null",
    )
    name = fields.Char(string="Typed description")
    title = fields.Char(string="Description", compute="_compute_title")
    old_amount = fields.Monetary(string="Settled")
    new_amount = fields.Monetary(string="Right")
    delta = fields.Monetary(string="Difference")

    @api.model
    def _get_guarded_fields(self):
        return {"correction_id", "component", "kind", "tariff_id", "name"} | {
            "old_amount",
            "new_amount",
            "delta",
        }

    @api.depends("kind", "tariff_id.name", "name")
    @api.depends_context("lang")
    def _compute_title(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            line.title = line.name or line.tariff_id.name or kinds.get(line.kind)
