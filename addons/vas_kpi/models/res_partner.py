from odoo import api, fields, models
from odoo.fields import Domain

#: Strength of purchase holds: the strongest one counts.
PURCHASE_KINDS = {"purchase_warn": "warn", "purchase_block": "block"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    vas_assessment_count = fields.Integer(
        string="VAS assessments", compute="_compute_vas_assessment_count"
    )
    vas_consequence_ids = fields.One2many(
        comodel_name="vas.consequence",
        inverse_name="partner_id",
        string="What followed from results",
        groups="vas_kpi.group_vas_kpi_user",
    )
    vas_purchase_hold = fields.Selection(
        selection=[("none", "None"), ("warn", "Warning"), ("block", "Blocked")],
        string="Purchase hold",
        compute="_compute_vas_holds",
        search="_search_vas_purchase_hold",
        help="Follows from the results of the vendor in the company you work in, and"
        " ends with them.",
    )
    vas_purchase_hold_reason = fields.Text(
        string="Reason of the purchase hold", compute="_compute_vas_holds"
    )
    vas_settlement_hold = fields.Boolean(
        string="Settlements on hold",
        compute="_compute_vas_holds",
        search="_search_vas_settlement_hold",
        help="Follows from the results of the vendor in the company you work in, and"
        " ends with them.",
    )
    vas_settlement_hold_reason = fields.Text(
        string="Reason of the settlement hold", compute="_compute_vas_holds"
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

    @api.depends(
        "vas_consequence_ids.state",
        "commercial_partner_id.vas_consequence_ids.state",
    )
    @api.depends_context("company", "lang")
    def _compute_vas_holds(self):
        # Buyers meet the hold and its reason, not the results behind it.
        rows_sudo = self.env["vas.consequence"].sudo()
        rows_sudo = rows_sudo.search(
            self._get_vas_hold_domain()
            & Domain("partner_id", "in", (self | self.commercial_partner_id).ids)
        )
        by_partner = rows_sudo.grouped("partner_id")
        for partner in self:
            own_sudo = rows_sudo.browse().union(
                by_partner.get(partner, rows_sudo.browse()),
                by_partner.get(partner.commercial_partner_id, rows_sudo.browse()),
            )
            purchase_sudo = own_sudo.filtered(lambda row: row.kind in PURCHASE_KINDS)
            settlement_sudo = own_sudo - purchase_sudo
            kinds = set(purchase_sudo.mapped("kind"))
            partner.vas_purchase_hold = (
                "block"
                if "purchase_block" in kinds
                else "warn"
                if "purchase_warn" in kinds
                else "none"
            )
            partner.vas_purchase_hold_reason = purchase_sudo._get_reasons()
            partner.vas_settlement_hold = bool(settlement_sudo)
            partner.vas_settlement_hold_reason = settlement_sudo._get_reasons()

    def _get_vas_hold_domain(self):
        return Domain("state", "=", "active") & Domain(
            "company_id", "=", self.env.company.id
        )

    def _search_vas_hold(self, kinds):
        # As in ``_compute_vas_holds``.
        rows_sudo = self.env["vas.consequence"].sudo()
        rows_sudo = rows_sudo.search(
            self._get_vas_hold_domain() & Domain("kind", "in", kinds)
        )
        return Domain("commercial_partner_id", "in", rows_sudo.partner_id.ids) | Domain(
            "id", "in", rows_sudo.partner_id.ids
        )

    def _search_vas_purchase_hold(self, operator, value):
        if operator != "in":
            return NotImplemented
        blocked = self._search_vas_hold(["purchase_block"])
        held = self._search_vas_hold(list(PURCHASE_KINDS))
        parts = {"block": blocked, "warn": held & ~blocked, "none": ~held}
        return Domain.OR(parts[item] for item in value if item in parts)

    def _search_vas_settlement_hold(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._search_vas_hold(["settlement_hold"])

    def action_open_vas_assessments(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_assessment_action"
            ),
            "domain": [("partner_id", "=", self.id)],
        }
