from odoo import http
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import escape_psql, plaintext2html

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class PortalComplaints(CustomerPortal):
    """Complaints and suggestions of a customer, and those about a provider (CMP-09)."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "vas_complaint_count" in counters:
            complaints = request.env["vas.complaint"]
            values["vas_complaint_count"] = (
                complaints.search_count([]) if complaints.has_access("read") else 0
            )
        return values

    @http.route(
        ["/my/complaints", "/my/complaints/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def vas_complaints(self, page=1, **_kwargs):
        complaints = request.env["vas.complaint"]
        if not complaints.has_access("read"):
            return request.redirect("/my")
        pager = portal_pager(
            url="/my/complaints",
            total=complaints.search_count([]),
            page=page,
            step=self._items_per_page,
        )
        found = complaints.search(
            [], limit=self._items_per_page, offset=pager["offset"]
        )
        values = self._prepare_portal_layout_values()
        # The rule chose the records; names of partners are read as superuser.
        values.update(
            complaints=found.sudo(),
            pager=pager,
            page_name="vas_complaint",
            default_url="/my/complaints",
        )
        return request.render("vas_service.portal_my_complaints", values)

    @http.route(
        "/my/complaint/<int:complaint_id>", type="http", auth="user", website=True
    )
    def vas_complaint(self, complaint_id, **_kwargs):
        complaint = request.env["vas.complaint"].browse(complaint_id).exists()
        if not complaint or not complaint.has_access("read"):
            raise request.not_found()
        values = self._prepare_portal_layout_values()
        # Chosen fields only are shown; the reader's rights were checked above.
        complaint_sudo = complaint.sudo()
        own = complaint_sudo.partner_id.commercial_partner_id
        values.update(
            complaint=complaint_sudo,
            object=complaint_sudo,
            page_name="vas_complaint",
            vas_is_own=own == request.env.user.commercial_partner_id,
        )
        return request.render("vas_service.portal_complaint_page", values)

    def _vas_render_form(self, given, wrong=None):
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="vas_complaint",
            providers=self._vas_get_providers(),
            has_devices=bool(self._vas_get_devices([])),
            given=given,
            vas_message=wrong,
        )
        return request.render("vas_service.portal_complaint_new", values)

    @http.route("/my/complaint/new", type="http", auth="user", website=True)
    def vas_complaint_new(self, device="", **kwargs):
        """The form; coming from a device, it is filled with it."""
        given = dict(kwargs)
        if device.isdigit():
            # The rule says which devices the reader sees; names are read as superuser.
            device_sudo = self._vas_get_devices([("id", "=", int(device))]).sudo()
            given["device"] = device_sudo.name
            given["about_partner_id"] = str(device_sudo.vas_provider_id.id or "")
        return self._vas_render_form(given)

    @staticmethod
    def _vas_get_devices(domain):
        """Return one of the devices the reader may see."""
        devices = request.env["fsm.equipment"]
        if not devices.has_access("read"):
            return devices
        return devices.search(domain, limit=1)

    def _vas_get_providers(self):
        """Return who serves the customer or its devices: the only ones to choose."""
        # Only names of those who serve the reader are shown.
        tickets_sudo = request.env["helpdesk.ticket"].sudo()
        # The same holds for those who serve the reader's devices.
        devices_sudo = request.env["fsm.equipment"].sudo()
        partner = request.env.user.commercial_partner_id
        served = Domain("vas_provider_id", "!=", False)
        groups = tickets_sudo._read_group(
            served & Domain("partner_id", "child_of", partner.ids), ["vas_provider_id"]
        ) + devices_sudo._read_group(
            served & Domain("vas_owner_id", "child_of", partner.ids),
            ["vas_provider_id"],
        )
        # The names only, see above.
        providers_sudo = request.env["res.partner"].sudo()
        return providers_sudo.union(*(provider for (provider,) in groups))

    def _vas_read_device(self, number):
        """Return (device, what is wrong with the number typed)."""
        number = (number or "").strip()
        device = self._vas_get_devices(
            Domain("name", "=ilike", escape_psql(number))
            | Domain("vas_serial", "=ilike", escape_psql(number))
            if number
            else Domain.FALSE
        )
        wrong = None
        if number and not device:
            wrong = request.env._(
                "“%(number)s” is none of your devices. Look at Devices for its number, "
                "or leave it empty.",
                number=number,
            )
        return device, wrong

    @http.route(
        "/my/complaint/submit",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def vas_complaint_submit(self, **kw):
        subject = (kw.get("subject") or "").strip()
        text = (kw.get("description") or "").strip()
        kind = kw.get("kind")
        # A customer creates without rights on the model; every value is checked here.
        complaints_sudo = request.env["vas.complaint"].sudo()
        kinds = dict(complaints_sudo._fields["kind"].selection)
        if not subject or not text or kind not in kinds:
            wrong = request.env._("Please fill in kind, subject and text.")
            return self._vas_render_form(kw, wrong)
        device, wrong = self._vas_read_device(kw.get("device"))
        if wrong:
            return self._vas_render_form(kw, wrong)
        values = {
            "name": subject,
            "description": plaintext2html(text),
            "kind": kind,
            "channel": "portal",
            "company_id": (device.company_id or request.env.company).id,
            "partner_id": request.env.user.partner_id.id,
            "equipment_id": device.id,
            "about_desk": bool(kw.get("about_desk")),
            "ticket_ref": (kw.get("ticket_ref") or "").strip(),
        }
        provider_sudo = self._vas_get_providers().filtered(
            lambda partner: str(partner.id) == kw.get("about_partner_id")
        )
        if provider_sudo or not device:
            values["about_partner_id"] = provider_sudo.id
        complaint_sudo = complaints_sudo.create(values)
        complaint_sudo.message_subscribe(partner_ids=request.env.user.partner_id.ids)
        return request.redirect(f"/my/complaint/{complaint_sudo.id}")
