from odoo import api, fields, models
from odoo.exceptions import UserError


class VasDispatchSuggest(models.TransientModel):
    """Every candidate for a work order with its points and reasons."""

    _name = "vas.dispatch.suggest"
    _description = "Dispatch Suggestion"

    order_id = fields.Many2one(
        "fsm.order", string="Work order", required=True, ondelete="cascade"
    )
    profile_id = fields.Many2one("vas.dispatch.profile", readonly=True)
    # Who had it when the suggestion was made: another dispatcher may be faster.
    before_person_id = fields.Many2one("fsm.person", readonly=True)
    before_station_id = fields.Many2one("vas.service.station", readonly=True)
    line_ids = fields.One2many(
        "vas.dispatch.suggest.line", "suggest_id", string="Candidates"
    )
    vas_sla = fields.Json(related="order_id.vas_sla")
    location_id = fields.Many2one(related="order_id.location_id")
    territory_id = fields.Many2one(related="order_id.territory_id", string="Area")
    vas_skill_need_ids = fields.One2many(related="order_id.vas_skill_need_ids")
    summary = fields.Char(compute="_compute_summary")
    note = fields.Char(
        string="Why all the same",
        help="Only to give it to somebody who is excluded.",
    )

    @api.depends("line_ids.excluded")
    def _compute_summary(self):
        for wizard in self:
            fit = wizard.line_ids.filtered(lambda line: not line.excluded)
            wizard.summary = (
                self.env._(
                    "%(fit)s of %(all)s candidates can do it; the first is suggested.",
                    fit=len(fit),
                    all=len(wizard.line_ids),
                )
                if fit
                else self.env._("Nobody can do it; the reasons are below.")
            )

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards.order_id._vas_check_dispatcher()
        profile = self.env["vas.dispatch.profile"]._get_profile()
        rankings = profile._suggest(wizards.order_id)
        lines = []
        for wizard in wizards:
            order = wizard.order_id
            wizard.write(
                {
                    "profile_id": profile.id,
                    "before_person_id": order.person_id.id,
                    "before_station_id": order.vas_station_id.id,
                }
            )
            lines += [
                {
                    "suggest_id": wizard.id,
                    "rank": entry.rank,
                    "person_id": entry.candidate.engineer or False,
                    "station_id": entry.candidate.station.key,
                    "points": entry.points,
                    "excluded": entry.excluded,
                    "reasons": profile._reasons(entry, excluded=entry.excluded),
                    "verdicts": profile._explain(entry),
                }
                for entry in rankings.get(order, [])
            ]
        self.env["vas.dispatch.suggest.line"].create(lines)
        return wizards

    def _give_out(self, line):
        """Give the order to a candidate, unless things have changed."""
        self.ensure_one()
        order, note = self.order_id, (self.note or "").strip()
        order._vas_check_dispatcher()
        order._lock_or_refuse()
        line.station_id._lock_or_refuse()
        order.invalidate_recordset()
        order._vas_check_unchanged(self.before_person_id, self.before_station_id)
        if not order.vas_is_open or order.vas_departed_at:
            raise UserError(
                self.env._(
                    "%(order)s is on its way or finished and stays where it is.",
                    order=order.name,
                )
            )
        profile = self.profile_id
        entry = next(
            (
                entry
                for entry in profile._suggest(order)[order]
                if (entry.candidate.engineer or False) == line.person_id.id
                and entry.candidate.station.key == line.station_id.id
            ),
            None,
        )
        excluded = entry is None or entry.excluded
        if excluded and not note:
            raise UserError(
                self.env._(
                    "%(who)s is excluded: %(reasons)s. Choose another one, or fill in "
                    "“Why all the same”.",
                    who=line.person_id.name or line.station_id.name,
                    reasons=profile._reasons(entry, excluded=True)
                    if entry
                    else self.env._("no longer a candidate"),
                )
            )
        why = profile._reasons(entry) if entry else ""
        order._vas_give_out(
            line.person_id, line.station_id, why, forced=excluded, note=note
        )
        order.message_post(
            body=self.env._(
                "Given to %(who)s: %(why)s",
                who=line.display_name,
                why=note if excluded else why,
            ),
            subtype_xmlid="mail.mt_note",
        )
        return {"type": "ir.actions.act_window_close"}
