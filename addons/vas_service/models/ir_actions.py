from odoo import models
from odoo.tools import frozendict


class IrActionsActions(models.Model):
    """Every document that has promises offers its clocks in the action menu."""

    _inherit = "ir.actions.actions"

    def _get_bindings(self, model_name):
        result = super()._get_bindings(model_name)
        if model_name not in self.env["vas.sla.policy"]._get_watched_models():
            return result
        xml_id = "vas_service.vas_sla_clock_action_document"
        # What is offered is the same for all who have the group of the action.
        action_sudo = self.env.ref(xml_id).sudo()
        fields = ["name", "binding_view_types", "group_ids", "res_model", "domain"]
        values = action_sudo.read(fields)[0]
        values["group_ids"] = list(action_sudo.group_ids._ensure_xml_id().values())
        offered = (*result.get("action", ()), frozendict(values))
        return frozendict({**result, "action": offered})
