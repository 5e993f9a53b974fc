from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

# Devices per transaction of the scheduled action.
BATCH = 30


class VasWarrantyRule(models.Model):
    """How long before the end of a warranty somebody is reminded, and who."""

    _name = "vas.warranty.rule"
    _description = "Warranty Reminder"
    _order = "days_before desc, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: for the devices of every company.",
    )
    days_before = fields.Integer(
        string="Days before the end",
        required=True,
        help="From this many days before its last day a warranty “ends soon”.",
    )
    device_type_ids = fields.Many2many(
        "vas.device.type",
        string="For devices",
        check_company=True,
        help="Empty: for all devices.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Activity",
        domain=[("res_model", "in", (False, "fsm.equipment"))],
        help="Empty: nobody is reminded, the colour changes only.",
    )
    to_salesperson = fields.Boolean(
        string="Remind the bank's salesperson",
        default=True,
        help="The salesperson of the owner or of its head office.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Otherwise remind",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    note = fields.Html(translate=True, string="What to do")

    _days_check = models.Constraint(
        "CHECK (days_before >= 0)", "A reminder comes before the end, not after it."
    )

    @api.model
    def _get_active(self):
        # The rules colour the register for everybody who reads it.
        return self.sudo().search([("active", "=", True)])

    def _get_device_domain(self, today):
        """Return the devices whose warranty ends within this rule's days."""
        self.ensure_one()
        domain = Domain("vas_warranty_until", ">=", today) & Domain(
            "vas_warranty_until", "<=", today + timedelta(days=self.days_before)
        )
        if self.device_type_ids:
            domain &= Domain("vas_type_id", "in", self.device_type_ids.ids)
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        return domain

    def _fits(self, device):
        self.ensure_one()
        return (
            not self.device_type_ids or device.vas_type_id in self.device_type_ids
        ) and self.company_id in (device.company_id, self.company_id.browse())

    def _get_user(self, device):
        self.ensure_one()
        seller = device.vas_owner_id.user_id or device.vas_bank_id.user_id
        if self.to_salesperson and seller.active and not seller.share:
            return seller
        return self.user_id

    @api.model
    def _cron_remind(self):
        """Plan the reminders that are due, once for each warranty date and rule."""
        today = fields.Date.context_today(self)
        waiting = [
            (rule, device)
            for rule in self.search([("activity_type_id", "!=", False)])
            for device in rule._get_waiting(today)
        ]
        self.env["ir.cron"]._commit_progress(remaining=len(waiting))
        while waiting:
            batch, waiting = waiting[:BATCH], waiting[BATCH:]
            self._remind(batch)
            if not self.env["ir.cron"]._commit_progress(len(batch)):
                break

    def _get_waiting(self, today):
        """Return the devices this rule has not reminded of yet."""
        devices = self.env["fsm.equipment"].search_fetch(
            self._get_device_domain(today), ["vas_warranty_until"], order="id"
        )
        notices = self.env["vas.warranty.notice"].search_fetch(
            [("rule_id", "=", self.id), ("equipment_id", "in", devices.ids)],
            ["equipment_id", "warranty_until"],
        )
        done = {(notice.equipment_id.id, notice.warranty_until) for notice in notices}
        return devices.filtered(
            lambda device: (device.id, device.vas_warranty_until) not in done
        )

    @api.model
    def _remind(self, pairs):
        """Note and plan together: either both are there or neither."""
        self.env["vas.warranty.notice"].create(
            [
                {
                    "rule_id": rule.id,
                    "equipment_id": device.id,
                    "warranty_until": device.vas_warranty_until,
                }
                for rule, device in pairs
            ]
        )
        model_id = self.env["ir.model"]._get_id("fsm.equipment")
        self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model_id,
                    "res_id": device.id,
                    "activity_type_id": rule.activity_type_id.id,
                    "summary": rule.name,
                    "note": rule.note,
                    "date_deadline": device.vas_warranty_until,
                    "user_id": rule._get_user(device).id,
                }
                for rule, device in pairs
            ]
        )
