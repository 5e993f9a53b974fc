from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.checker import check
from ..tools.problem import solution_rank


class VasCodeliveryWhatIf(models.TransientModel):
    """What if: another fleet, window or outlet, side by side; nothing is written."""

    _name = "vas.codelivery.what.if"
    _description = "What If"

    plan_id = fields.Many2one(
        comodel_name="vas.codelivery.plan",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="plan_id.company_id")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    kind = fields.Selection(
        selection=[
            ("more", "One vehicle more"),
            ("less", "One vehicle less"),
            ("window", "Another window"),
            ("outlet", "Another outlet"),
        ],
        string="What Changes",
        required=True,
        default="more",
    )
    vehicle_id = fields.Many2one(
        comodel_name="fleet.vehicle",
        domain="[('vas_start_outlet_id.company_id', '=', company_id)]",
        help="One vehicle more: which one, or one like which one.",
    )
    picking_ids = fields.Many2many(
        comodel_name="stock.picking",
        relation="vas_codelivery_what_if_picking_rel",
        string="Orders",
        domain="[('vas_is_transport', '=', True), ('company_id', '=', company_id)]",
    )
    hours = fields.Float(
        string="Window Wider by (h)", help="Earlier and later, pickup and delivery."
    )
    outlet_id = fields.Many2one(
        comodel_name="vas.outlet",
        string="Deliver To",
        domain="[('company_id', '=', company_id)]",
    )
    has_result = fields.Boolean()
    now_cost = fields.Monetary(string="Cost Now")
    then_cost = fields.Monetary(string="Cost Then")
    now_served = fields.Integer(string="Served Now")
    then_served = fields.Integer(string="Served Then")
    now_vehicles = fields.Integer(string="Vehicles Now")
    then_vehicles = fields.Integer(string="Vehicles Then")
    now_km = fields.Float(string="Distance Now (km)")
    then_km = fields.Float(string="Distance Then (km)")
    difference = fields.Monetary(compute="_compute_verdict")
    verdict = fields.Char(compute="_compute_verdict")

    @api.depends("now_cost", "then_cost", "now_served", "then_served", "has_result")
    def _compute_verdict(self):
        for wizard in self:
            more = wizard.then_served - wizard.now_served
            wizard.difference = wizard.then_cost - wizard.now_cost
            money = wizard.currency_id.format(abs(wizard.difference))
            if not wizard.has_result:
                wizard.verdict = False
            elif wizard.difference < 0:
                wizard.verdict = self.env._(
                    "%(money)s cheaper, %(more)+d orders served.",
                    money=money,
                    more=more,
                )
            else:
                wizard.verdict = self.env._(
                    "%(money)s dearer, %(more)+d orders served.", money=money, more=more
                )

    def action_compare(self):
        """Plan both ways with the same engine, seed and time; keep only the numbers."""
        self.ensure_one()
        plan = self.plan_id
        plan.check_access("read")
        orders = plan.picking_ids.filtered(
            lambda order: order.state not in ("done", "cancel")
        )
        if not orders or not plan.vehicle_ids:
            raise UserError(
                self.env._(
                    "Plan %(plan)s has no orders or no vehicles to compare with.",
                    plan=plan.name,
                )
            )
        now = plan._prepare_problem(orders, plan.vehicle_ids)
        solutions = [self._solve(now), self._solve(self._change(now, orders))]
        values = {"has_result": True}
        for name, solution in zip(("now", "then"), solutions, strict=True):
            values |= {
                f"{name}_cost": solution.cost,
                f"{name}_served": len(orders) - len(solution.unserved),
                f"{name}_vehicles": len(solution.routes),
                f"{name}_km": sum(route.km for route in solution.routes),
            }
        self.write(values)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What If"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _solve(self, problem):
        plan = self.plan_id
        solution = plan._get_solver().solve(
            problem, plan.profile_id.solver_seconds, plan._get_seed()
        )
        faults = check(problem, solution)
        if faults:
            raise UserError("\n".join(faults))
        return solution

    def _change(self, problem, orders):
        """The problem as it would be."""
        match self.kind:
            case "more":
                return self._with_one_more(problem, orders)
            case "less":
                return self._with_one_less(problem)
            case "window":
                return self._with_wider_windows(problem)
            case _:
                return self._with_another_outlet(orders)

    def _with_one_more(self, problem, orders):
        vehicle = self._need("vehicle_id")
        plan = self.plan_id
        whole = plan._prepare_problem(orders, plan.vehicle_ids | vehicle)
        if vehicle in plan.vehicle_ids:
            alike = next(v for v in whole.vehicles if v.id == str(vehicle.id))
            another = replace(alike, id=f"{alike.id}+")
            return replace(whole, vehicles=(*whole.vehicles, another))
        return whole

    def _with_one_less(self, problem):
        """Without the vehicle named, or without the one that is missed least."""
        vehicles = problem.vehicles
        if self.vehicle_id:
            kept = tuple(v for v in vehicles if v.id != str(self.vehicle_id.id))
            return replace(problem, vehicles=kept)
        kinds = problem.kinds
        ways = [
            replace(problem, vehicles=tuple(v for v in vehicles if v is not kind))
            for kind in kinds
        ]
        # Each way is looked at quickly; the best one is planned in full.
        quick = self.env["vas.codelivery.engine"]._get_quick_solver()
        return min(
            ways,
            key=lambda way: solution_rank(
                problem, quick.solve(way, self.plan_id.profile_id.solver_seconds)
            ),
        )

    def _with_wider_windows(self, problem):
        chosen = {str(order.id) for order in self._need("picking_ids")}
        hours = self._need("hours")

        def wide(window):
            return window and (window[0] - hours, window[1] + hours)

        return replace(
            problem,
            orders=tuple(
                replace(order, pickup=wide(order.pickup), deliver=wide(order.deliver))
                if order.id in chosen
                else order
                for order in problem.orders
            ),
        )

    def _with_another_outlet(self, orders):
        chosen = {str(order.id) for order in self._need("picking_ids")}
        outlet = self._need("outlet_id")
        plan = self.plan_id
        # The roads to the other outlet are asked for together with all others.
        problem = plan._prepare_problem(orders, plan.vehicle_ids, more_outlets=outlet)
        return replace(
            problem,
            orders=tuple(
                replace(order, destination=str(outlet.id))
                if order.id in chosen and order.origin != str(outlet.id)
                else order
                for order in problem.orders
            ),
        )

    def _need(self, name):
        if not self[name]:
            raise UserError(
                self.env._(
                    "Please fill in %(field)s.",
                    field=self._fields[name]._description_string(self.env),
                )
            )
        return self[name]
