from odoo import fields, models


class ContractContract(models.Model):
    """What an agreement grants begins with its signature."""

    _name = "contract.contract"
    _inherit = "contract.contract"

    vas_entitlement_ids = fields.One2many(
        "vas.entitlement", "contract_id", string="Entitlements"
    )
    vas_overuse_waiting = fields.Integer(
        string="Waits for approval", compute="_compute_vas_overuse_waiting"
    )
    vas_entitlement_count = fields.Integer(
        string="Entitlements granted", compute="_compute_vas_overuse_waiting"
    )

    def _compute_vas_overuse_waiting(self):
        waiting = dict(
            self.env["vas.entitlement.overuse"]._read_group(
                [("contract_id", "in", self.ids), ("state", "=", "waiting")],
                ["contract_id"],
                ["__count"],
            )
        )
        granted = dict(
            self.env["vas.entitlement"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.vas_overuse_waiting = waiting.get(contract, 0)
            contract.vas_entitlement_count = granted.get(contract, 0)

    def _vas_signed(self):
        result = super()._vas_signed()
        self.vas_entitlement_ids._roll(fields.Date.context_today(self))
        return result

    def action_vas_view_entitlements(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_entitlement_action"
        )
        return dict(
            action,
            domain=[("contract_id", "=", self.id)],
            context={"default_contract_id": self.id},
        )

    def action_vas_view_entries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_entitlement_entry_action"
        )
        return dict(action, domain=[("contract_id", "=", self.id)], context={})

    def action_vas_view_overuse(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_entitlement_overuse_action"
        )
        return dict(action, domain=[("contract_id", "=", self.id)], context={})
