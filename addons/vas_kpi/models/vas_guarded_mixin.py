from odoo import api, models
from odoo.exceptions import AccessError


class VasGuardedMixin(models.AbstractModel):
    """Results that only the computation writes, never a person or an RPC call.

    The methods that compute or decide check rights first and then write as
    superuser; everything else meets this refusal.
    """

    _name = "vas.guarded.mixin"
    _description = "Record with computed results"

    @api.model
    def _get_guarded_fields(self):
        """Return the names of the fields that are results."""
        return set()

    def _check_guarded(self, names):
        if self.env.su:
            return
        touched = sorted(self._get_guarded_fields() & set(names))
        if touched:
            labels = [
                self._fields[name]._description_string(self.env) for name in touched
            ]
            raise AccessError(
                self.env._(
                    "%(model)s: %(fields)s come from the computation and cannot be"
                    " written by hand.",
                    model=self.env["ir.model"]._get(self._name).name,
                    fields=", ".join(labels),
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_guarded({name for vals in vals_list for name in vals})
        return super().create(vals_list)

    def write(self, vals):
        self._check_guarded(vals)
        return super().write(vals)
