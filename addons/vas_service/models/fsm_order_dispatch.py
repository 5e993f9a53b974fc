from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import identity_exact

_lt = LazyTranslate(__name__)


class FsmOrder(models.Model):
    """Work orders are given to a station and an engineer, with the reasons."""

    _name = "fsm.order"
    _inherit = ["fsm.order"]

    person_id = fields.Many2one(
        group_expand="_read_group_vas_persons",
        # Odoo translates this word at runtime, from the addon that marks it.
        falsy_value_label=_lt("Not given out"),  # pylint: disable=translation-field
    )
    vas_dispatch_why = fields.Text(
        string="Why this engineer",
        readonly=True,
        copy=False,
        help="What the suggestion said when the order was given out.",
    )
    vas_dispatch_problem = fields.Text(
        string="Why nobody",
        readonly=True,
        copy=False,
        help="What excluded every candidate when the order was last to be given out.",
    )

    @api.model
    def _read_group_vas_persons(self, persons, domain):
        """On the board every engineer has a column, those without work too."""
        if not self.env.context.get("vas_board"):
            return persons
        return persons | persons.search(
            [
                ("vas_station_id.company_id", "in", self.env.companies.ids),
                ("vas_station_id.mode", "=", "engineers"),
            ],
            order="vas_station_id, name",
        )

    @api.model
    @api.readonly
    def web_read_group(self, domain, groupby, *args, opening_info=None, **kwargs):
        """On the board the column of what waits is open; Odoo folds empty values."""
        if self.env.context.get("vas_board") and not opening_info:
            if groupby and groupby[0] == "person_id":
                limit = kwargs.get("unfold_read_default_limit")
                opening_info = [
                    {"value": False, "folded": False, "limit": limit, "offset": 0}
                ]
        return super().web_read_group(
            domain, groupby, *args, opening_info=opening_info, **kwargs
        )

    # ------------------------------------------------------------------
    # Suggestion
    # ------------------------------------------------------------------

    def _vas_check_dispatcher(self):
        if not self.env.user.has_group("fieldservice.group_fsm_dispatcher"):
            raise AccessError(self.env._("Work orders are given out by dispatchers."))

    def action_vas_suggest(self):
        """Show who could do it, with the reasons, to give it out with one click."""
        self.ensure_one()
        self._vas_check_dispatcher()
        wizard = self.env["vas.dispatch.suggest"].create({"order_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who does %(order)s?", order=self.name),
            "res_model": "vas.dispatch.suggest",
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def _vas_give_out(self, person, station, why, forced=False, note=""):
        """Give these orders to an engineer or a station; the rows are locked."""
        values = {
            "person_id": person.id,
            "vas_station_id": station.id,
            "vas_dispatched_at": fields.Datetime.now(),
            "vas_dispatch_why": why,
            "vas_dispatch_problem": False,
        }
        stage = self.env.ref("vas_service.fsm_stage_dispatched")
        fresh = self.filtered(lambda order: not order.vas_accepted_at)
        # The candidate was checked; a name written by hand would be checked again.
        self.sudo().write(values)
        # As above.
        fresh.sudo().write({"stage_id": stage.id})
        self._vas_log("forced" if forced else "dispatch", note=note or why)

    def _vas_check_unchanged(self, person, station):
        """Refuse when another dispatcher was faster."""
        self.ensure_one()
        if (self.person_id, self.vas_station_id) == (person, station):
            return
        # Whoever dispatches may know who was faster.
        event = self.sudo().vas_event_ids.filtered(
            lambda line: line.kind in ("dispatch", "forced", "return", "cancel")
        )[:1]
        raise UserError(
            self.env._(
                "%(order)s was given to %(who)s by %(user)s in the meantime. Look "
                "again before you change that.",
                order=self.name,
                who=self.person_id.name
                or self.vas_station_id.name
                or self.env._("nobody"),
                user=event.user_id.name or self.env._("somebody"),
            )
        )

    # ------------------------------------------------------------------
    # All that are not given out
    # ------------------------------------------------------------------

    @api.model
    def _vas_waiting_domain(self):
        """Work orders that wait to be given out."""
        return (
            Domain("vas_is_open", "=", True)
            & Domain("person_id", "=", False)
            & Domain("vas_station_id", "=", False)
        )

    @api.model
    def action_vas_dispatch_all(self):
        """Give out everything that waits, the least time left first."""
        self._vas_check_dispatcher()
        profile = self.env["vas.dispatch.profile"]._get_profile()
        domain = self._vas_waiting_domain() & Domain(
            "company_id", "=", self.env.company.id
        )
        orders = self.search(domain, order="vas_due_at, priority desc, id")
        if not orders:
            return self._vas_notify(
                "info", self.env._("No work order waits to be given out.")
            )
        return orders._vas_dispatch_or_queue(profile)

    def action_vas_dispatch_selected(self):
        """Give out those of the selected orders that wait."""
        self._vas_check_dispatcher()
        profile = self.env["vas.dispatch.profile"]._get_profile()
        orders = self.filtered_domain(self._vas_waiting_domain())
        if not orders:
            return self._vas_notify(
                "info", self.env._("None of the selected work orders waits.")
            )
        return orders._vas_dispatch_or_queue(profile)

    def _vas_dispatch_or_queue(self, profile):
        if len(self) > profile.background_orders:
            # The same work orders wait once, however often they are given out.
            self.with_delay(
                identity_key=identity_exact,
                description=self.env._(
                    "Give out %(count)s work orders", count=len(self)
                ),
            )._vas_dispatch_job(profile)
            return self._vas_notify(
                "info",
                self.env._(
                    "%(count)s work orders are given out in the background.",
                    count=len(self),
                ),
            )
        done, left = self._vas_dispatch_now(profile)
        return self._vas_notify(
            "success" if not left else "warning",
            self.env._(
                "%(done)s work orders given out, %(left)s left without a candidate.",
                done=len(done),
                left=len(left),
            ),
        )

    def _vas_dispatch_stations(self):
        """Return the stations that are held while these orders are given out."""
        return self.env["vas.service.station"].search(
            [("company_id", "in", self.company_id.ids)], order="id"
        )

    def _vas_dispatch_job(self, profile):
        """Give out these orders in the background; while somebody else gives out work,
        the job waits for its turn instead of failing."""
        stations = self._vas_dispatch_stations()
        if stations.try_lock_for_update() != stations:
            raise RetryableJobError(
                self.env._("Somebody else is giving out work orders."),
                ignore_retry=True,
            )
        done, left = self._vas_dispatch_now(profile)
        return self.env._(
            "%(done)s work orders given out, %(left)s left without a candidate.",
            done=len(done),
            left=len(left),
        )

    def _vas_dispatch_now(self, profile):
        """Give out these orders; may be run again: what is given out stays so.

        :return: (orders given out, orders nobody can do)
        """
        # Whoever is giving one out right now keeps it; stations are held, so that two
        # runs do not both use the last free place.
        orders = self.try_lock_for_update()
        orders.invalidate_recordset(["person_id", "vas_station_id", "stage_id"])
        orders = orders.filtered_domain(self._vas_waiting_domain())
        orders._vas_dispatch_stations()._lock_or_refuse()
        persons, stations = self.env["fsm.person"], self.env["vas.service.station"]
        groups, problems = {}, {}
        for order, ranking in profile._suggest_all(orders).items():
            best = ranking[0] if ranking else None
            if best is None or best.excluded:
                problems[order] = self._vas_say_problem(profile, ranking)
                continue
            groups.setdefault(
                (best.candidate.engineer, best.candidate.station.key), []
            ).append((order, profile._reasons(best)))
        done = self.browse()
        for (engineer, station), members in groups.items():
            given = self.browse([order.id for order, _why in members])
            given._vas_give_out(
                persons.browse(engineer or []), stations.browse(station), False
            )
            for order, why in members:
                order.vas_dispatch_why = why
            done |= given
        for order, problem in problems.items():
            order.vas_dispatch_problem = problem
        return done, self.browse([order.id for order in problems])

    @api.model
    def _vas_say_problem(self, profile, ranking):
        """Return why nobody can do it: one line for each candidate."""
        if not ranking:
            return self.env._("There are no stations with engineers.")
        return "\n".join(
            f"{self._vas_name_of(entry)}: {profile._reasons(entry, excluded=True)}"
            for entry in ranking
        )

    @api.model
    def _vas_name_of(self, entry):
        """Return the name of a ranked candidate."""
        # Names of engineers and stations are shown to whoever dispatches.
        station_sudo = self.env["vas.service.station"].sudo()
        station_sudo = station_sudo.browse(entry.candidate.station.key)
        if not entry.candidate.engineer:
            return station_sudo.name
        # As the station: the proposal names who it proposes.
        person_sudo = self.env["fsm.person"].sudo().browse(entry.candidate.engineer)
        return f"{person_sudo.name} ({station_sudo.name})"

    @api.model
    def _vas_notify(self, kind, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def _vas_assign_by_hand(self, vals):
        """A name written into an order (board, form) goes the way of the suggestion.

        Who is excluded is refused with the reason; the suggestion lets a dispatcher
        give it out all the same and says why.
        """
        person = self.env["fsm.person"].browse(vals["person_id"] or [])
        if not person:
            started = self.filtered("vas_accepted_at")
            if started:
                raise UserError(
                    self.env._(
                        "%(order)s was taken on already. Use “Back to Dispatch” and "
                        "say why.",
                        order=started[0].name,
                    )
                )
            return dict(vals, vas_station_id=False, vas_dispatched_at=False)
        station = person.vas_station_id
        if not station:
            return vals
        self._lock_or_refuse()
        station._lock_or_refuse()
        profile = self.env["vas.dispatch.profile"]._get_profile()
        for order, ranking in profile._suggest(self).items():
            mine = [entry for entry in ranking if entry.candidate.engineer == person.id]
            if mine and mine[0].excluded and order.person_id != person:
                raise UserError(
                    self.env._(
                        "%(order)s cannot go to %(engineer)s: %(reasons)s. Use "
                        "“Suggest” to give it out all the same and say why.",
                        order=order.name,
                        engineer=person.name,
                        reasons=profile._reasons(mine[0], excluded=True),
                    )
                )
        return dict(
            vals,
            vas_station_id=station.id,
            vas_dispatched_at=fields.Datetime.now(),
            vas_dispatch_why=self.env._("Given out by hand."),
            vas_dispatch_problem=False,
        )

    def write(self, vals):
        by_hand = (
            "person_id" in vals
            and not self.env.su
            and any(order.person_id.id != vals["person_id"] for order in self)
        )
        if not by_hand:
            return super().write(vals)
        self._vas_check_rights(vals)
        self.check_access("write")
        vals = self._vas_assign_by_hand(vals)
        # Checked above; written as a whole, so that promises follow the station too.
        result = self.sudo().write(vals)
        if vals.get("vas_dispatched_at"):
            stage = self.env.ref("vas_service.fsm_stage_dispatched")
            fresh = self.filtered(lambda order: not order.vas_accepted_at)
            fresh.write({"stage_id": stage.id})
            self._vas_log("dispatch", note=vals["vas_dispatch_why"])
        elif "vas_station_id" in vals and not vals["person_id"]:
            self.write({"stage_id": self._default_stage_id().id})
        return result
