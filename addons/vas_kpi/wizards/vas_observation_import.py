from odoo import api, fields, models
from odoo.exceptions import UserError


class VasObservationImport(models.TransientModel):
    """Choose a profile and a file; the result is kept as an import log."""

    _name = "vas.observation.import"
    _description = "Import observations"

    profile_id = fields.Many2one(
        comodel_name="vas.import.profile",
        required=True,
        ondelete="cascade",
        default=lambda self: self._default_profile(),
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    description = fields.Text(related="profile_id.description")
    columns_text = fields.Char(related="profile_id.columns_text")
    file = fields.Binary(help="CSV or XLSX. Further columns do no harm.")
    filename = fields.Char()

    @api.model
    def _default_profile(self):
        profiles = self.env["vas.import.profile"].search([], limit=2)
        return profiles if len(profiles) == 1 else self.env["vas.import.profile"]

    def action_download_template(self):
        self.ensure_one()
        return self.profile_id.action_download_template()

    def action_download_template_xlsx(self):
        self.ensure_one()
        return self.profile_id.action_download_template_xlsx()

    def action_import(self):
        """Import the file and show the result."""
        self.ensure_one()
        data = self.with_context(bin_size=False).file
        if not data:
            raise UserError(self.env._("Choose the file to import."))
        log = self.env["vas.observation.import.log"].create(
            {
                "profile_id": self.profile_id.id,
                "company_id": self.company_id.id,
                "file": data,
                "filename": self.filename,
            }
        )
        log.action_run()
        return log._get_records_action()
