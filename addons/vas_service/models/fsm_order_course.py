from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class FsmOrder(models.Model):
    """What may happen to a work order on the way: waiting, special handling, giving it
    back, cancelling it, finishing it."""

    _name = "fsm.order"
    _inherit = ["fsm.order"]

    def _vas_log(self, kind, **values):
        """Write a line of history about each of these orders."""
        # The history is written by what happens, by nobody's hand.
        events_sudo = self.env["vas.dispatch.event"].sudo()
        return events_sudo.create(
            [
                {
                    "order_id": order.id,
                    "kind": kind,
                    "user_id": self.env.uid,
                    "person_id": order.person_id.id,
                    "station_id": order.vas_station_id.id,
                    **values,
                }
                for order in self
            ]
        )

    # ------------------------------------------------------------------
    # Reasons
    # ------------------------------------------------------------------

    def _vas_open_reason(self, kind, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "vas.order.reason",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_order_ids": [fields.Command.set(self.ids)],
                "default_kind": kind,
            },
        }

    def action_vas_wait(self):
        return self._vas_open_reason("wait", self.env._("What is it waiting for?"))

    def action_vas_special(self):
        return self._vas_open_reason("special", self.env._("Special handling"))

    def action_vas_return(self):
        return self._vas_open_reason("return", self.env._("Back to dispatch"))

    def action_cancel(self):
        """Cancelling a repair says why; other work orders are cancelled as usual."""
        served = self.filtered("vas_station_id")
        if served and not self.env.context.get("vas_reason_given"):
            return self._vas_open_reason("cancel", self.env._("Cancel work orders"))
        return super().action_cancel()

    def action_vas_correct(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct times"),
            "res_model": "vas.order.time",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _vas_apply_reason(self, reason, note="", until=False):
        """Do what a reason stands for; each step checks who may and writes history."""
        self.check_access("write")
        self._lock_or_refuse()
        self.invalidate_recordset()
        for order in self:
            if not order.vas_is_open:
                raise UserError(
                    self.env._(
                        "%(order)s is finished already.", order=order.display_name
                    )
                )
        if not reason._is_for(self.env.user):
            raise AccessError(
                self.env._(
                    "“%(reason)s” may not be given by you. Ask a dispatcher.",
                    reason=reason.name,
                )
            )
        if reason.needs_note and not (note or "").strip():
            raise UserError(
                self.env._(
                    "“%(reason)s” asks for an explanation. Please write one.",
                    reason=reason.name,
                )
            )
        # Said first: who gives it back may not write on it any more.
        for order in self:
            order.message_post(
                body=": ".join(filter(None, (reason.name, note))),
                subtype_xmlid="mail.mt_note",
            )
        getattr(self, f"_vas_apply_{reason.kind}")(reason, note, until)

    def _vas_apply_special(self, reason, note, until):
        self._vas_log("special", reason_id=reason.id, note=note)

    def _vas_apply_wait(self, reason, note, until):
        """Wait: the clocks of the order and of its ticket stand still."""
        if until and until <= fields.Datetime.now():
            raise UserError(
                self.env._("“Until” is in the past. Choose a later time or leave it.")
            )
        for order in self.filtered("vas_wait_reason_id"):
            order._vas_end_wait()
        self._vas_log("wait", reason_id=reason.id, note=note)
        said = ": ".join(filter(None, (reason.name, note)))
        # Whoever works on the order may let it wait; the ticket waits with it.
        orders_sudo = self.sudo().with_context(vas_pause_reason=said)
        orders_sudo.write({"vas_wait_reason_id": reason.id})
        stage = reason.ticket_stage_id
        if not stage:
            return
        for order_sudo in orders_sudo:
            ticket_sudo = order_sudo.ticket_id
            if ticket_sudo and not ticket_sudo.closed and ticket_sudo.stage_id != stage:
                ticket_sudo._vas_pause(stage, said, until)

    def action_vas_resume(self):
        """Go on: what it was waiting for is there."""
        self.check_access("write")
        self._lock_or_refuse()
        self.invalidate_recordset()
        self.filtered("vas_wait_reason_id")._vas_end_wait()
        return True

    def _vas_end_wait(self):
        now = fields.Datetime.now()
        # As it began: by whoever works on the order, with the ticket.
        orders_sudo = self.sudo()
        orders_sudo.vas_event_ids.filtered(
            lambda event: event.kind == "wait" and not event.date_end
        ).write({"date_end": now})
        reasons = {order: order.vas_wait_reason_id for order in orders_sudo}
        orders_sudo.write({"vas_wait_reason_id": False})
        for order, reason in reasons.items():
            ticket_sudo = order.ticket_id
            if (
                reason.ticket_stage_id
                and ticket_sudo.stage_id == reason.ticket_stage_id
            ):
                ticket_sudo._vas_resume()

    def _vas_apply_return(self, reason, note, until):
        """Give it back: it waits again to be given out, and says why."""
        for order in self:
            if order.vas_arrived_at:
                raise UserError(
                    self.env._(
                        "%(order)s: somebody has been on site already; it cannot go "
                        "back to dispatch. Let it wait or cancel it.",
                        order=order.display_name,
                    )
                )
        self.filtered("vas_wait_reason_id")._vas_end_wait()
        self._vas_log("return", reason_id=reason.id, note=note)
        # The engineer gives it back without the right to give it out.
        self.sudo().with_context(vas_returning=True).write(
            {
                "person_id": False,
                "person_ids": [fields.Command.clear()],
                "vas_station_id": False,
                "vas_dispatched_at": False,
                "vas_accepted_at": False,
                "vas_departed_at": False,
                "stage_id": self._default_stage_id().id,
            }
        )

    def _vas_apply_cancel(self, reason, note, until):
        self.filtered("vas_wait_reason_id")._vas_end_wait()
        self._vas_log("cancel", reason_id=reason.id, note=note)
        # The reason says who may cancel; engineers may, for some reasons.
        orders_sudo = self.sudo().with_context(vas_reason_given=True)
        orders_sudo.write(
            {
                "vas_cancelled_at": fields.Datetime.now(),
                "vas_cancel_reason_id": reason.id,
            }
        )
        orders_sudo.action_cancel()

    # ------------------------------------------------------------------
    # The end
    # ------------------------------------------------------------------

    def action_complete(self):
        """Finish; when it was the last order of its ticket, propose to solve it."""
        course = self.env["vas.dispatch.step"]._get_course()
        for order in self.filtered("vas_station_id"):
            step = order._vas_next_step(course)
            if step:
                raise UserError(
                    self.env._(
                        "%(order)s cannot be finished: %(step)s is not entered.",
                        order=order.name,
                        step=step.display_name,
                    )
                )
        self.filtered("vas_wait_reason_id")._vas_end_wait()
        if self.ticket_id and not self.env["helpdesk.ticket"].has_access("write"):
            return self._vas_complete_without_ticket()
        return super().action_complete()

    def _vas_complete_without_ticket(self):
        """The engineer has no rights on tickets: its owner is asked to solve it."""
        self.with_context(bypass_order_completed_stage=True).write(
            {"stage_id": self.env.ref("fieldservice.fsm_stage_completed").id}
        )
        # Only a reminder is left on the ticket.
        for ticket_sudo in self.sudo().ticket_id:
            orders = ticket_sudo.fsm_order_ids
            if ticket_sudo.closed or not all(orders.mapped("is_closed")):
                continue
            ticket_sudo.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Repaired: solve the ticket?"),
                note=self.env._(
                    "All work orders are finished, the last one was %(order)s.",
                    order=orders.sorted("vas_repaired_at")[-1:].name,
                ),
                user_id=ticket_sudo.user_id.id
                or ticket_sudo.team_id.user_ids[:1].id
                or self.env.uid,
            )
        return True
