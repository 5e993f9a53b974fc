from odoo import api, fields, models


class VasKnowledge(models.Model):
    """An option of the knowledge base: what a caller may want, and the ticket that
    follows from it. Options form a tree that is walked during a call."""

    _name = "vas.knowledge"
    _description = "Knowledge Option"
    _parent_store = True
    _order = "parent_path, sequence, id"
    _rec_name = "complete_name"
    _rec_names_search = ["name", "complete_name", "keywords"]  # noqa: RUF012
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        string="Option",
        compute="_compute_complete_name",
        recursive=True,
        search="_search_complete_name",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Empty: the option is offered in every company.",
    )
    parent_id = fields.Many2one(
        "vas.knowledge",
        string="Under",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("vas.knowledge", "parent_id", string="Options below")
    keywords = fields.Char(
        translate=True, help="Other words callers use for it; the search finds them."
    )
    answer = fields.Html(
        translate=True, help="What to say or do. The agent reads it during the call."
    )
    is_public = fields.Boolean(
        string="In the portal",
        help="Customers read question and answer in the portal before they open a "
        "ticket.",
    )
    # The ticket that follows.
    ticket_name = fields.Char(
        string="Ticket title", translate=True, help="Empty: the name of the option."
    )
    ticket_description = fields.Html(string="Ticket text", translate=True)
    team_id = fields.Many2one("helpdesk.ticket.team", check_company=True)
    category_id = fields.Many2one("helpdesk.ticket.category", check_company=True)
    priority = fields.Selection(
        selection=lambda self: (
            self.env["helpdesk.ticket"]
            ._fields["priority"]
            ._description_selection(self.env)
        ),
        help="Empty: as usual.",
    )
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Tags")
    fault_type_id = fields.Many2one(
        "vas.fault.type",
        string="Fault type",
        check_company=True,
        help="The fault this option is about; the ticket takes it.",
    )
    ticket_count = fields.Integer(compute="_compute_ticket_count", string="Tickets")

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for option in self:
            parent = option.parent_id.complete_name
            option.complete_name = (
                f"{parent} / {option.name}" if parent else option.name
            )

    @api.model
    def _search_complete_name(self, operator, value):
        if operator not in ("ilike", "like", "=", "in"):
            return NotImplemented
        named = self._search([("name", operator, value)])
        return [("id", "child_of", list(named))]

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("vas_knowledge_id", "in", self.ids)],
                ["vas_knowledge_id"],
                ["__count"],
            )
        )
        for option in self:
            option.ticket_count = counts.get(option, 0)

    def _prepare_ticket(self):
        """Return what a ticket takes from this option; only what is said here."""
        self.ensure_one()
        values = {
            "vas_knowledge_id": self.id,
            "name": self.ticket_name or self.name,
            "description": self.ticket_description,
            "team_id": self.team_id.id,
            "category_id": self.category_id.id,
            "priority": self.priority,
            "vas_fault_type_id": self.fault_type_id.id,
            "tag_ids": [fields.Command.set(self.tag_ids.ids)] if self.tag_ids else None,
        }
        return {name: value for name, value in values.items() if value}

    def action_new_ticket(self):
        """Open a new ticket with what this option says."""
        self.ensure_one()
        values = self._prepare_ticket()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "name": self.env._("New ticket"),
            "views": [(False, "form")],
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_vas"
        )
        return dict(
            action,
            domain=[("vas_knowledge_id", "=", self.id)],
            context={"default_vas_knowledge_id": self.id},
            display_name=self.complete_name,
        )
