from odoo import api, fields, models


class VasFaultTreeMixin(models.AbstractModel):
    """A word of the tree by which faults are described on tickets.

    Who inherits declares ``parent_id`` and ``child_ids``, keeps the path
    (``_parent_store``) and names the field of tickets that holds it.
    """

    _name = "vas.fault.tree.mixin"
    _description = "Word about Faults"
    _order = "parent_path, sequence, id"
    _rec_name = "complete_name"
    _rec_names_search = ["name"]  # noqa: RUF012
    _check_company_auto = True
    #: The field of tickets that holds a word of this tree.
    _ticket_field = ""

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(compute="_compute_complete_name", recursive=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: offered in every company.",
    )
    parent_path = fields.Char(index=True)
    ticket_count = fields.Integer(string="Tickets", compute="_compute_ticket_count")

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for word in self:
            parent = word.parent_id.complete_name
            word.complete_name = f"{parent} / {word.name}" if parent else word.name

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [(self._ticket_field, "in", self.ids)],
                [self._ticket_field],
                ["__count"],
            )
        )
        for word in self:
            word.ticket_count = counts.get(word, 0)

    def action_view_tickets(self):
        """Open the tickets about this word and those below it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_faults"
        )
        return dict(
            action,
            domain=[(self._ticket_field, "child_of", self.id)],
            context={f"default_{self._ticket_field}": self.id},
            display_name=self.complete_name,
        )
