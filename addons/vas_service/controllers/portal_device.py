from operator import itemgetter
from urllib.parse import urlencode

import pytz

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import groupby as groupby_key
from odoo.tools import plaintext2html

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager
from odoo.addons.vas_kpi.controllers.portal_list import PortalListMixin

from .portal_ticket import PortalTickets


class PortalDevices(PortalListMixin, CustomerPortal):
    """The register as banks and service companies see it (AST-04).

    The record rules choose the devices; a page shows chosen fields of them only.
    """

    # ------------------------------------------------------------------
    # Who asks
    # ------------------------------------------------------------------

    @staticmethod
    def _vas_get_device(device_id):
        """Return the device as superuser if the user may read it, else none.

        A device of somebody else and one that is not there are answered alike.
        """
        device = request.env["fsm.equipment"].browse(device_id).exists()
        # No record: nothing is shown, whatever the rights.
        if not device or not device.has_access("read"):
            # Empty: nothing to see.
            return device.sudo().browse()
        # Chosen fields only are shown; the user's rights were checked above.
        return device.sudo()

    @staticmethod
    def _vas_get_people(device_sudo):
        """Return who of the service company can have a task."""
        return device_sudo.vas_provider_id.commercial_partner_id.child_ids.filtered(
            lambda person: not person.is_company
        )

    @staticmethod
    def _vas_get_moment(given):
        """Return a time typed in the user's zone as UTC; none if it is not one."""
        moment = None
        try:
            moment = fields.Datetime.to_datetime((given or "").replace("T", " "))
        except ValueError:
            # What is no time is told to the user by the caller.
            moment = None
        if not moment:
            return None
        zone = pytz.timezone(request.env.user.tz or "UTC")
        return zone.localize(moment).astimezone(pytz.utc).replace(tzinfo=None)

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "vas_device_count" in counters:
            devices = request.env["fsm.equipment"]
            values["vas_device_count"] = (
                devices.search_count([]) if devices.has_access("read") else 0
            )
        if "vas_task_count" in counters:
            values["vas_task_count"] = self._vas_count_tasks()
        return values

    def _vas_count_tasks(self):
        tickets = request.env["helpdesk.ticket"]
        if not tickets.has_access("read"):
            return 0
        return tickets.search_count(
            self._vas_get_task_domain() & Domain("closed", "=", False)
        )

    def _vas_get_task_domain(self):
        partner = request.env.user.commercial_partner_id
        return Domain("vas_provider_id", "child_of", partner.ids)

    # ------------------------------------------------------------------
    # The list
    # ------------------------------------------------------------------

    def _vas_get_device_sortings(self):
        return {
            "number": {"label": request.env._("Device number"), "order": "name, id"},
            "warranty": {
                "label": request.env._("Warranty"),
                "order": "vas_warranty_until, id",
            },
            "installed": {
                "label": request.env._("Installed last"),
                "order": "vas_installed_on desc, id",
            },
        }

    def _vas_get_device_filters(self):
        state = "vas_warranty_state"
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {
                "label": request.env._("With open faults"),
                "domain": Domain("vas_ticket_ids.closed", "=", False),
            },
            "valid": {
                "label": request.env._("In warranty"),
                "domain": Domain(state, "in", ["valid", "ending"]),
            },
            "ending": {
                "label": request.env._("Warranty ends soon"),
                "domain": Domain(state, "in", ["ending"]),
            },
            "over": {
                "label": request.env._("Out of warranty"),
                "domain": Domain(state, "in", ["over"]),
            },
        }

    def _vas_get_device_groups(self):
        return {
            "none": {"label": request.env._("None"), "field": None},
            "owner": {
                "label": request.env._("Bank or branch"),
                "field": "vas_owner_id",
            },
            "type": {"label": request.env._("Device type"), "field": "vas_type_id"},
            "model": {"label": request.env._("Model"), "field": "vas_model_id"},
            "provider": {
                "label": request.env._("Service company"),
                "field": "vas_provider_id",
            },
        }

    def _vas_get_device_inputs(self):
        labels = {
            "all": request.env._("Search everywhere"),
            "number": request.env._("Search by number"),
            "model": request.env._("Search by type, brand and model"),
            "place": request.env._("Search by bank and site"),
        }
        return {key: {"input": key, "label": label} for key, label in labels.items()}

    def _vas_get_device_search(self, search_in, search):
        def by_name(field, model):
            # Names only are compared; which devices are shown the rules say.
            records_sudo = request.env[model].sudo()
            found = records_sudo._search([("display_name", "ilike", search)])
            return Domain(field, "in", found)

        domains = {
            "number": Domain("name", "ilike", search)
            | Domain("vas_serial", "ilike", search),
            "model": by_name("vas_model_id", "vas.device.model")
            | by_name("vas_type_id", "vas.device.type")
            | by_name("vas_brand_id", "vas.device.brand"),
            "place": by_name("vas_owner_id", "res.partner")
            | by_name("location_id", "fsm.location"),
        }
        return domains.get(search_in) or Domain.OR(domains.values())

    @http.route(
        ["/my/devices", "/my/devices/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def vas_devices(
        self,
        page=1,
        sortby="number",
        filterby="all",
        groupby="none",
        search="",
        search_in="all",
        **_kwargs,
    ):
        devices = request.env["fsm.equipment"]
        if not devices.has_access("read"):
            return request.redirect("/my")
        values = self._prepare_portal_list(
            "fsm.equipment",
            "/my/devices",
            "vas_device",
            self._vas_get_device_filters(),
            self._vas_get_device_sortings(),
            groups=self._vas_get_device_groups(),
            inputs=self._vas_get_device_inputs(),
            find=self._vas_get_device_search,
            page=page,
            sortby=sortby,
            filterby=filterby,
            groupby=groupby,
            search=search,
            search_in=search_in,
        )
        found, group_field = values["records"], values["group_field"]
        # The rules chose the devices; tickets are counted as the reader may see them.
        open_faults = {device.id: device.vas_open_ticket_count for device in found}
        # Only devices that the rules chose.
        found_sudo = found.sudo()
        grouped = (
            [
                (key, found_sudo.browse().concat(*rows))
                for key, rows in groupby_key(found_sudo, itemgetter(group_field))
            ]
            if group_field
            else [(None, found_sudo)]
        )
        values.update(
            grouped=grouped if found else [],
            open_faults=open_faults,
        )
        return request.render("vas_service.portal_my_devices", values)

    # ------------------------------------------------------------------
    # One device
    # ------------------------------------------------------------------

    def _vas_get_device_values(self, device_sudo, given=None, message=None):
        partner = request.env.user.commercial_partner_id
        tickets = request.env["helpdesk.ticket"].search(
            [("vas_equipment_id", "=", device_sudo.id)],
            order="vas_reported_at desc, id desc",
            limit=self._items_per_page,
        )
        values = self._prepare_portal_layout_values()
        # The rules chose the tickets; stages are shown in words for customers.
        tickets_sudo = tickets.sudo()
        values.update(
            page_name="vas_device",
            device=device_sudo,
            tickets=tickets_sudo,
            open_tickets=tickets_sudo.filtered(lambda ticket: not ticket.closed),
            faults=device_sudo._vas_get_fault_types(),
            is_provider=device_sudo._vas_is_provider(partner),
            people=self._vas_get_people(device_sudo),
            given=given or {},
            vas_message=message,
        )
        return values

    @http.route("/my/device/<int:device_id>", type="http", auth="user", website=True)
    def vas_device(self, device_id, **_kwargs):
        device_sudo = self._vas_get_device(device_id)
        if not device_sudo:
            raise request.not_found()
        return request.render(
            "vas_service.portal_device_page", self._vas_get_device_values(device_sudo)
        )

    def _vas_read_fault(self, device_sudo, kw):
        """Return (fault type, text, what is wrong with the form)."""
        faults_sudo = device_sudo._vas_get_fault_types()
        fault_sudo = faults_sudo.filtered(lambda f: str(f.id) == kw.get("fault_type"))
        text = (kw.get("description") or "").strip()
        wrong = None
        if faults_sudo and not fault_sudo:
            wrong = request.env._("Please choose what is broken.")
        elif not text:
            wrong = request.env._("Please describe the fault in a sentence.")
        return fault_sudo, text, wrong

    @http.route(
        "/my/device/<int:device_id>/report",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def vas_device_report(self, device_id, **kw):
        """A bank reports a fault: the ticket is nobody's until somebody takes it."""
        device_sudo = self._vas_get_device(device_id)
        if not device_sudo:
            raise request.not_found()
        fault_sudo, text, wrong = self._vas_read_fault(device_sudo, kw)
        if wrong:
            return request.render(
                "vas_service.portal_device_page",
                self._vas_get_device_values(device_sudo, kw, wrong),
            )
        user = request.env.user
        ticket_sudo = device_sudo.env["helpdesk.ticket"].create(
            device_sudo._vas_prepare_fault(
                fault_sudo,
                plaintext2html(text),
                partner_id=user.partner_id.id,
                partner_name=user.partner_id.name,
                partner_email=user.partner_id.email,
            )
        )
        ticket_sudo.message_subscribe(partner_ids=user.partner_id.ids)
        return request.redirect(f"/my/ticket/{ticket_sudo.id}")

    @http.route(
        "/my/device/<int:device_id>/task",
        type="http",
        auth="user",
        website=True,
        methods=["GET", "POST"],
    )
    def vas_device_task(self, device_id, **kw):
        """The service company creates a task and assigns or closes it at once."""
        device_sudo = self._vas_get_device(device_id)
        partner = request.env.user.commercial_partner_id
        if not device_sudo or not device_sudo._vas_is_provider(partner):
            raise request.not_found()
        wrong = None
        if request.httprequest.method == "POST":
            fault_sudo, text, wrong = self._vas_read_fault(device_sudo, kw)
            wrong = wrong or self._vas_check_task(device_sudo, kw)
            if not wrong:
                try:
                    ticket_sudo = self._vas_create_task(
                        device_sudo, fault_sudo, text, kw
                    )
                except UserError as error:
                    # Nothing was written; what is missing is said on the form.
                    wrong = str(error)
                else:
                    return request.redirect(f"/my/ticket/{ticket_sudo.id}")
        values = self._vas_get_device_values(device_sudo, kw, wrong)
        values["reasons"] = self._vas_get_reasons(device_sudo.company_id)
        return request.render("vas_service.portal_device_task", values)

    @staticmethod
    def _vas_get_reasons(company):
        # Names of reasons are for whoever repairs.
        reasons_sudo = request.env["vas.fault.reason"].sudo()
        return reasons_sudo.search([("company_id", "in", (False, company.id))])

    def _vas_check_task(self, device_sudo, kw):
        """Return what is wrong with the times, the person and the work done."""
        now = fields.Datetime.now()
        reported = self._vas_get_moment(kw.get("reported_at"))
        if kw.get("reported_at") and (not reported or reported > now):
            return request.env._("“Reported at” is not a time in the past.")
        if kw.get("done"):
            repaired = self._vas_get_moment(kw.get("repaired_at")) or now
            if repaired > now or repaired < (reported or repaired):
                return request.env._(
                    "“Repaired at” is not a time between the report and now."
                )
            if not (kw.get("resolution") or "").strip():
                return request.env._("Please say what was done.")
        elif kw.get("contact_id") not in map(
            str, self._vas_get_people(device_sudo).ids
        ):
            return request.env._("Please choose who of you does it.")
        return None

    def _vas_create_task(self, device_sudo, fault_sudo, text, kw):
        now = fields.Datetime.now()
        people_sudo = self._vas_get_people(device_sudo)
        person_sudo = people_sudo.filtered(lambda p: str(p.id) == kw.get("contact_id"))
        with request.env.cr.savepoint():
            ticket_sudo = device_sudo.env["helpdesk.ticket"].create(
                device_sudo._vas_prepare_fault(
                    fault_sudo,
                    plaintext2html(text),
                    partner_id=device_sudo.vas_owner_id.id,
                    vas_provider_contact_id=person_sudo.id,
                    vas_reported_at=self._vas_get_moment(kw.get("reported_at")) or now,
                )
            )
            if kw.get("done"):
                ticket_sudo._vas_close_by_provider(self._vas_read_work(ticket_sudo, kw))
        ticket_sudo.message_post(
            body=request.env._("Entered by the service company."),
            author_id=request.env.user.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        return ticket_sudo

    def _vas_read_work(self, ticket_sudo, kw):
        """Return what the service company says about a repair, as a ticket holds it."""
        reasons_sudo = self._vas_get_reasons(ticket_sudo.company_id)
        reason_sudo = reasons_sudo.filtered(
            lambda reason: str(reason.id) == kw.get("fault_reason")
        )
        values = {"vas_resolution": (kw.get("resolution") or "").strip()}
        if reason_sudo:
            values["vas_fault_reason_id"] = reason_sudo.id
        repaired = self._vas_get_moment(kw.get("repaired_at"))
        if repaired:
            values["vas_repaired_at"] = repaired
        return values

    # ------------------------------------------------------------------
    # Tasks of a service company
    # ------------------------------------------------------------------

    def _vas_get_task_filters(self):
        is_open = Domain("closed", "=", False)
        return {
            "open": {"label": request.env._("Open"), "domain": is_open},
            "unassigned": {
                "label": request.env._("Not assigned"),
                "domain": is_open & Domain("vas_provider_contact_id", "=", False),
            },
            "overdue": {
                "label": request.env._("Overdue"),
                "domain": is_open & Domain("vas_sla_state", "in", ["breached"]),
            },
            "done": {"label": request.env._("Done"), "domain": ~is_open},
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
        }

    @http.route(
        ["/my/service-tasks", "/my/service-tasks/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def vas_tasks(self, page=1, filterby="open", **_kwargs):
        """What a service company has to do, in all banks."""
        tickets = request.env["helpdesk.ticket"]
        if not tickets.has_access("read"):
            return request.redirect("/my")
        filters = self._vas_get_task_filters()
        filterby = filterby if filterby in filters else "open"
        domain = self._vas_get_task_domain() & filters[filterby]["domain"]
        pager = portal_pager(
            url="/my/service-tasks",
            url_args={"filterby": filterby},
            total=tickets.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        # The rules choose the tickets, the next deadline (internal ones too) only their
        # order; chosen fields only are shown.
        found_sudo = tickets.sudo().search(
            Domain("id", "in", tickets._search(domain)),
            order="vas_next_deadline, vas_reported_at desc, id desc",
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="vas_task",
            default_url="/my/service-tasks",
            tickets=found_sudo,
            pager=pager,
            filterby=filterby,
            searchbar_filters=filters,
        )
        return request.render("vas_service.portal_my_tasks", values)

    @http.route(
        "/my/ticket/<int:ticket_id>/done",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def vas_ticket_done(self, ticket_id, **kw):
        """The service company closes a task as done (TKT-03)."""
        tickets = request.env["helpdesk.ticket"].browse(ticket_id).exists()
        if not tickets or not tickets.has_access("read"):
            raise request.not_found()
        # The user's rights were checked above.
        ticket_sudo = tickets.sudo()
        if not ticket_sudo._vas_is_provider(request.env.user.commercial_partner_id):
            raise request.not_found()
        message = None
        work = self._vas_read_work(ticket_sudo, kw)
        repaired = work.get("vas_repaired_at") or fields.Datetime.now()
        fault_sudo, _text, _wrong = self._vas_read_fault(
            ticket_sudo.vas_equipment_id, kw
        )
        if fault_sudo:
            work["vas_fault_type_id"] = fault_sudo.id
        if not work["vas_resolution"]:
            message = request.env._("Please say what was done.")
        elif repaired > fields.Datetime.now() or (
            ticket_sudo.vas_reported_at and repaired < ticket_sudo.vas_reported_at
        ):
            message = request.env._(
                "“Repaired at” is not a time between the report and now."
            )
        else:
            try:
                with request.env.cr.savepoint():
                    ticket_sudo._vas_close_by_provider(work)
            except UserError as error:
                # Nothing was written; what is missing is said on the page.
                message = str(error)
        query = f"?{urlencode({'vas_message': message})}" if message else ""
        return request.redirect(f"/my/ticket/{ticket_id}{query}")


class PortalTicketDevice(PortalTickets):
    """Device, fault and repair on the page of a ticket."""

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        device_sudo = ticket.vas_equipment_id
        partner = request.env.user.commercial_partner_id
        # An answered form of the service company; others see what was done only.
        provider = values.get("vas_provider_contacts") is not None
        device = request.env["fsm.equipment"].browse(device_sudo.id)
        values.update(
            vas_may_close=provider and not ticket.closed,
            vas_faults=device_sudo._vas_get_fault_types() if device_sudo else None,
            vas_reasons=PortalDevices._vas_get_reasons(ticket.company_id),
            vas_may_open_device=bool(
                device_sudo and partner and device.has_access("read")
            ),
        )
        return values
