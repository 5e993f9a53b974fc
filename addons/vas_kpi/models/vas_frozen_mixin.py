from odoo import api, models


class VasFrozenMixin(models.AbstractModel):
    """Parts of a scorecard: they stay as they are once results are decided."""

    _name = "vas.frozen.mixin"
    _description = "Part of a scorecard version"

    def _get_scorecards(self):
        """Return the scorecards these parts belong to."""
        return self.scorecard_id

    @api.model
    def _get_free_fields(self):
        """Return fields that may change on a frozen version (texts only)."""
        return {"name", "reason", "sequence"}

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._get_scorecards()._check_not_frozen()
        return records

    def write(self, vals):
        if set(vals) - self._get_free_fields():
            self._get_scorecards()._check_not_frozen()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        self._get_scorecards()._check_not_frozen()
