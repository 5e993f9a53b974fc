from odoo import api, fields, models


class VasSlaClock(models.Model):
    """Clocks of imported incidents stand beside the verdict of their log."""

    _inherit = "vas.sla.clock"

    incident_profile_id = fields.Many2one(
        related="ticket_id.vas_incident_profile_id",
        store=True,
        string="Incident log",
        index="btree_not_null",
    )
    log_made_sla = fields.Selection(
        related="ticket_id.vas_log_made_sla", store=True, string="In the log"
    )
    log_comparison = fields.Selection(
        [
            ("agree", "Same result"),
            ("waiting", "Kept here, because waiting is not counted"),
            ("here", "Kept here only"),
            ("log", "Kept in the log only"),
        ],
        string="Beside the log",
        compute="_compute_log_comparison",
        store=True,
        help="How the result compares with the verdict of the log.",
    )
    log_success_rate = fields.Float(
        string="Kept in the log (%)",
        compute="_compute_log_comparison",
        store=True,
        aggregator="avg",
    )
    log_agreement_rate = fields.Float(
        string="Same result (%)",
        compute="_compute_log_comparison",
        store=True,
        aggregator="avg",
    )

    @api.depends("outcome", "log_made_sla", "elapsed_seconds", "paused_seconds")
    def _compute_log_comparison(self):
        for clock in self:
            log, here = clock.log_made_sla, clock.outcome
            comparison = False
            if log and here in ("met", "late"):
                gross = clock.elapsed_seconds + clock.paused_seconds
                if (log == "yes") == (here == "met"):
                    comparison = "agree"
                elif here == "late":
                    comparison = "log"
                else:
                    waited = gross > clock.target_seconds
                    comparison = "waiting" if waited else "here"
            clock.log_comparison = comparison
            clock.log_success_rate = 100.0 if log == "yes" else 0.0
            clock.log_agreement_rate = 100.0 if comparison == "agree" else 0.0

    def _get_reported(self, record):
        """A clock that begins now has no verdict of a log yet."""
        profile = (
            record.vas_incident_profile_id.id
            if record._name == "helpdesk.ticket"
            else False
        )
        verdict = profile and record.vas_log_made_sla
        return super()._get_reported(record) | {
            "incident_profile_id": profile,
            "log_made_sla": verdict,
            "log_comparison": False,
            "log_success_rate": 100.0 if verdict == "yes" else 0.0,
            "log_agreement_rate": 0.0,
        }
