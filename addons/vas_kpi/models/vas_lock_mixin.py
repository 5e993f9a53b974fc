from odoo import models
from odoo.exceptions import LockError, UserError


class VasLockMixin(models.AbstractModel):
    """One at a time where it matters."""

    _name = "vas.lock.mixin"
    _description = "Row lock with a readable refusal"

    def _lock_or_refuse(self):
        """Take the row locks; say who is in the way instead of waiting."""
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "%(record)s is being worked on right now. Try again in a moment.",
                    record=self[:1].display_name,
                )
            ) from error
