from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasSlaRole(models.Model):
    """Who is meant by “the supervisor”: found on the document, in a group, or named."""

    _name = "vas.sla.role"
    _description = "Role in an Escalation"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("path", "A field of the document"),
            ("group", "Everybody in a group"),
            ("users", "These people"),
        ],
        string="Found in",
        required=True,
        default="path",
    )
    path = fields.Char(
        string="Fields",
        help="Paths from the document to people, such as team_id.user_id. Several are "
        "separated by commas; the first that leads to somebody counts.",
    )
    group_id = fields.Many2one("res.groups", ondelete="cascade")
    user_ids = fields.Many2many("res.users", string="People")
    fallback_id = fields.Many2one(
        "vas.sla.role",
        string="If Nobody",
        ondelete="set null",
        help="Who is meant when the document leads to nobody: a ticket without team, "
        "an empty group. A step asks here only when all its roles are empty.",
    )

    @api.constrains("kind", "path", "group_id")
    def _check_place(self):
        for role in self:
            if role.kind == "path" and not (role.path or "").strip():
                missing = self._fields["path"]
            elif role.kind == "group" and not role.group_id:
                missing = self._fields["group_id"]
            else:
                continue
            raise ValidationError(
                self.env._(
                    "Role “%(role)s”: “%(field)s” is empty. Expected: where the "
                    "people are found.",
                    role=role.name,
                    field=missing._description_string(self.env),
                )
            )

    @api.constrains("fallback_id")
    def _check_fallback(self):
        for role in self:
            if role._has_cycle("fallback_id"):
                raise ValidationError(
                    self.env._(
                        "Role “%(role)s”: “%(field)s” leads back to itself. Expected: "
                        "a chain that ends.",
                        role=role.name,
                        field=self._fields["fallback_id"]._description_string(self.env),
                    )
                )

    def _get_users(self, record):
        """Return the users that have these roles for *record*.

        When nobody has any of them, those who stand in: a promise in danger must
        reach somebody.
        """
        users = self._get_own_users(record)
        if not users and self.fallback_id:
            return self.fallback_id._get_users(record)
        return users

    def _get_own_users(self, record):
        users = self.env["res.users"]
        for role in self:
            if role.kind == "users":
                users |= role.user_ids
            elif role.kind == "group":
                users |= role.group_id.all_user_ids
            else:
                users |= role._follow(record)
        company = record.company_id if "company_id" in record._fields else None
        return users.filtered(
            lambda user: user.active and (not company or company in user.company_ids)
        )

    def _follow(self, record):
        """Return the users at the end of the first path that leads to somebody."""
        for path in self.path.split(","):
            found = record
            for name in path.strip().split("."):
                if name not in found._fields or not found._fields[name].relational:
                    found = self.env["res.users"]
                    break
                found = found[name]
            if found and found._name == "res.partner":
                found = found.user_ids
            if found and found._name == "hr.employee":
                found = found.user_id
            if found and found._name == "res.users":
                return found
        return self.env["res.users"]
