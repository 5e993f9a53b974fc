from odoo import api, fields, models
from odoo.tools import SQL


class VasObservationImportChange(models.Model):
    """What a fact said before an import corrected it, so that this can be undone."""

    _name = "vas.observation.import.change"
    _description = "Correction by an import"
    _order = "id"

    log_id = fields.Many2one(
        comodel_name="vas.observation.import.log",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="log_id.company_id", store=True)
    observation_id = fields.Many2one(
        comodel_name="vas.observation", required=True, ondelete="cascade", index=True
    )
    res_id = fields.Integer()
    partner_id = fields.Many2one(comodel_name="res.partner", ondelete="cascade")
    date = fields.Date()
    value = fields.Float(digits=(20, 9))
    numerator = fields.Float(digits=(20, 9))
    denominator = fields.Float(digits=(20, 9))

    @api.model
    def _keep(self, observation_ids, log):
        """Copy the facts as they are now, by one statement."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "INSERT INTO vas_observation_import_change (log_id, company_id,"
                " observation_id, res_id, partner_id, date, value, numerator,"
                " denominator, create_uid, write_uid, create_date, write_date)"
                " SELECT %(log)s, company_id, id, res_id, partner_id, date, value,"
                " numerator, denominator, %(user)s, %(user)s, %(now)s, %(now)s"
                " FROM vas_observation WHERE id = ANY(%(ids)s) ORDER BY id",
                log=log.id,
                user=self.env.uid,
                now=self.env.cr.now(),
                ids=list(observation_ids),
            )
        )
        self.invalidate_model()

    @api.model
    def _restore(self, log):
        """Give the facts back what they said before this import; return their number.

        Of several corrections by the same import the first is the one to go back to.
        """
        self.flush_model()
        self.env["vas.observation"].flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE vas_observation AS fact SET res_id = old.res_id,"
                " partner_id = old.partner_id, date = old.date, value = old.value,"
                " numerator = old.numerator, denominator = old.denominator,"
                " write_uid = %(user)s, write_date = %(now)s FROM ("
                " SELECT DISTINCT ON (observation_id) *"
                " FROM vas_observation_import_change WHERE log_id = %(log)s"
                " ORDER BY observation_id, id) AS old"
                " WHERE fact.id = old.observation_id",
                user=self.env.uid,
                now=self.env.cr.now(),
                log=log.id,
            )
        )
        restored = self.env.cr.rowcount
        self.env.cr.execute(
            SQL("DELETE FROM vas_observation_import_change WHERE log_id = %s", log.id)
        )
        self.env["vas.observation"].invalidate_model()
        self.invalidate_model()
        return restored
