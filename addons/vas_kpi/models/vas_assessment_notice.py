from odoo import api, fields, models
from odoo.fields import Domain


class VasAssessment(models.Model):
    """The rated partner is told by mail that a result was published."""

    _name = "vas.assessment"
    _inherit = "vas.assessment"

    notice_partner_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Told on publication",
        compute="_compute_notice_partner_ids",
        groups="vas_kpi.group_vas_kpi_user",
        help="Contacts of the rated partner with a portal login.",
    )

    @api.depends("partner_id")
    def _compute_notice_partner_ids(self):
        """Find the portal logins of all rated companies at once."""
        companies = self.partner_id.commercial_partner_id
        # Who has a portal login is not open to every reader of results.
        users_sudo = self.env["res.users"].sudo()
        users_sudo = users_sudo.search(
            Domain("share", "=", True)
            & Domain("partner_id.commercial_partner_id", "in", companies.ids)
        )
        by_company = users_sudo.partner_id.grouped("commercial_partner_id")
        for assessment in self:
            assessment.notice_partner_ids = by_company.get(
                assessment.partner_id.commercial_partner_id, users_sudo.partner_id[:0]
            )

    def _publish(self):
        waiting = self.filtered(lambda a: a.state == "confirmed")
        result = super()._publish()
        waiting._send_publication_notice()
        return result

    def _send_publication_notice(self):
        """Queue the mail that the scorecard names; none where nobody can log in."""
        # Templates are kept by administrators; the right to publish was checked.
        told_sudo = self.sudo().filtered(
            lambda a: a.show_to_subject and a.notice_partner_ids
        )
        by_template = told_sudo.grouped(lambda a: a.scorecard_id.publish_template_id)
        for template_sudo, results_sudo in by_template.items():
            if template_sudo:
                template_sudo.send_mail_batch(results_sudo.ids)
                results_sudo._message_log_batch(
                    bodies={
                        result.id: self.env._(
                            "%(contacts)s will be told by mail of the publication.",
                            contacts=", ".join(
                                result.notice_partner_ids.mapped("name")
                            ),
                        )
                        for result in results_sudo
                    }
                )
