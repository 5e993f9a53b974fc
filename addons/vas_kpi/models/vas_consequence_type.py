from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Kinds that last while the subject is in the band, and are released on leaving.
LASTING_KINDS = ("purchase_warn", "purchase_block", "settlement_hold")


class VasConsequenceType(models.Model):
    """Something that follows when a subject enters or leaves a band.

    Each kind has an inverse, so that a revised or reverted result takes back what
    followed from it. Another kind: add to the selection and write ``_apply_<kind>``
    and ``_undo_<kind>`` on ``vas.consequence``.
    """

    _name = "vas.consequence.type"
    _description = "Consequence of a band"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        help="Empty: every company may use this consequence.",
    )
    kind = fields.Selection(
        selection=[
            ("purchase_warn", "Warn on purchase orders"),
            ("purchase_block", "Block purchase orders"),
            ("settlement_hold", "Hold settlements"),
            ("notify", "Notify"),
            ("plan", "Create an improvement plan"),
            ("server_action", "Run a server action"),
        ],
        required=True,
        default="notify",
    )
    is_lasting = fields.Boolean(
        string="Lasts while in the band",
        compute="_compute_is_lasting",
        store=True,
    )
    text = fields.Char(
        string="Message",
        translate=True,
        help="Shown with the hold, or sent with the notice. The result is added.",
    )
    user_ids = fields.Many2many(
        comodel_name="res.users",
        string="Also tell",
        help="Told besides the person responsible for the scorecard.",
    )
    notify_partner = fields.Boolean(
        string="Tell the rated partner",
        help="The notice goes to the rated partner by e-mail as well.",
    )
    activity_type_id = fields.Many2one(
        comodel_name="mail.activity.type",
        string="Kind of activity",
        ondelete="set null",
    )
    days = fields.Integer(
        string="Due after (days)", help="Days from the decision to the due date."
    )
    action_id = fields.Many2one(
        comodel_name="ir.actions.server",
        string="Server action",
        groups="base.group_system",
        domain=[("model_id.model", "=", "vas.assessment")],
        ondelete="restrict",
    )
    undo_action_id = fields.Many2one(
        comodel_name="ir.actions.server",
        string="Server action that undoes it",
        groups="base.group_system",
        domain=[("model_id.model", "=", "vas.assessment")],
        ondelete="restrict",
    )

    _days_positive = models.Constraint(
        "CHECK (days >= 0)", "The days until the due date cannot be negative."
    )

    @api.depends("kind")
    def _compute_is_lasting(self):
        for record in self:
            record.is_lasting = record.kind in LASTING_KINDS

    @api.constrains("kind", "action_id")
    def _check_action(self):
        # The action is an administrator's field; the check holds for everybody.
        for record in self.sudo():
            if record.kind == "server_action" and not record.action_id:
                raise ValidationError(
                    self.env._(
                        "Consequence “%(name)s”: choose the server action to run.",
                        name=record.name,
                    )
                )
