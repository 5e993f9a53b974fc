from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError

from ..tools import scoring
from ..tools.scale import ScaleError, exact
from ..tools.scale import validate as validate_scale


class VasSimulation(models.Model):
    """The changed numbers of a simulation: tried without writing, or made a version."""

    _name = "vas.simulation"
    _inherit = "vas.simulation"

    def _get_changed_rules(self):
        """Return the rules of the version with the typed numbers, nothing written.

        :raises UserError: when the changed numbers make rules that cannot score.
        """
        self.ensure_one()
        rules = self.scorecard_id._get_rules()
        for change in self.change_ids:
            method = getattr(self, f"_change_{change.kind}")
            rules = method(rules, change)
        for rule in rules.criteria:
            try:
                validate_scale(rule.scale)
            except ScaleError as error:
                raise UserError(
                    self.env._(
                        "Criterion “%(criterion)s” cannot give points with the changed"
                        " numbers: %(error)s",
                        criterion=rule.criterion.name,
                        error=error,
                    )
                ) from error
        return rules

    @api.model
    def _change_weight(self, rules, change):
        code = change.section_id.code
        sections = tuple(
            (key, change.new_value if key == code else weight)
            for key, weight in rules.sections
        )
        return replace(rules, sections=sections)

    @api.model
    def _change_max_points(self, rules, change):
        return replace(
            rules,
            criteria=tuple(
                replace(rule, max_points=change.new_value)
                if rule.criterion == change.criterion_id
                else rule
                for rule in rules.criteria
            ),
        )

    @api.model
    def _change_left_out(self, rules, change):
        return replace(
            rules,
            criteria=tuple(
                rule for rule in rules.criteria if rule.criterion != change.criterion_id
            ),
        )

    @api.model
    def _change_knot(self, rules, change):
        position = change.scale_id.line_ids.ids.index(change.scale_line_id.id)
        return replace(
            rules,
            criteria=tuple(
                replace(
                    rule,
                    scale=self._move_knot(
                        rule.scale, position, change.new_value, change.new_points
                    ),
                )
                if rule.criterion == change.criterion_id
                else rule
                for rule in rules.criteria
            ),
        )

    @api.model
    def _move_knot(self, scale, position, value, points):
        """Return a copy of a scale with one of its points elsewhere."""
        if scale["type"] == "knots":
            knots = [list(knot) for knot in scale["knots"]]
            knots[position] = [value, points]
            return {**scale, "knots": knots}
        bands = self._move_bound([dict(b) for b in scale["bands"]], position, value)
        bands[position]["points"] = points
        return {**scale, "bands": bands}

    @api.model
    def _move_bound(self, bands, position, value):
        """Move a lower bound; the band that ended there ends at the new place."""
        old = bands[position]["min"]
        bands[position]["min"] = value
        for index, band in enumerate(bands):
            if (
                index != position
                and old is not None
                and band["max"] is not None
                and exact(band["max"]) == exact(old)
            ):
                band["max"] = value
        return bands

    @api.model
    def _change_band(self, rules, change):
        position = [rule.band for rule in rules.bands].index(change.band_id)
        bounds = self._move_bound(
            [dict(rule.bounds) for rule in rules.bands], position, change.new_value
        )
        return replace(
            rules,
            bands=tuple(
                replace(rule, bounds=bound)
                for rule, bound in zip(rules.bands, bounds, strict=True)
            ),
        )

    def _get_rule_problems(self, rules):
        """Return sentences about changed bands that overlap or leave a gap."""
        names = [rule.band.name for rule in rules.bands]
        return [
            self.scorecard_id._describe_band_problem(kind, names[one], names[two])
            for kind, one, two in scoring.band_problems(
                [rule.bounds for rule in rules.bands]
            )
        ]

    def action_make_version(self):
        """Make the next draft version with the changed numbers and open it.

        Scales are shared between scorecards, so a moved point gets a scale of its own.
        """
        self.ensure_one()
        if not self.change_ids:
            raise UserError(
                self.env._(
                    "%(simulation)s changes no numbers: the version tried is already"
                    " there.",
                    simulation=self.name,
                )
            )
        card = self.scorecard_id
        action = card.action_new_version()
        version = card.browse(action["res_id"])
        for change in self.change_ids:
            self._apply_change(change, version)
        return action

    def _apply_change(self, change, version):
        if change.kind == "weight":
            section = version.section_ids.filtered(
                lambda s: s.code == change.section_id.code
            )
            section.weight = change.new_value
            return
        if change.kind == "band":
            self._apply_band(change, version)
            return
        criterion = version.criterion_ids.filtered(
            lambda c: c.code == change.criterion_id.code
        )
        if change.kind == "max_points":
            criterion.max_points = change.new_value
        elif change.kind == "left_out":
            criterion.active = False
        else:
            position = change.scale_id.line_ids.ids.index(change.scale_line_id.id)
            source = criterion.scale_id
            moved = self._move_knot(
                source._to_dict(), position, change.new_value, change.new_points
            )
            values = self.env["vas.scale"]._values_from_dict(moved)
            criterion.scale_id = source.copy(
                {
                    "name": self.env._(
                        "%(scale)s (version %(version)s)",
                        scale=source.name,
                        version=version.version,
                    ),
                    "line_ids": values["line_ids"],
                }
            )

    def _apply_band(self, change, version):
        bands = version.band_ids.filtered(lambda b: not b.only_by_override)
        position = bands.mapped("code").index(change.band_id.code)
        bounds = self._move_bound(
            [band._bounds_dict() for band in bands], position, change.new_value
        )
        for band, bound in zip(bands, bounds, strict=True):
            if bound != band._bounds_dict():
                band.write(band._bounds_values(bound))
