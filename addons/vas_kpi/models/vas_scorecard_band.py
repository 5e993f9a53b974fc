from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasScorecardBand(models.Model):
    """A named range of totals, with what happens when a subject enters it."""

    _name = "vas.scorecard.band"
    _description = "Scorecard band"
    _inherit = ["vas.frozen.mixin", "vas.bounds.mixin"]
    _order = "sequence, id"

    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    tone = fields.Selection(
        selection=[
            ("success", "Good (green)"),
            ("info", "Fair (blue)"),
            ("warning", "Attention (amber)"),
            ("danger", "Alarm (red)"),
            ("muted", "Neutral (grey)"),
        ],
        string="Colour",
        required=True,
        default="muted",
    )
    only_by_override = fields.Boolean(
        help="The band is never reached by points, only by an override rule."
    )
    enter_action_ids = fields.Many2many(
        comodel_name="ir.actions.server",
        string="Actions on entering",
        groups="base.group_system",
        domain=[("model_id.model", "=", "vas.assessment")],
        help="Run on the assessment when it is confirmed and the subject was not in"
        " this band before.",
    )
    leave_action_ids = fields.Many2many(
        comodel_name="ir.actions.server",
        relation="vas_scorecard_band_leave_action_rel",
        string="Actions on leaving",
        groups="base.group_system",
        domain=[("model_id.model", "=", "vas.assessment")],
        help="Run on the assessment that takes the subject out of this band.",
    )
    enter_consequence_ids = fields.Many2many(
        comodel_name="vas.consequence.type",
        relation="vas_scorecard_band_enter_consequence_rel",
        string="On entering",
        help="Holds last while the subject is in this band; the rest happens once.",
    )
    leave_consequence_ids = fields.Many2many(
        comodel_name="vas.consequence.type",
        relation="vas_scorecard_band_leave_consequence_rel",
        string="On leaving",
        domain=[("is_lasting", "=", False)],
    )

    _code_uniq = models.UniqueIndex(
        "(scorecard_id, code)", "Each band of a scorecard has its own code."
    )

    @api.constrains("leave_consequence_ids")
    def _check_leave_consequences(self):
        for band in self:
            wrong = band.leave_consequence_ids.filtered("is_lasting")
            if wrong:
                raise ValidationError(
                    self.env._(
                        "Band “%(band)s”: “%(consequence)s” lasts while a subject is"
                        " in a band, so it belongs to “On entering”.",
                        band=band.name,
                        consequence=wrong[0].name,
                    )
                )

    def _get_free_fields(self):
        return super()._get_free_fields() | {
            "tone",
            "enter_action_ids",
            "leave_action_ids",
            "enter_consequence_ids",
            "leave_consequence_ids",
        }
