from odoo import api, fields, models


class FsmEquipment(models.Model):
    """Until when a device is covered, and what that means."""

    _name = "fsm.equipment"
    _inherit = "fsm.equipment"

    vas_coverage_ids = fields.One2many(
        "vas.coverage", "equipment_id", string="Coverage"
    )
    vas_covered_until = fields.Date(
        string="Covered until", compute="_compute_vas_coverage", compute_sudo=True
    )
    vas_coverage_text = fields.Char(
        string="Coverage today", compute="_compute_vas_coverage", compute_sudo=True
    )

    @api.model
    def _vas_choose_coverage(self, coverages, day):
        """Return the coverage that holds on *day*, else the one that ended last."""
        holding = coverages.filtered(
            lambda one: one.date_from and one.date_from <= day <= one.date_to
        )
        return (holding or coverages.filtered("date_from")).sorted(
            lambda one: (one.date_to, one.id), reverse=True
        )[:1]

    @api.depends("vas_coverage_ids.date_from", "vas_coverage_ids.date_to")
    @api.depends_context("lang")
    def _compute_vas_coverage(self):
        day = fields.Date.context_today(self)
        for equipment in self:
            coverage = self._vas_choose_coverage(equipment.vas_coverage_ids, day)
            equipment.vas_covered_until = coverage.date_to
            if coverage:
                _found, text = coverage._answer(day)
                equipment.vas_coverage_text = text
            else:
                equipment.vas_coverage_text = self.env._(
                    "No coverage is recorded: the service is paid."
                )

    def action_vas_view_coverage(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_coverage_action"
        )
        return dict(
            action,
            domain=[("equipment_id", "=", self.id)],
            context={"default_equipment_id": self.id},
        )
