from odoo import api, models, tools
from odoo.fields import Domain

from .vas_sla_policy import TICKET

# A change of these fields decides anew which promise holds for a ticket.
MATCH_FIELDS = frozenset(
    {
        "priority",
        "team_id",
        "partner_id",
        "category_id",
        "tag_ids",
        "company_id",
        "vas_contract_id",
        "vas_equipment_id",
    }
)


class VasSlaPolicy(models.Model):
    """Which models and fields are watched, because a policy or a clock reads them."""

    _name = "vas.sla.policy"
    _inherit = ["vas.sla.policy"]

    @api.model
    @tools.ormcache()
    def _get_watched_models(self):
        """Return the names of the models of policies in force, tickets left out."""
        # What is watched is the same for everybody.
        groups = self.sudo()._read_group([("state", "=", "active")], ["model_name"])
        return frozenset(name for (name,) in groups if name and name != TICKET)

    @api.model
    @tools.ormcache("model_name")
    def _get_trigger_fields(self, model_name=TICKET):
        """Names of the fields a change of which may change policies or clocks."""
        names = set(MATCH_FIELDS) if model_name == TICKET else {"company_id"}
        # What is watched is the same for everybody.
        for policy in self.sudo()._get_in_force(model_name):
            targets = policy.target_ids
            names.update(path.split(".")[0] for path in policy._get_condition_paths())
            dates = targets.date_field_id | targets.start_field_id
            names.update(dates.mapped("name"))
            if policy.grade_ids or policy.customer_class_ids:
                names.add(self._get_customer_field(model_name))
            if "owner" in targets.mapped("kind"):
                names.add("user_id")
        return self._with_sources_of(model_name, names)

    def _get_condition_paths(self):
        """Return the paths of fields that the conditions of this policy read."""
        self.ensure_one()
        targets, paths = self.target_ids, set()
        domains = [self.domain, self.end_domain]
        domains += [*targets.mapped("start_domain"), *targets.mapped("stop_domain")]
        domains += self.pause_rule_ids.mapped("domain")
        for text in filter(None, domains):
            paths.update(self._paths_of(self._parse(text)))
        if not self._is_for_tickets():
            # Tickets follow their customers on their own.
            field = self._get_customer_field(self.model_name)
            customer = f"{field}.commercial_partner_id."
            paths.update(
                customer + name
                for name, rows in (
                    ("vas_grade_id", self.grade_ids),
                    ("vas_customer_class_id", self.customer_class_ids),
                )
                if rows
            )
        return paths

    @api.model
    def _paths_of(self, domain, prefix=""):
        """Yield the paths of fields in *domain*, those inside “any” too."""
        for condition in domain.iter_conditions():
            path = prefix + condition.field_expr
            yield path
            if condition.operator in ("any", "not any"):
                yield from self._paths_of(Domain(condition.value), path + ".")

    @api.model
    def _with_sources_of(self, model_name, names):
        """Add the fields of the same document that computed fields come from."""
        model, found, queue = self.env[model_name], set(), list(names)
        while queue:
            name = queue.pop()
            if name in found or name not in model._fields:
                continue
            found.add(name)
            for path in self.pool.field_depends[model._fields[name]]:
                queue.append(path.split(".")[0])
        return frozenset(found)
