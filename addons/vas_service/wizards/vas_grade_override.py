from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class VasGradeOverride(models.TransientModel):
    """Give customers another grade for a time, with a reason."""

    _name = "vas.grade.override"
    _description = "Override Grade"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self._default_partner_ids(),
    )
    grade_id = fields.Many2one(
        "vas.grade", string="New grade", help="Leave empty for no grade."
    )
    reason = fields.Text(required=True)
    date_to = fields.Date(
        string="Until",
        required=True,
        help="The last day of the override; the assessed grade applies again after it.",
    )

    @api.model
    def _default_partner_ids(self):
        if self.env.context.get("active_model") != "res.partner":
            return False
        partners = self.env["res.partner"].browse(self.env.context.get("active_ids"))
        return partners.commercial_partner_id

    @api.constrains("date_to")
    def _check_date_to(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            if wizard.date_to < today:
                raise ValidationError(
                    self.env._(
                        "Override grade, Until: %(date)s has passed; enter today or a "
                        "later day.",
                        date=wizard.date_to,
                    )
                )

    @api.constrains("reason")
    def _check_reason(self):
        for wizard in self:
            if not (wizard.reason or "").strip():
                raise ValidationError(
                    self.env._("Override grade, Reason: say why in a few words.")
                )

    def action_override(self):
        """Put the override into force."""
        self.ensure_one()
        if not self.env.user.has_group("vas_service.group_vas_service_manager"):
            raise AccessError(self.env._("Only a manager can override a grade."))
        partners = self.partner_ids.commercial_partner_id
        partners.check_access("read")
        # History and contact are closed to users; the right was checked just above.
        history_sudo = self.env["vas.partner.grade"].sudo()
        # The history writes the grade to the contacts, which nobody may do by hand.
        partners_sudo, grade_sudo = partners.sudo(), self.grade_id.sudo()
        history_sudo._record_override(
            partners_sudo,
            grade_sudo,
            self.reason.strip(),
            self.date_to,
            self.company_id,
        )
        return {"type": "ir.actions.act_window_close"}
