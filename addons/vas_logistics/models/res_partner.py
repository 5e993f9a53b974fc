from odoo import fields, models


class ResPartner(models.Model):
    """Addresses where goods are brought to or fetched from have hours of their own."""

    _inherit = "res.partner"

    vas_calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Loading Hours",
        company_dependent=True,
        domain="['|', ('company_id', '=', False),"
        " ('company_id', '=', allowed_company_ids[0])]",
        groups="base.group_user",
        help="When goods can be brought to this address or fetched from it; plans keep "
        "to it. Empty: the hours of its company, or any time.",
    )

    def _get_vas_address(self):
        """An address in one line; empty parts of the country's format left out."""
        if not self:
            return ""
        text = self._display_address(without_company=True)
        lines = (line.strip(" ,，") for line in text.splitlines())
        return ", ".join(line for line in lines if line)

    def _get_vas_loading_hours(self, company, start, hours):
        """When each address hands over or takes goods.

        :param start: naive UTC; hours are counted from it
        :return: ``{partner id: ((opens, closes), …)}``; who always does is missing
        """
        calendars = {
            partner.id: partner.vas_calendar_id
            or partner.commercial_partner_id.vas_calendar_id
            for partner in self.with_company(company)
        }
        known = self.env["resource.calendar"].union(*calendars.values())
        openings = known._get_vas_openings(start, hours)
        return {
            key: openings[calendar]
            for key, calendar in calendars.items()
            if calendar in openings
        }
