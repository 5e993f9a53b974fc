from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import whatif

#: Most points of the curve “which threshold gives which share” that are drawn.
GOAL_CURVE_POINTS = 60


class VasSimulation(models.Model):
    """The reverse question: which threshold puts the share one wants in a band."""

    _name = "vas.simulation"
    _inherit = "vas.simulation"

    goal_band_id = fields.Many2one(
        comodel_name="vas.scorecard.band",
        string="Band",
        domain="[('scorecard_id', '=', scorecard_id),"
        " ('only_by_override', '=', False)]",
        ondelete="set null",
    )
    goal_share = fields.Float(string="Share wanted", default=0.2)
    goal_text = fields.Char(string="Answer", compute="_compute_goal")
    goal_threshold = fields.Float(compute="_compute_goal", digits=(16, 4))
    goal_has_answer = fields.Boolean(compute="_compute_goal")
    goal_curve = fields.Json(compute="_compute_goal")

    _goal_share = models.Constraint(
        "CHECK (goal_share >= 0 AND goal_share <= 1)",
        "The share wanted lies between 0 and 100 %.",
    )

    @api.depends("goal_band_id", "goal_share", "state", "result_ids", "change_ids")
    def _compute_goal(self):
        for simulation in self:
            band, scores = simulation.goal_band_id, []
            if band and simulation.state == "done":
                scores = simulation._get_new_scores()
            found = None
            upper = simulation._get_goal_upper(band) if band else None
            if scores:
                share = min(max(simulation.goal_share, 0.0), 1.0)
                found = whatif.threshold_for_share(scores, share, upper)
            simulation.goal_has_answer = found is not None
            simulation.goal_threshold = found.value if found else 0.0
            simulation.goal_curve = (
                simulation._get_goal_curve(scores, found, upper) if found else False
            )
            simulation.goal_text = simulation._get_goal_text(found, band, scores)

    def _get_new_scores(self):
        self.ensure_one()
        rows = self.env["vas.simulation.result"].search_fetch(
            [("simulation_id", "=", self.id), ("new_has_score", "=", True)],
            ["new_score"],
        )
        return [row.new_score for row in rows]

    def _get_goal_upper(self, band):
        """Return the upper bound of a band under the changed rules, or None."""
        self.ensure_one()
        for rule in self._get_changed_rules().bands:
            if rule.band == band:
                return rule.bounds["max"]
        return None

    def _get_goal_text(self, found, band, scores):
        self.ensure_one()
        if not band:
            return self.env._("Choose a band and the share you want in it.")
        if not found:
            return self.env._("Run the simulation to get an answer.")
        return self.env._(
            "From %(threshold)s points on, %(band)s holds %(count)s of %(total)s scores"
            " = %(share)s %%.",
            threshold=f"{found.value:g}",
            band=band.name,
            count=found.count,
            total=len(scores),
            share=f"{found.share * 100:.1f}",
        )

    def _get_goal_curve(self, scores, found, upper):
        points = whatif.thresholds(scores, upper)
        step = max(1, len(points) // GOAL_CURVE_POINTS)
        shown = [p for i, p in enumerate(points) if i % step == 0 or p == found]
        return {
            "points": [[p.value, p.share, p.count] for p in shown],
            "total": len(scores),
            "wanted": self.goal_share,
            "found": [found.value, found.share, found.count],
        }

    def action_try_threshold(self):
        """Put the answer among the changed numbers and simulate again."""
        self.ensure_one()
        self.check_access("write")
        if not self.goal_has_answer:
            raise UserError(self.goal_text)
        value, band = self.goal_threshold, self.goal_band_id
        known = self.change_ids.filtered(
            lambda c: c.kind == "band" and c.band_id == band
        )
        if known:
            known.new_value = value
        else:
            self.env["vas.simulation.change"].create(
                {
                    "simulation_id": self.id,
                    "kind": "band",
                    "band_id": band.id,
                    "new_value": value,
                }
            )
        return self.action_run()
