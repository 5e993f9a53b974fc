from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from .portal_list import PortalListMixin


class PortalScorecard(PortalListMixin, CustomerPortal):
    """What rated partners see of their published results, and how they appeal.

    Record rules decide what a user finds; only then the page reads the definitions
    behind it as superuser.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "vas_scorecard_count" in counters:
            values["vas_scorecard_count"] = self._count_portal_records(
                "vas.assessment", self._get_scorecard_domain()
            )
        return values

    def _get_scorecard_domain(self):
        return [("state", "=", "published")]

    def _get_scorecard_filters(self):
        return {
            "current": {
                "label": request.env._("In force"),
                "domain": self._get_scorecard_domain(),
            },
            "all": {
                "label": request.env._("With replaced results"),
                "domain": [("state", "in", ("published", "superseded"))],
            },
        }

    def _get_scorecard_sortings(self):
        return {
            "date": {
                "label": request.env._("Newest"),
                "order": "date_to desc, revision desc, id",
            },
            "score": {
                "label": request.env._("Lowest score"),
                "order": "score, date_to desc, id",
            },
        }

    @http.route(
        ["/my/scorecards", "/my/scorecards/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_scorecards(self, **kw):
        """List the published results of the user's company."""
        values = self._prepare_portal_list(
            "vas.assessment",
            "/my/scorecards",
            "vas_scorecards",
            self._get_scorecard_filters(),
            self._get_scorecard_sortings(),
            **kw,
        )
        # Found by the user's own rights; the definitions are read for the page.
        values["assessments"] = values.pop("records").sudo()
        return request.render("vas_kpi.portal_my_scorecards", values)

    @http.route(
        "/my/scorecards/<int:assessment_id>", type="http", auth="user", website=True
    )
    def portal_scorecard(self, assessment_id, report_type=None, download=False, **kw):
        """Show one published result with its figures."""
        assessment_sudo = self._find_portal_record("vas.assessment", assessment_id)
        if not assessment_sudo:
            return self._render_missing("vas_kpi.portal_scorecard_missing")
        return self._show_portal_report(
            assessment_sudo,
            "vas_kpi.action_report_vas_assessment",
            report_type,
            download,
        ) or self._render_scorecard(assessment_sudo, **kw)

    def _render_scorecard(self, assessment_sudo, **kw):
        values = self._prepare_portal_layout_values()
        values.update(
            assessment=assessment_sudo,
            page_name="vas_scorecards",
            obstacle=assessment_sudo._get_appeal_obstacle(),
            appeals=assessment_sudo.appeal_ids
            | assessment_sudo.revision_of_id.appeal_ids,
            submitted=kw.get("submitted"),
            error=kw.get("error"),
            claim=kw.get("claim"),
        )
        return request.render("vas_kpi.portal_my_scorecard", values)

    @http.route(
        "/my/scorecards/<int:assessment_id>/appeal",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_scorecard_appeal(self, assessment_id, claim="", **post):
        """Submit an appeal; files and claimed values are its evidence."""
        assessment_sudo = self._find_portal_record("vas.assessment", assessment_id)
        if not assessment_sudo:
            return self._render_missing("vas_kpi.portal_scorecard_missing")
        claims = [
            (line.id, (post.get(f"claimed_{line.id}") or "").strip())
            for line in assessment_sudo.line_ids
        ]
        try:
            with request.env.cr.savepoint():
                assessment_sudo._submit_appeal(
                    claim, [item for item in claims if item[1]], self._get_uploads()
                )
        except (UserError, ValidationError) as error:
            return self._render_scorecard(
                assessment_sudo, error=str(error), claim=claim
            )
        return request.redirect(f"/my/scorecards/{assessment_id}?submitted=1#appeals")
