from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    vas_reference_pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Reference price list",
        check_company=True,
        help="Contract prices are compared with these prices to find the price "
        "premium. Without one, the sales price of each service is the reference.",
    )
    vas_strategic_metric_id = fields.Many2one(
        "vas.metric",
        string="Metric of strategic influence",
        check_company=True,
        help="Where ratings of strategic influence are recorded; the metric names the "
        "group that may rate. Without one, the shipped metric is used.",
    )
    vas_tells_provider = fields.Boolean(
        string="Tell service companies",
        default=True,
        help="The portal users of a service company get a message when a ticket is "
        "given to it.",
    )
    vas_provider_template_id = fields.Many2one(
        "mail.template",
        string="Message to service companies",
        domain=[("model", "=", "helpdesk.ticket")],
        ondelete="set null",
        help="Empty: the message that comes with the service desk.",
    )

    def _get_vas_strategic_metric(self):
        """Return the metric that holds ratings of strategic influence, may be empty."""
        self.ensure_one()
        metric = self.vas_strategic_metric_id
        return metric or metric.browse(
            self.env["ir.model.data"]._xmlid_to_res_id(
                "vas_service.vas_metric_strategic", raise_if_not_found=False
            )
            or ()
        )

    def _get_vas_provider_template(self):
        """Return the message to service companies, the shipped one by default."""
        self.ensure_one()
        template = self.vas_provider_template_id
        return template or template.browse(
            self.env["ir.model.data"]._xmlid_to_res_id(
                "vas_service.provider_template", raise_if_not_found=False
            )
            or ()
        )
