from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    vas_reference_pricelist_id = fields.Many2one(
        related="company_id.vas_reference_pricelist_id", readonly=False
    )
    vas_sla_at_risk_percent = fields.Float(
        string="At risk from (%)",
        config_parameter="vas_service.sla_at_risk_percent",
        help="New targets warn when this share of the time is consumed.",
    )
    vas_sla_merge_rule = fields.Selection(
        [
            ("earliest", "Count from the earliest of the merged tickets"),
            ("own", "Keep the clocks of the ticket that stays"),
        ],
        string="Merged tickets",
        config_parameter="vas_service.sla_merge_rule",
        default="earliest",
    )
    vas_sla_grade_rule = fields.Selection(
        [
            ("open", "Open tickets follow at once"),
            ("new", "Holds for new tickets only"),
        ],
        string="New grade of a customer",
        config_parameter="vas_service.sla_grade_rule",
        default="open",
    )
    vas_sla_health_holiday_days = fields.Integer(
        string="Holidays known for (days)",
        config_parameter="vas_service.sla_health_holiday_days",
    )
    vas_sla_health_history_days = fields.Integer(
        string="Policies fitted something within (days)",
        config_parameter="vas_service.sla_health_history_days",
    )
    vas_sla_health_far_days = fields.Integer(
        string="Targets due within (days)",
        config_parameter="vas_service.sla_health_far_days",
    )
    vas_strategic_metric_id = fields.Many2one(
        related="company_id.vas_strategic_metric_id", readonly=False
    )
    vas_tells_provider = fields.Boolean(
        related="company_id.vas_tells_provider", readonly=False
    )
    vas_provider_template_id = fields.Many2one(
        related="company_id.vas_provider_template_id", readonly=False
    )
    vas_portal_goal = fields.Selection(
        [("status", "The state only"), ("deadline", "The state and the deadline")],
        string="Customers see of a promise",
        config_parameter="vas_service.portal_goal",
    )
    vas_portal_reopen_days = fields.Integer(
        string="Customers may open again for (days)",
        config_parameter="vas_service.portal_reopen_days",
    )
    vas_phone_tail_digits = fields.Integer(
        string="Digits that identify a caller",
        config_parameter="vas_service.phone_tail_digits",
    )
    vas_similar_days = fields.Integer(
        string="Similar tickets: days back",
        config_parameter="vas_service.similar_days",
    )
    vas_similar_percent = fields.Integer(
        string="Similar tickets: common words (%)",
        config_parameter="vas_service.similar_percent",
    )
    vas_complaint_countersign = fields.Boolean(
        string="Verdicts are countersigned",
        config_parameter="vas_service.complaint_countersign",
    )
