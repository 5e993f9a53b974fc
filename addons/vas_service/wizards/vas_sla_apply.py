from odoo import api, fields, models
from odoo.exceptions import UserError

SHOWN_LINES = 500


class VasSlaApply(models.TransientModel):
    """Shows what the present policy or working hours would do to the open clocks that
    run on an earlier version, and asks whether they shall."""

    _name = "vas.sla.apply"
    _description = "Effect of a Changed Promise on Open Clocks"

    policy_id = fields.Many2one("vas.sla.policy", readonly=True)
    calendar_id = fields.Many2one(
        "resource.calendar", string="Working hours", readonly=True
    )
    rule = fields.Selection(
        selection=lambda self: (
            self.env["vas.sla.policy"]
            ._fields["change_rule"]
            ._description_selection(self.env)
        ),
        string="Consumed time",
        help="Empty: each policy's own rule.",
    )
    clock_count = fields.Integer(string="Open clocks", readonly=True)
    later_count = fields.Integer(string="Later", readonly=True)
    earlier_count = fields.Integer(string="Earlier", readonly=True)
    same_count = fields.Integer(string="Unchanged", readonly=True)
    broken_count = fields.Integer(string="Broken by it", readonly=True)
    saved_count = fields.Integer(string="Saved by it", readonly=True)
    average_hours = fields.Float(
        string="Moved on average (h)",
        readonly=True,
        help="Calendar hours, positive is later.",
    )
    largest_hours = fields.Float(string="Moved at most (h)", readonly=True)
    line_ids = fields.One2many(
        "vas.sla.apply.line", "wizard_id", string="Moved deadlines", readonly=True
    )

    @api.model
    def _open(self, policy=None, calendar=None):
        """Return the action that shows the effect of a change."""
        wizard = self.create(
            {
                "policy_id": policy.id if policy else False,
                "calendar_id": calendar.id if calendar else False,
            }
        )
        wizard._preview()
        return wizard._get_action()

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Effect on open clocks"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _check_allowed(self):
        """Promises that were given are moved by administrators only."""
        if not self.env.user.has_group("vas_service.group_vas_service_admin"):
            raise UserError(
                self.env._("Only administrators of the service desk move deadlines.")
            )
        (self.policy_id or self.calendar_id).check_access("read")

    def _get_outdated(self, ids=None):
        """Return the open clocks that run on an earlier version, of *ids* only."""
        self.ensure_one()
        domain = [("outcome", "=", "open")]
        if ids is not None:
            domain.append(("id", "in", ids))
        if self.policy_id:
            policy = self.policy_id
            domain += [
                ("policy_id", "=", policy.id),
                ("policy_version", "!=", policy.version),
            ]
        else:
            current = self.env["vas.calendar.version"]._get_current(self.calendar_id)
            domain += [
                ("calendar_id", "=", self.calendar_id.id),
                ("calendar_version_id", "!=", current[self.calendar_id].id),
            ]
        return self.env["vas.sla.clock"].search(domain, order="id")

    def _get_changes(self, clocks):
        """Return ({clock: its present promise}, clocks without a promise any more)."""
        if not self.policy_id:
            return {c: (c.policy_id, c.target_id, c.calendar_id) for c in clocks}, (
                clocks.browse()
            )
        engine, changes, gone = self.env["vas.sla.engine"], {}, clocks.browse()
        targets = {target.key: target for target in self.policy_id.target_ids}
        for model, members in clocks.grouped("res_model").items():
            # Deadlines follow the rules, whoever may see the documents.
            records_sudo = self.env[model].sudo().browse(members.mapped("res_id"))
            calendars = engine._get_calendars(
                dict.fromkeys(records_sudo.exists(), self.policy_id)
            )
            by_id = {record.id: hours for record, hours in calendars.items()}
            for clock in members:
                target = targets.get(clock.key)
                if target and clock.res_id in by_id:
                    changes[clock] = (self.policy_id, target, by_id[clock.res_id])
                else:
                    gone |= clock
        return changes, gone

    def _preview(self):
        """Compute the effect; nothing but this wizard is written."""
        self._check_allowed()
        now = fields.Datetime.now()
        clocks = self._get_outdated()
        changes, gone = self._get_changes(clocks)
        moved, hours = [], []
        later = earlier = broken = saved = 0
        kept = clocks.browse([clock.id for clock in changes])
        for clock, state, _change, before in kept._retargeted(changes, now, self.rule):
            after = state.deadline.replace(tzinfo=None)
            shift = (after - before).total_seconds() / 3600
            if not shift:
                continue
            later += shift > 0
            earlier += shift < 0
            broken += after < now <= before
            saved += before < now <= after
            hours.append(shift)
            moved.append((abs(shift), clock, before, after, shift))
        moved.sort(key=lambda item: (-item[0], item[1].id))
        self.write(
            {
                "clock_count": len(clocks),
                "later_count": later,
                "earlier_count": earlier,
                "same_count": len(kept) - len(moved),
                "broken_count": broken,
                "saved_count": saved,
                "average_hours": sum(hours) / len(hours) if hours else 0.0,
                "largest_hours": max(hours, key=abs, default=0.0),
            }
        )
        # Lines are results that only this method writes.
        lines_sudo = self.env["vas.sla.apply.line"].sudo()
        # As above.
        self.line_ids.sudo().unlink()
        lines_sudo.create(
            [
                {
                    "wizard_id": self.id,
                    "clock_id": clock.id,
                    "deadline_before": before,
                    "deadline_after": after,
                    "shift_hours": shift,
                    "effect": "broken"
                    if after < now <= before
                    else "saved"
                    if before < now <= after
                    else False,
                }
                for _size, clock, before, after, shift in moved[:SHOWN_LINES]
            ]
            + [
                {
                    "wizard_id": self.id,
                    "clock_id": clock.id,
                    "deadline_before": clock.deadline,
                    "effect": "withdrawn",
                }
                for clock in gone[:SHOWN_LINES]
            ]
        )

    def action_preview(self):
        """Show the effect of another rule."""
        self.ensure_one()
        self._preview()
        return self._get_action()

    def action_apply(self):
        """Give the open clocks the present promise."""
        self.ensure_one()
        self._check_allowed()
        ids = self._get_outdated().ids
        # Many follow in background jobs; each is complete in itself and leaves alone
        # what is done.
        parts = self.env["vas.sla.engine"]._in_parts(ids)
        for number, part in enumerate(parts):
            if not number:
                self._apply_to(part)
                continue
            calendar = self.calendar_id
            self.policy_id.with_delay(
                identity_key=f"vas_sla_apply_{part[0]}_{part[-1]}",
                description=self.env._(
                    "New promise for %(count)s open clocks", count=len(part)
                ),
            )._apply_later(calendar.id, self.rule, part)
        self._note(
            self.env._(
                "Applied to %(count)s open clocks: %(later)s later, %(earlier)s "
                "earlier.",
                count=len(ids),
                later=self.later_count,
                earlier=self.earlier_count,
            )
        )
        close = {"type": "ir.actions.act_window_close"}
        if len(parts) < 2:
            return close
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "%(done)s of %(count)s open clocks are moved, the others follow "
                    "in the background.",
                    done=len(parts[0]),
                    count=len(ids),
                ),
                "next": close,
            },
        }

    def _apply_to(self, ids):
        """Give those of these clocks the present promise that have an earlier one."""
        self._check_allowed()
        now = fields.Datetime.now()
        # Open clocks are moved for everybody, as was shown.
        wizard_sudo = self.sudo()
        clocks_sudo = wizard_sudo._get_outdated(ids)
        clocks_sudo.lock_for_update()
        changes, gone = wizard_sudo._get_changes(clocks_sudo)
        clocks_sudo._retarget(changes, now, self.rule)
        gone._withdraw(now, self.env._("No policy promises this any more."))

    def action_only_new(self):
        """Leave the open clocks as they are; the decision is written down."""
        self.ensure_one()
        self._check_allowed()
        self._note(
            self.env._(
                "Holds for new clocks only: %(count)s open clocks keep the version "
                "they were promised in.",
                count=self.clock_count,
            )
        )
        return {"type": "ir.actions.act_window_close"}

    def _note(self, text):
        if self.policy_id:
            self.policy_id.message_post(body=text)
