from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from .portal_list import PortalListMixin


class PortalSettlement(PortalListMixin, CustomerPortal):
    """Vendors see what they are paid and why, and agree or dispute line by line.

    Record rules decide what a user finds; only then the page reads what is behind it
    as superuser.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "vas_settlement_count" in counters:
            values["vas_settlement_count"] = self._count_portal_records(
                "vas.settlement"
            )
        return values

    def _get_settlement_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": []},
            "open": {
                "label": request.env._("To answer"),
                "domain": [("vendor_agreed_on", "=", False)],
            },
            "disputed": {
                "label": request.env._("In dispute"),
                "domain": [("dispute_ids.state", "=", "open")],
            },
        }

    def _get_settlement_sortings(self):
        return {
            "date": {
                "label": request.env._("Newest"),
                "order": "date_to desc, id desc",
            },
            "amount": {
                "label": request.env._("Largest amount"),
                "order": "total desc, id desc",
            },
        }

    @http.route(
        ["/my/settlements", "/my/settlements/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_settlements(self, **kw):
        """List the settlements that are shown to the user's company."""
        values = self._prepare_portal_list(
            "vas.settlement",
            "/my/settlements",
            "vas_settlements",
            self._get_settlement_filters(),
            self._get_settlement_sortings(),
            **kw,
        )
        # Found by the user's own rights; the agreement is read for the page.
        values["settlements"] = values.pop("records").sudo()
        return request.render("vas_kpi.portal_my_settlements", values)

    @http.route(
        "/my/settlements/<int:settlement_id>", type="http", auth="user", website=True
    )
    def portal_settlement(self, settlement_id, report_type=None, download=False, **kw):
        """Show one settlement with the calculation of every line."""
        settlement_sudo = self._find_portal_record("vas.settlement", settlement_id)
        if not settlement_sudo:
            return self._render_missing("vas_kpi.portal_settlement_missing")
        return self._show_portal_report(
            settlement_sudo,
            "vas_kpi.action_report_vas_settlement",
            report_type,
            download,
        ) or self._render_settlement(settlement_sudo, done=kw.get("done"))

    def _render_settlement(self, settlement_sudo, **kw):
        values = self._prepare_portal_layout_values()
        values.update(
            settlement=settlement_sudo,
            can_answer=settlement_sudo._can_answer(),
            page_name="vas_settlements",
            done=kw.get("done"),
            error=kw.get("error"),
            line_id=kw.get("line_id"),
            reason=kw.get("reason"),
        )
        return request.render("vas_kpi.portal_my_settlement", values)

    def _answer(self, settlement_id, line_id, answer, done, reason=""):
        """Carry out an answer; a refusal is shown on the page, nothing half-done."""
        settlement_sudo = self._find_portal_record("vas.settlement", settlement_id)
        if not settlement_sudo:
            return self._render_missing("vas_kpi.portal_settlement_missing")
        lines_sudo = settlement_sudo.line_ids
        if line_id:
            lines_sudo = lines_sudo.filtered(lambda line: str(line.id) == line_id)
            if not lines_sudo:
                return self._render_missing("vas_kpi.portal_settlement_missing")
        try:
            with request.env.cr.savepoint():
                answer(settlement_sudo, lines_sudo)
        except (UserError, ValidationError) as error:
            return self._render_settlement(
                settlement_sudo, error=str(error), line_id=line_id, reason=reason
            )
        return request.redirect(f"/my/settlements/{settlement_id}?done={done}")

    @http.route(
        "/my/settlements/<int:settlement_id>/agree",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_settlement_agree(self, settlement_id, line_id="", **_post):
        """Agree to one line, or to all that is not in dispute."""
        return self._answer(
            settlement_id,
            line_id,
            lambda settlement_sudo, lines_sudo: settlement_sudo._agree(lines_sudo),
            "agreed",
        )

    @http.route(
        "/my/settlements/<int:settlement_id>/dispute",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_settlement_dispute(
        self, settlement_id, line_id="", reason="", claimed="", **_post
    ):
        """Dispute one line with reason, claimed amount and evidence."""
        files = self._get_uploads()

        def answer(settlement_sudo, lines_sudo):
            settlement_sudo._dispute_by_vendor(lines_sudo[:1], reason, claimed, files)

        if not line_id:
            return self._render_missing("vas_kpi.portal_settlement_missing")
        return self._answer(settlement_id, line_id, answer, "disputed", reason)
