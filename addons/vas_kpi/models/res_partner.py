from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    vas_assessment_count = fields.Integer(
        string="VAS assessments", compute="_compute_vas_assessment_count"
    )

    def _compute_vas_assessment_count(self):
        model = self.env["vas.assessment"]
        counts = {}
        if model.has_access("read"):
            counts = dict(
                model._read_group(
                    [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
                )
            )
        for partner in self:
            partner.vas_assessment_count = counts.get(partner, 0)

    def action_open_vas_assessments(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_assessment_action"
            ),
            "domain": [("partner_id", "=", self.id)],
        }
