from odoo import api, models


class VasSettlementTermsMixin(models.AbstractModel):
    """Parts of an agreement that decide amounts: they stay once a period is settled."""

    _name = "vas.settlement.terms.mixin"
    _description = "Part of an agreement's terms"

    @api.model
    def _get_free_fields(self):
        """Return fields that may change afterwards (texts only)."""
        return {"name", "sequence"}

    @api.model_create_multi
    def create(self, vals_list):
        self.env["vas.settlement.agreement"].browse(
            {vals["agreement_id"] for vals in vals_list if vals.get("agreement_id")}
        )._check_terms_open()
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) - self._get_free_fields():
            self.agreement_id._check_terms_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self.agreement_id._check_terms_open()
