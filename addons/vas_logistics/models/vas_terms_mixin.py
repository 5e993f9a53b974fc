from odoo import api, fields, models


class VasTermsMixin(models.AbstractModel):
    """What is agreed with a customer or a carrier, or with all who have nothing own.

    A record without a party counts for everybody else of its company.
    """

    _name = "vas.terms.mixin"
    _description = "Terms of One Party or of All Others"

    _party_field = ""  # the customer or carrier
    _method_field = ""  # a selection that names the record

    name = fields.Char(compute="_compute_name")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    @api.depends(lambda self: (self._party_field, self._method_field))
    @api.depends_context("lang")
    def _compute_name(self):
        field = self._fields[self._method_field]
        methods = dict(field._description_selection(self.env))
        for terms in self:
            who = terms[self._party_field].display_name or self._get_all_others()
            terms.name = f"{who}: {methods.get(terms[self._method_field], '')}"

    @api.model
    def _get_all_others(self):
        """Whom a record without a party is for, in words."""
        return self.env._("Everybody else")

    @api.model
    def _get_by_party(self, company, parties):
        """The terms of each party by id; the general ones for the others."""
        name = self._party_field
        found = self.search_fetch(
            [("company_id", "=", company.id), (name, "in", [False, *parties.ids])]
        )
        own = {terms[name].id: terms for terms in found}
        general = own.get(False, self.browse())
        return {party.id: own.get(party.id, general) for party in parties}
