from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class VasDoorCorrect(models.TransientModel):
    """Mend the measured times of a vehicle, with a reason (LRP-02)."""

    _name = "vas.door.correct"
    _description = "Correct Yard Times"

    booking_id = fields.Many2one(
        comodel_name="vas.door.booking", required=True, ondelete="cascade"
    )
    arrived_at = fields.Datetime(string="Arrived")
    docked_at = fields.Datetime(string="At the Door Since")
    left_at = fields.Datetime(string="Left")
    reason = fields.Char(required=True)

    def action_correct(self):
        """Write the times in their order; the history keeps what they were."""
        self.ensure_one()
        booking = self.booking_id
        if not self.env.user.has_group("vas_logistics.group_vas_logistics_officer"):
            raise AccessError(
                self.env._("Only officers of logistics correct measured times.")
            )
        booking._lock_or_refuse()
        names = ("arrived_at", "docked_at", "left_at")
        old = {name: booking[name] for name in names}
        new = {name: self[name] for name in names}
        self._check_times(old, new)
        shown = [
            self.env._(
                "%(field)s: %(old)s → %(new)s",
                field=self._fields[name]._description_string(self.env),
                old=booking._show(old[name]),
                new=booking._show(new[name]),
            )
            for name in names
            if old[name] != new[name]
        ]
        if not shown:
            raise UserError(self.env._("No time was changed."))
        booking.write(new)
        booking.message_post(
            body=self.env._(
                "Times corrected (%(reason)s): %(changes)s",
                reason=self.reason,
                changes="; ".join(shown),
            )
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_times(self, old, new):
        """Times that were measured stay filled, in order and not in the future."""
        for name, moment in old.items():
            if bool(moment) != bool(new[name]):
                raise UserError(
                    self.env._(
                        "%(booking)s: %(field)s is corrected only where it was"
                        " measured, and never emptied.",
                        booking=self.booking_id.display_name,
                        field=self._fields[name]._description_string(self.env),
                    )
                )
        moments = [moment for moment in new.values() if moment]
        if moments != sorted(moments) or moments[-1:] > [fields.Datetime.now()]:
            raise UserError(
                self.env._(
                    "%(booking)s: a vehicle arrives, comes to the door and leaves in"
                    " this order, and not in the future.",
                    booking=self.booking_id.display_name,
                )
            )
