from odoo import api, fields, models

#: What can happen to a subject, the worst first.
MOVES = [
    ("down", "Down"),
    ("unrated", "Cannot be rated"),
    ("same", "Unchanged"),
    ("rated", "Newly rated"),
    ("up", "Up"),
]


class VasSimulationResult(models.Model):
    """What a simulation says about one subject in one period. Not a result of anyone:
    no assessment, no grade and no bill reads it.
    """

    _name = "vas.simulation.result"
    _description = "Result of a simulation"
    _order = "date_to desc, move_rank, delta, id"

    simulation_id = fields.Many2one(
        comodel_name="vas.simulation", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="simulation_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    res_model = fields.Char(string="Subject type", required=True)
    res_id = fields.Many2oneReference(
        string="Subject", model_field="res_model", required=True
    )
    subject_name = fields.Char(string="Rated", required=True)
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    period = fields.Char(required=True)
    old_source = fields.Selection(
        selection=[
            ("stored", "Confirmed result"),
            ("computed", "Computed now"),
            ("none", "Not in scope"),
        ],
        string="Compared with",
        required=True,
    )
    old_assessment_id = fields.Many2one(
        comodel_name="vas.assessment",
        string="Confirmed result",
        ondelete="set null",
        index="btree_not_null",
    )
    old_has_score = fields.Boolean()
    old_score = fields.Float(string="Old score", digits=(16, 4), aggregator="avg")
    old_band_id = fields.Many2one(
        comodel_name="vas.scorecard.band", string="Old band", ondelete="set null"
    )
    old_tone = fields.Selection(related="old_band_id.tone", string="Old colour")
    old_key = fields.Char(help="Row of the migration matrix.")
    new_has_score = fields.Boolean()
    new_score = fields.Float(digits=(16, 4), aggregator="avg")
    new_band_id = fields.Many2one(
        comodel_name="vas.scorecard.band", ondelete="set null"
    )
    new_tone = fields.Selection(related="new_band_id.tone", string="New colour")
    new_key = fields.Char(help="Column of the migration matrix.")
    delta = fields.Float(string="Change", digits=(16, 4), aggregator="avg")
    move = fields.Selection(selection=MOVES, string="Band moves", required=True)
    move_rank = fields.Integer(
        compute="_compute_move_rank", store=True, precompute=True
    )
    reason = fields.Char(
        string="Mostly because of",
        help="The criterion whose contribution changes most.",
    )
    money_delta = fields.Monetary(
        string="Money effect",
        help="Change of what is paid for the period, by the settlement agreements in"
        " force. Positive: we pay more.",
    )
    has_money = fields.Boolean()

    _subject_uniq = models.UniqueIndex(
        "(simulation_id, date_from, date_to, res_id)",
        "This subject is already simulated for the period.",
    )

    @api.depends("move")
    def _compute_move_rank(self):
        ranks = {key: index for index, (key, _label) in enumerate(MOVES)}
        for result in self:
            result.move_rank = ranks.get(result.move, len(ranks))

    @api.depends("subject_name", "period")
    def _compute_display_name(self):
        for result in self:
            result.display_name = f"{result.subject_name} · {result.period}"

    def action_open_subject(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)._get_records_action()
