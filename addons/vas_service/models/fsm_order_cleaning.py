from odoo import fields, models


class FsmOrder(models.Model):
    """The cleaning of a day: one work order with its tasks."""

    _name = "fsm.order"
    _inherit = "fsm.order"

    vas_cleaning_line_id = fields.Many2one(
        "contract.line",
        string="Cleaning by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    vas_cleaning_date = fields.Date(string="Cleaning day", readonly=True, copy=False)
    vas_cleaning_task_ids = fields.One2many(
        "vas.cleaning.task", "order_id", string="Tasks of the day"
    )

    _vas_cleaning_uniq = models.UniqueIndex(
        "(vas_cleaning_line_id, vas_cleaning_date) "
        "WHERE vas_cleaning_line_id IS NOT NULL",
        "The cleaning of this day has a work order already.",
    )

    def _vas_get_demands(self):
        """Planned cleaning is paid by its line; it uses no visits."""
        self.ensure_one()
        return {} if self.vas_cleaning_line_id else super()._vas_get_demands()

    def action_vas_cleaning_done(self):
        """Tick all tasks of the day."""
        self.vas_cleaning_task_ids.action_done()
