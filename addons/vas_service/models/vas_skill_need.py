from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasSkillNeed(models.Model):
    """A skill that work asks for, and how well it must be mastered."""

    _name = "vas.skill.need"
    _description = "Required Skill"
    _order = "skill_id, id"

    order_id = fields.Many2one(
        "fsm.order", string="Work order", index="btree_not_null", ondelete="cascade"
    )
    order_type_id = fields.Many2one(
        "fsm.order.type",
        string="Kind of work",
        index="btree_not_null",
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    skill_id = fields.Many2one("hr.skill", required=True, ondelete="restrict")
    skill_type_id = fields.Many2one(related="skill_id.skill_type_id")
    skill_level_id = fields.Many2one(
        "hr.skill.level",
        string="At least",
        ondelete="restrict",
        domain="[('skill_type_id', '=', skill_type_id)]",
        help="Empty: any level.",
    )

    _owner_check = models.Constraint(
        "CHECK ((order_id IS NULL) <> (order_type_id IS NULL))",
        "A required skill belongs to a work order or to a kind of work.",
    )
    _order_uniq = models.UniqueIndex(
        "(order_id, skill_id) WHERE order_id IS NOT NULL",
        "A work order asks for each skill once.",
    )
    _type_uniq = models.UniqueIndex(
        "(order_type_id, skill_id) WHERE order_type_id IS NOT NULL",
        "A kind of work asks for each skill once.",
    )

    @api.depends("skill_id.name", "skill_level_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for need in self:
            need.display_name = " ".join(
                filter(None, (need.skill_id.name, need.skill_level_id.name))
            )

    @api.constrains("skill_id", "skill_level_id")
    def _check_level(self):
        for need in self:
            level = need.skill_level_id
            if level and level.skill_type_id != need.skill_id.skill_type_id:
                raise ValidationError(
                    self.env._(
                        "Required skill “%(skill)s”: “%(level)s” is no level of "
                        "%(type)s. Choose one of its levels.",
                        skill=need.skill_id.name,
                        level=level.name,
                        type=need.skill_id.skill_type_id.name,
                    )
                )
