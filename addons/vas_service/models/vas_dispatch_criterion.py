from odoo import api, fields, models


class VasDispatchCriterion(models.Model):
    """One thing by which a suggestion judges candidates, and how much it counts."""

    _name = "vas.dispatch.criterion"
    _description = "Criterion of Dispatch"
    _order = "profile_id, sequence, id"

    profile_id = fields.Many2one(
        "vas.dispatch.profile", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("area", "Area is covered"),
            ("skill", "Skills and levels"),
            ("station_capacity", "Capacity of the station that day"),
            ("station_open", "Open orders of the station"),
            ("engineer_capacity", "Capacity of the engineer that day"),
            ("duty", "On duty that day"),
            ("promise", "Arrives within the promise"),
            ("travel", "Way to the customer"),
            ("load", "Little to do"),
        ],
        string="What counts",
        required=True,
    )
    hard = fields.Boolean(
        string="Excludes", help="Who fails it is not suggested, whatever the points."
    )
    weight = fields.Float(string="Points at most", help="0: it excludes only.")
    best = fields.Float(
        string="Full points at",
        help="Way: kilometres in a straight line. Promise: hours to spare on arrival.",
    )
    worst = fields.Float(
        string="No points at",
        help="Beyond it there are no points either; a hard way ends here.",
    )

    _kind_uniq = models.UniqueIndex(
        "(profile_id, kind) WHERE active IS TRUE",
        "A profile names each criterion once.",
    )
    _weight_check = models.Constraint(
        "CHECK (weight >= 0)", "Points of a criterion are not negative."
    )
    _line_check = models.Constraint(
        "CHECK (kind NOT IN ('travel', 'promise') OR best <> worst)",
        "The way and the promise need two different ends of their line.",
    )

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = dict(self._fields["kind"]._description_selection(self.env))
        for criterion in self:
            criterion.display_name = names.get(criterion.kind, "")

    def _in_words(self, verdict):
        """Return one sentence: what was found about a candidate."""
        self.ensure_one()
        return getattr(self, f"_say_{self.kind}")(verdict.facts)

    def _say_area(self, facts):
        what = facts["what"]
        if what == "covered":
            return self.env._("area covered by the station")
        if what == "district":
            return self.env._("district covered by the station")
        if what == "registered":
            return self.env._("area without a station, registered here")
        if what == "not_engineer":
            return self.env._("not an area of the engineer")
        if what == "unknown":
            return self.env._("area of the site is not known")
        return self.env._("area not covered")

    def _say_skill(self, facts):
        if facts["missing"]:
            return self.env._(
                "skill missing: %(skills)s",
                skills=", ".join(need.name for need in facts["missing"]),
            )
        if not facts["asked"]:
            return self.env._("no special skill is asked for")
        if facts.get("station"):
            return self.env._("the station names a skilled engineer")
        return self.env._("has all skills")

    def _say_limit(self, facts, full):
        if not facts["limit"]:
            return self.env._("no limit")
        if facts["load"] >= facts["limit"]:
            return full
        return self.env._(
            "%(load)s of %(limit)s",
            load=f"{facts['load']:g}",
            limit=f"{facts['limit']:g}",
        )

    def _say_station_capacity(self, facts):
        full = self.env._(
            "capacity full (%(load)s of %(limit)s)",
            load=facts["load"],
            limit=facts["limit"],
        )
        return self._say_limit(facts, full)

    def _say_station_open(self, facts):
        full = self.env._(
            "too many open orders (%(load)s of %(limit)s)",
            load=facts["load"],
            limit=facts["limit"],
        )
        return self._say_limit(facts, full)

    def _say_engineer_capacity(self, facts):
        if facts["unit"] == "hours" and facts["limit"]:
            return self.env._(
                "%(load)s of %(limit)s hours planned",
                load=f"{facts['load']:.1f}",
                limit=f"{facts['limit']:g}",
            )
        full = self.env._(
            "day is full (%(load)s of %(limit)s)",
            load=f"{facts['load']:g}",
            limit=f"{facts['limit']:g}",
        )
        return self._say_limit(facts, full)

    def _say_load(self, facts):
        if not facts["limit"]:
            return self.env._("no limit of work")
        if facts["unit"] == "hours":
            return self._say_engineer_capacity(facts)
        return self.env._(
            "%(load)s of %(limit)s orders that day",
            load=f"{facts['load']:g}",
            limit=f"{facts['limit']:g}",
        )

    def _say_duty(self, facts):
        if facts["on_duty"]:
            return self.env._("on duty")
        return self.env._("not on duty that day")

    def _say_promise(self, facts):
        if facts["spare"] is None:
            return self.env._("nothing is promised")
        if facts["spare"] < 0:
            return self.env._(
                "arrives %(hours)s h after the promise", hours=f"{-facts['spare']:.1f}"
            )
        return self.env._(
            "arrives %(hours)s h before the promise ends", hours=f"{facts['spare']:.1f}"
        )

    def _say_travel(self, facts):
        if facts["km"] is None:
            return self.env._("way not known: a position is missing")
        return self.env._("%(km)s km in a straight line", km=f"{facts['km']:.1f}")
