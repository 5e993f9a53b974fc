from odoo import api, fields, models


class VasCodeliveryUnserved(models.Model):
    """An order that the plan could not serve: the reason and the cure."""

    _name = "vas.codelivery.unserved"
    _description = "Order Not Planned"
    _order = "plan_id desc, reason, id"
    _check_company_auto = True

    plan_id = fields.Many2one(
        comodel_name="vas.codelivery.plan",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, index=True, precompute=True
    )
    picking_id = fields.Many2one(
        comodel_name="stock.picking",
        string="Order",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    owner_id = fields.Many2one(related="picking_id.owner_id", string="Shipper")
    vas_origin_id = fields.Many2one(related="picking_id.vas_origin_id")
    vas_destination_id = fields.Many2one(related="picking_id.vas_destination_id")
    vas_kg = fields.Float(related="picking_id.vas_kg")
    vas_m3 = fields.Float(related="picking_id.vas_m3")
    reason = fields.Selection(
        selection=[
            ("capacity", "Too large"),
            ("class", "Cargo class"),
            ("unreachable", "No lane"),
            ("time_window", "Time window"),
            ("hours", "Working time"),
            ("no_vehicle", "No vehicle left"),
            ("no_time", "Planning time over"),
            ("taken_off", "Taken off by hand"),
        ],
        required=True,
    )
    spare_reason = fields.Selection(
        selection=[
            ("capacity", "Too small"),
            ("class", "Cargo class"),
            ("unreachable", "No lane"),
            ("time_window", "Too late"),
            ("no_vehicle", "None is free"),
        ],
        string="Why Not on a Free Vehicle",
        readonly=True,
    )
    missing_hours = fields.Float(
        readonly=True,
        help="How late the best direct trip would be.",
    )
    closed_outlet_id = fields.Many2one(
        comodel_name="vas.outlet",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        help="Without the working hours of this outlet the order could go.",
    )
    closed_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Closed Address",
        readonly=True,
        index="btree_not_null",
        help="Without the loading hours of this address the order could go.",
    )
    closed_window = fields.Selection(
        selection=[("pickup", "Pickup window"), ("deliver", "Delivery window")],
        readonly=True,
        help="The window of the order that never meets the hours.",
    )
    never_open = fields.Boolean(
        readonly=True,
        help="The hours never meet within the plan: no vehicle could help.",
    )
    extra_cost = fields.Float(
        readonly=True, help="What the order costs on a vehicle of its own."
    )
    explanation = fields.Char(compute="_compute_texts")
    cure = fields.Char(compute="_compute_texts")

    @api.depends(
        "reason",
        "picking_id",
        "missing_hours",
        "extra_cost",
        "spare_reason",
        "closed_outlet_id",
        "closed_partner_id",
        "closed_window",
        "never_open",
    )
    @api.depends_context("lang")
    def _compute_texts(self):
        for line in self:
            line.explanation, line.cure = line._get_texts()

    def _get_texts(self):
        """The reason as a sentence, and what the dispatcher can do about it."""
        self.ensure_one()
        order = self.picking_id
        vehicles = self.plan_id.vehicle_ids
        match self.reason:
            case "capacity":
                return (
                    self.env._(
                        "%(kg).0f kg and %(m3).1f m³ fit on no allowed vehicle; the "
                        "largest takes %(max_kg).0f kg and %(max_m3).1f m³.",
                        kg=order.vas_kg,
                        m3=order.vas_m3,
                        max_kg=max(vehicles.mapped("vas_kg_capacity"), default=0),
                        max_m3=max(vehicles.mapped("vas_m3_capacity"), default=0),
                    ),
                    self.env._("Add a larger vehicle or split the order."),
                )
            case "class":
                return (
                    self.env._(
                        "No vehicle of the plan may carry %(name)s.",
                        name=order.vas_cargo_class_id.name,
                    ),
                    self.env._("Add a vehicle whose class allows this cargo."),
                )
            case "unreachable":
                return (
                    self.env._(
                        "There is no lane for a vehicle to %(origin)s and on to "
                        "%(destination)s.",
                        origin=order.vas_origin_id.display_name,
                        destination=order.vas_destination_id.display_name,
                    ),
                    self.env._("Ask the administrator to add the missing lane."),
                )
            case "time_window" if self.never_open:
                return (
                    self.env._(
                        "Never at the same time within the plan: %(names)s.",
                        names=", ".join(self._get_closed_names()),
                    ),
                    self.env._("Change one of them, or plan for another day."),
                )
            case "time_window" if self.closed_outlet_id or self.closed_partner_id:
                closed = self.closed_outlet_id or self.closed_partner_id
                return (
                    self.env._(
                        "Not even a direct trip comes to %(outlet)s while it is open: "
                        "it is %(time)s late.",
                        outlet=closed.display_name,
                        time=self._get_missing_time(),
                    ),
                    self.env._(
                        "Let %(outlet)s stay open, let a vehicle start earlier, or "
                        "plan for another day.",
                        outlet=closed.display_name,
                    ),
                )
            case "time_window":
                return (
                    self.env._(
                        "Not even a direct trip keeps the times of the order: it is "
                        "%(time)s late.",
                        time=self._get_missing_time(),
                    ),
                    self.env._(
                        "Widen the window by %(time)s, or let a vehicle start "
                        "that much earlier.",
                        time=self._get_missing_time(),
                    ),
                )
            case "taken_off":
                return (
                    self.env._("The dispatcher took the order off its trip."),
                    self.env._("Put it on a trip, or plan again."),
                )
            case "no_time":
                return (
                    self.env._(
                        "The planning time was over before every trip was tried."
                    ),
                    self.env._(
                        "Plan again with more seconds, or put it on a trip by hand."
                    ),
                )
            case _:
                return (
                    self._get_used_up_text(),
                    self.env._(
                        "Add a vehicle (%(cost)s), or leave the order for the next "
                        "plan.",
                        cost=self.plan_id.currency_id.format(self.extra_cost),
                    )
                    if self.extra_cost
                    else self.env._(
                        "Add a vehicle, or leave the order for the next plan."
                    ),
                )

    def _get_used_up_text(self):
        """Why no trip takes the order, and what is wrong with the free vehicles."""
        match self.spare_reason:
            case "capacity":
                return self.env._(
                    "The vehicles that could take it are used up by orders that go "
                    "first; the free ones are too small."
                )
            case "class":
                return self.env._(
                    "The vehicles that could take it are used up by orders that go "
                    "first; the free ones may not carry its cargo class."
                )
            case "unreachable":
                return self.env._(
                    "The vehicles that could take it are used up by orders that go "
                    "first; the free ones have no lane to it."
                )
            case "time_window":
                return self.env._(
                    "The vehicles that could take it are used up by orders that go "
                    "first; the free ones would be too late."
                )
            case _ if not self.plan_id.trip_count:
                return self.env._("No vehicle of the plan is free in its time.")
            case _:
                return self.env._("The vehicles are used up by orders that go first.")

    def _get_closed_names(self):
        """What never meets: hours of the outlet and of the address, the window."""
        names = []
        if self.closed_outlet_id:
            names.append(
                self.env._(
                    "working hours of %(outlet)s",
                    outlet=self.closed_outlet_id.display_name,
                )
            )
        if self.closed_partner_id:
            names.append(
                self.env._(
                    "loading hours of %(partner)s",
                    partner=self.closed_partner_id.display_name,
                )
            )
        if self.closed_window == "pickup":
            names.append(self.env._("pickup window of the order"))
        elif self.closed_window == "deliver":
            names.append(self.env._("delivery window of the order"))
        return names

    def _get_missing_time(self):
        return self._get_time_text(max(round(self.missing_hours * 60), 1))

    def _get_time_text(self, minutes):
        """Minutes in two units at most: 5 h 55 min."""
        hours, rest = divmod(minutes, 60)
        if not hours:
            return self.env._("%(minutes)s min", minutes=rest)
        if not rest:
            return self.env._("%(hours)s h", hours=hours)
        return self.env._("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
