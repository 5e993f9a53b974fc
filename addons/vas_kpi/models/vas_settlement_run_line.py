import logging

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError

_logger = logging.getLogger(__name__)


class VasSettlementRunLine(models.Model):
    """One agreement in a run: what came of it, or why it is not settled."""

    _name = "vas.settlement.run.line"
    _description = "Agreement in a settlement run"
    _inherit = ["vas.guarded.mixin"]
    _order = "id"

    run_id = fields.Many2one(
        comodel_name="vas.settlement.run",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    agreement_id = fields.Many2one(
        comodel_name="vas.settlement.agreement", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="agreement_id.partner_id", string="Vendor")
    settlement_id = fields.Many2one(
        comodel_name="vas.settlement", readonly=True, ondelete="set null", index=True
    )
    currency_id = fields.Many2one(related="agreement_id.currency_id")
    estimate = fields.Monetary(string="Expected", readonly=True)
    total = fields.Monetary(related="settlement_id.total", string="Settled")
    state = fields.Selection(
        selection=[
            ("waiting", "Waiting"),
            ("ready", "Ready to accept"),
            ("kept", "Already decided"),
            ("problem", "Not ready"),
            ("failed", "Refused"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
    )
    message = fields.Text(string="What is missing", readonly=True)

    _agreement_uniq = models.UniqueIndex(
        "(run_id, agreement_id)", "An agreement is in a run once."
    )

    @api.model
    def _get_guarded_fields(self):
        return {"settlement_id", "estimate", "state", "message"}

    def _reset(self):
        # The run writes its own results; rights are checked where it is started.
        self.sudo().write({"state": "waiting", "message": False})

    def _preview(self):
        """Write down what each agreement would bring, and what stands in its way."""
        drafts = self.agreement_id._preview(self.run_id.date_from, self.run_id.date_to)
        # The run writes its own results; rights are checked where it is started.
        for line in self.sudo():
            amount, problems = drafts[line.agreement_id]
            line.write({"estimate": amount, "message": "\n".join(problems)})

    def _settle(self):
        """Settle the agreements: all at once, one by one when one of them refuses."""
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._settle_together()
        except (UserError, ValidationError, RedirectWarning):
            for line in self:
                line._settle_alone()

    def _settle_together(self):
        run = self.run_id
        settlements = self.agreement_id._settle(run.date_from, run.date_to)
        by_agreement = {s.agreement_id: s for s in settlements}
        # The run writes its own results; rights are checked where it is started.
        for line in self.sudo():
            settlement = by_agreement[line.agreement_id]
            problems = [settlement.problem] if settlement.problem else []
            problems += [
                blocker["message"]
                for blocker in settlement._find_blockers().values()
                if settlement.state != "billed"
            ]
            state = "problem" if problems else "ready"
            if settlement.state in ("checked", "billed"):
                state = "kept"
            line.write(
                {
                    "settlement_id": settlement.id,
                    "state": state,
                    "message": "\n".join(problems),
                }
            )

    def _settle_alone(self):
        """Settle one agreement; a refusal is noted and leaves nothing behind."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._settle_together()
        except (UserError, ValidationError, RedirectWarning) as error:
            message = error.args[0]
            _logger.info("Settlement of %s refused: %s", self.agreement_id, message)
            # As above.
            self.sudo().write({"state": "failed", "message": message})
