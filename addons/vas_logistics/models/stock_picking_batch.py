from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.problem import load_rate


class StockPickingBatch(models.Model):
    _inherit = "stock.picking.batch"

    vas_is_transport = fields.Boolean(
        related="picking_type_id.vas_is_transport", string="Transport Trip"
    )
    vas_proposal_id = fields.Many2one(
        comodel_name="vas.codelivery.proposal",
        string="Proposal",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    vas_stop_ids = fields.One2many(
        related="vas_proposal_id.stop_ids", string="Planned Stops"
    )
    vas_stop_chain = fields.Json(related="vas_proposal_id.stop_chain")
    vas_load_legs = fields.Json(string="Load per Leg", compute="_compute_vas_load_legs")
    vas_load_rate = fields.Float(
        string="Load Rate",
        compute="_compute_vas_load_rate",
        store=True,
        aggregator="avg",
        help="The larger of the weight and the volume share on the fullest leg.",
    )
    vas_warning = fields.Char(string="Trip Warning", compute="_compute_vas_warning")

    def _get_vas_legs(self):
        """Load on each leg of every batch, counted from its own orders.

        Orders ride from the first planned stop at their origin to the next at their
        destination. An order without planned stops, or a batch without plan, counts
        on every leg: never less than the truth.

        :return: ``{batch id: [(from name, to name, kg, m3), …]}``
        """
        result = {}
        for batch in self:
            stops = batch.vas_proposal_id.stop_ids.sorted("sequence")
            legs = list(pairwise(stops))
            loads = [[0.0, 0.0] for _leg in legs] or [[0.0, 0.0]]
            for order in batch.picking_ids:
                if order.state == "cancel":
                    continue
                first, last = 0, len(loads)
                for index, stop in enumerate(stops):
                    if order in stop.pickup_ids:
                        first = index
                    if order in stop.delivery_ids:
                        last = index
                for load in loads[first:last]:
                    load[0] += order.vas_kg
                    load[1] += order.vas_m3
            names = [
                (start.outlet_id.display_name, end.outlet_id.display_name)
                for start, end in legs
            ] or [("", "")]
            result[batch.id] = [
                (start, end, kg, m3)
                for (start, end), (kg, m3) in zip(names, loads, strict=True)
            ]
        return result

    @api.depends(
        "picking_ids.vas_kg",
        "picking_ids.vas_m3",
        "picking_ids.state",
        "vas_proposal_id.stop_ids",
        "vehicle_category_id.weight_capacity",
        "vehicle_category_id.volume_capacity",
    )
    def _compute_vas_load_rate(self):
        capacities = self.vehicle_category_id._get_vas_capacities()
        transport = self.filtered("vas_is_transport")
        legs = transport._get_vas_legs()
        for batch in self:
            kg, m3 = capacities.get(batch.vehicle_category_id.id, (0.0, 0.0))
            loads = [(leg[2], leg[3]) for leg in legs.get(batch.id, [])]
            batch.vas_load_rate = load_rate(loads, kg, m3)

    @api.depends("vas_load_rate", "picking_ids.vas_kg", "picking_ids.vas_m3")
    def _compute_vas_load_legs(self):
        capacities = self.vehicle_category_id._get_vas_capacities()
        transport = self.filtered("vas_is_transport")
        legs = transport._get_vas_legs()
        proposals = self.env["vas.codelivery.proposal"]
        warnings = {
            company: proposals._get_warning_rate(company) for company in self.company_id
        }
        for batch in self:
            kg, m3 = capacities.get(batch.vehicle_category_id.id, (0.0, 0.0))
            batch.vas_load_legs = proposals._prepare_load_bar(
                legs.get(batch.id, []), kg, m3, warnings.get(batch.company_id, 0.0)
            )

    @api.depends(
        "vehicle_category_id", "picking_ids.vas_cargo_class_id", "vas_load_rate"
    )
    def _compute_vas_warning(self):
        for batch in self:
            allowed = batch.vehicle_category_id.vas_cargo_class_ids
            wrong = batch.picking_ids.vas_cargo_class_id - allowed
            batch.vas_warning = False
            if batch.vas_is_transport and allowed and wrong:
                batch.vas_warning = self.env._(
                    "Vehicle class %(category)s is not meant for %(classes)s.",
                    category=batch.vehicle_category_id.name,
                    classes=", ".join(wrong.mapped("name")),
                )

    def action_confirm(self):
        """A trip above the capacity of its vehicle is refused (FLT-02)."""
        self._check_vas_load()
        return super().action_confirm()

    def _check_vas_load(self):
        capacities = self.vehicle_category_id._get_vas_capacities()
        for batch in self.filtered("vas_is_transport"):
            kg, m3 = capacities.get(batch.vehicle_category_id.id, (0.0, 0.0))
            for number, leg in enumerate(batch._get_vas_legs()[batch.id], 1):
                over_kg = leg[2] - kg if kg else 0
                over_m3 = leg[3] - m3 if m3 else 0
                if over_kg > 0.01 or over_m3 > 0.01:
                    raise UserError(
                        self.env._(
                            "Batch %(batch)s: leg %(number)s is over by %(kg).0f kg "
                            "and %(m3).1f m³. Take an order off or choose a larger "
                            "vehicle.",
                            batch=batch.name,
                            number=number,
                            kg=max(over_kg, 0),
                            m3=max(over_m3, 0),
                        )
                    )

    def action_cancel(self):
        """Orders of a cancelled trip can be planned again.

        A trip that delivered something is not cancelled but ends with that.
        """
        begun = self.filtered(
            lambda batch: (
                batch.vas_is_transport and "done" in batch.picking_ids.mapped("state")
            )
        )
        begun.picking_ids._vas_leave_trip()
        self -= begun
        if not self:
            return True
        orders = self.picking_ids.filtered("vas_is_transport")
        # Whoever may cancel the trip also frees its proposal.
        proposals_sudo = self.sudo().vas_proposal_id
        result = super().action_cancel()
        orders._clear_vas_schedule()
        proposals_sudo._on_batch_cancelled()
        return result
