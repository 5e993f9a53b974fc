from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.recurrence import Rhythm, Season


class VasCleaningTaskRule(models.Model):
    """How often a level cleans an item, and how well (a row of CLN-02)."""

    _name = "vas.cleaning.task.rule"
    _description = "Cleaning Frequency"
    _order = "level_id, item_id, sequence, id"

    level_id = fields.Many2one(
        "vas.cleaning.level", required=True, index=True, ondelete="cascade"
    )
    item_id = fields.Many2one(
        "vas.cleaning.item", required=True, index=True, ondelete="restrict"
    )
    zone = fields.Selection(related="item_id.zone", store=True)
    company_id = fields.Many2one(related="level_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(string="Work", required=True, translate=True)
    requirement = fields.Char(translate=True, help="What it is checked by.")
    is_planned = fields.Boolean(
        string="Planned",
        default=True,
        help="Work without a frequency is a requirement only; nothing is planned.",
    )
    times = fields.Integer(default=1, required=True)
    every = fields.Integer(default=1, required=True)
    unit = fields.Selection(
        selection=lambda self: self._selection_unit(), default="day", required=True
    )
    has_season = fields.Boolean(string="Other frequency in some months")
    season_from = fields.Selection(
        selection=lambda self: self._selection_month(), string="Season from"
    )
    season_to = fields.Selection(
        selection=lambda self: self._selection_month(), string="Season until"
    )
    season_times = fields.Integer(string="Times in season", default=1)
    season_every = fields.Integer(string="Every (in season)", default=1)
    season_unit = fields.Selection(
        selection=lambda self: self._selection_unit(),
        string="Unit in season",
        default="month",
    )
    frequency = fields.Char(compute="_compute_frequency")

    _times_check = models.Constraint(
        "CHECK (times > 0 AND every > 0 AND season_times > 0 AND season_every > 0)",
        "A frequency is at least once in one day, week or month.",
    )

    @api.model
    def _selection_unit(self):
        return [
            ("day", self.env._("day(s)")),
            ("week", self.env._("week(s)")),
            ("month", self.env._("month(s)")),
        ]

    @api.model
    def _selection_month(self):
        return [
            ("1", self.env._("January")),
            ("2", self.env._("February")),
            ("3", self.env._("March")),
            ("4", self.env._("April")),
            ("5", self.env._("May")),
            ("6", self.env._("June")),
            ("7", self.env._("July")),
            ("8", self.env._("August")),
            ("9", self.env._("September")),
            ("10", self.env._("October")),
            ("11", self.env._("November")),
            ("12", self.env._("December")),
        ]

    @api.constrains("has_season", "season_from", "season_to", "season_unit")
    def _check_season(self):
        for rule in self:
            if rule.has_season and not (
                rule.season_from and rule.season_to and rule.season_unit
            ):
                raise ValidationError(
                    self.env._(
                        "%(rule)s: the season has no months. Expected: the first and "
                        "the last month, and how often then.",
                        rule=rule.name,
                    )
                )

    @api.depends(
        "is_planned",
        "times",
        "every",
        "unit",
        "has_season",
        "season_from",
        "season_to",
        "season_times",
        "season_every",
        "season_unit",
    )
    @api.depends_context("lang")
    def _compute_frequency(self):
        months = dict(self._selection_month())
        for rule in self:
            if not rule.is_planned:
                rule.frequency = self.env._("as needed")
                continue
            text = rule._in_words(rule.times, rule.every, rule.unit)
            if rule.has_season and rule.season_from and rule.season_to:
                text = self.env._(
                    "%(usual)s; from %(first)s to %(last)s %(season)s",
                    usual=text,
                    first=months[rule.season_from],
                    last=months[rule.season_to],
                    season=rule._in_words(
                        rule.season_times, rule.season_every, rule.season_unit
                    ),
                )
            rule.frequency = text

    def _in_words(self, times, every, unit):
        units = dict(self._selection_unit())
        if every == 1:
            single = {
                "day": self.env._("%(times)s × a day", times=times),
                "week": self.env._("%(times)s × a week", times=times),
                "month": self.env._("%(times)s × a month", times=times),
            }
            return single.get(unit, "")
        return self.env._(
            "%(times)s × in %(every)s %(unit)s",
            times=times,
            every=every,
            unit=units.get(unit, ""),
        )

    @api.depends("item_id.name", "name")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = self.env._(
                "%(item)s: %(work)s", item=rule.item_id.name, work=rule.name
            )

    def _get_rhythm(self):
        """Return the pure :class:`Rhythm` of this row."""
        self.ensure_one()
        season = None
        if self.has_season:
            first, last = int(self.season_from), int(self.season_to)
            year = range(1, len(self._selection_month()) + 1)
            months = frozenset(
                month
                for month in year
                if (
                    first <= month <= last
                    if first <= last
                    else month >= first or month <= last
                )
            )
            season = Season(
                months, self.season_times, self.season_every, self.season_unit
            )
        return Rhythm(self.times, self.every, self.unit, season)
