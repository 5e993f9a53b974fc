from odoo import api, fields, models

from .vas_sla_policy import CONDITION_FIELDS


class VasSlaPolicy(models.Model):
    """A policy in one sentence, as an administrator would say it."""

    _name = "vas.sla.policy"
    _inherit = ["vas.sla.policy"]

    sentence = fields.Char(string="In one sentence", compute="_compute_sentence")

    @api.depends(
        *CONDITION_FIELDS,
        "calendar_id",
        "target_ids.name",
        "target_ids.amount",
        "target_ids.unit",
        "target_ids.day_mode",
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        priorities = dict(self._selection_priority())
        comma = self.env._(", ")
        for policy in self:
            promises = comma.join(
                policy.target_ids.filtered("name").mapped("display_name")
            )
            policy.sentence = self.env._(
                "%(conditions)s: %(promises)s (%(hours)s)",
                conditions=comma.join(policy._conditions_in_words(priorities))
                or policy._everything_in_words(),
                promises=promises or self.env._("nothing promised yet"),
                hours=policy.calendar_id.name
                or self.env._("working hours of the team or the company"),
            )

    def _everything_in_words(self):
        if self._is_for_tickets():
            return self.env._("Every ticket")
        return self.env._("Every %(document)s", document=self.model_id.name)

    def _conditions_in_words(self, priorities):
        self.ensure_one()
        words = [] if self._is_for_tickets() else [self.model_id.name or ""]
        if self.priority and self._is_for_tickets():
            words.append(
                self.env._("Priority %(name)s", name=priorities[self.priority])
            )
        for records, text in (
            (self.grade_ids, self.env._("Grade")),
            (self.customer_class_ids, self.env._("Class")),
            (self.team_ids, self.env._("Team")),
            (self.category_ids, self.env._("Category")),
            (self.tag_ids, self.env._("Tag")),
            (self.contract_ids, self.env._("Agreement")),
            (self.equipment_ids, self.env._("Device")),
        ):
            if records:
                names = "/".join(records.mapped("display_name"))
                words.append(self.env._("%(what)s %(names)s", what=text, names=names))
        if (self.domain or "[]").strip() != "[]":
            words.append(self.env._("further conditions"))
        return words
