from collections import defaultdict

from odoo import api, models, tools
from odoo.fields import Domain

AT_ONCE_PARAMETER = "vas_service.sla_sync_at_once"
GRADE_PARAMETER = "vas_service.sla_grade_rule"
GRADE_FIELDS = frozenset({"vas_grade_id", "vas_customer_class_id"})


class VasSlaEngine(models.AbstractModel):
    """Clocks follow what conditions read on records that documents refer to.

    “Deals of customers in Shanghai” is to be asked again when a customer moves, though
    no deal is written. The models that conditions pass through get a layer around
    ``write``, those alone.
    """

    _name = "vas.sla.engine"
    _inherit = ["vas.sla.engine"]

    @api.model
    @tools.ormcache()
    def _get_referred(self):
        """Return {model: {field: {(kind of document, path to the record)}}}."""
        found = defaultdict(lambda: defaultdict(set))
        # What is watched is the same for everybody.
        policies_sudo = self.env["vas.sla.policy"].sudo()
        for policy in policies_sudo.search([("state", "=", "active")]):
            if policy.model_name in self.env:
                for path in policy._get_condition_paths():
                    self._note_path(found, policy.model_name, path.split("."))
        return {model: dict(names) for model, names in found.items()}

    @api.model
    def _note_path(self, found, model_name, names):
        """Note every record that a path of fields passes through."""
        model = self.env[model_name]
        for position, name in enumerate(names[:-1], 1):
            field = model._fields.get(name)
            if (
                field is None
                or not field.relational
                or not (field.store or field.search)
            ):
                return
            model = self.env[field.comodel_name]
            place = (model_name, ".".join(names[:position]))
            read = self.env["vas.sla.policy"]._with_sources_of(
                model._name, {names[position]}
            )
            for source in read:
                found[model._name][source].add(place)

    @api.model
    def _get_layers(self):
        """Also those around the models that conditions pass through."""
        referred = ((name, "referred") for name in self._get_referred())
        return super()._get_layers() | frozenset(referred)

    @api.model
    def _watch(self):
        """Put both layers around the models."""
        result = super()._watch()

        def make_write():
            def write(self, vals, **kw):
                result = write.origin(self, vals, **kw)
                self.env["vas.sla.engine"]._follow_referred(self, vals)
                return result

            return write

        for name in self._get_referred():
            model = self.env.registry[name]
            patch = make_write()
            patch.origin, patch.vas_sla = model.write, "referred"
            model.write = patch
        return result

    @api.model
    def _follow_referred(self, records, names):
        """Ask the documents again that refer to *records*, of which *names* changed."""
        referred = self._get_referred().get(records._name, {})
        names = referred.keys() & names
        if names & GRADE_FIELDS:
            # A setting, no secret.
            parameters_sudo = self.env["ir.config_parameter"].sudo()
            if parameters_sudo.get_param(GRADE_PARAMETER) != "open":
                # A new grade or class holds for new documents only.
                names -= GRADE_FIELDS
        places = {place for name in names for place in referred[name]}
        for model_name, path in sorted(places):
            # Promises are kept for whoever changes what they depend on.
            documents_sudo = self.env[model_name].sudo()
            # As above.
            policies_sudo = self.env["vas.sla.policy"].sudo()._get_in_force(model_name)
            still = Domain.OR(policy._get_open_domain() for policy in policies_sudo)
            self._sync_many(
                documents_sudo.search(Domain(path, "in", records.ids) & still)
            )

    @api.model
    def _in_parts(self, ids):
        """Return *ids* in parts of what is done at once."""
        # A setting, no secret.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        value = parameters_sudo.get_param(AT_ONCE_PARAMETER) or ""
        size = int(value) if value.isdigit() and int(value) else max(len(ids), 1)
        return [ids[start : start + size] for start in range(0, len(ids), size)]

    @api.model
    def _sync_many(self, documents):
        """Ask documents again: a few at once, the others in jobs of as many."""
        for number, ids in enumerate(self._in_parts(documents.ids)):
            if not number:
                self._sync(documents.browse(ids))
                continue
            self.env["vas.sla.policy"].with_delay(
                identity_key=f"vas_sla_sync_{documents._name}_{ids[0]}_{ids[-1]}",
                description=self.env._(
                    "Service promises of %(count)s documents", count=len(ids)
                ),
            )._sync_later(documents._name, ids)
