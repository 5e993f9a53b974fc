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
