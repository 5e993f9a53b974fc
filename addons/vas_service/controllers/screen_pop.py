from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from ..tools import phone


class ScreenPop(http.Controller):
    """Where a telephone system sends the agent's browser when somebody calls."""

    @http.route(
        ["/vas/call", "/vas/call/<path:number>"],
        type="http",
        auth="user",
        readonly=True,
    )
    def pop(self, number="", **_kwargs):
        """Open the screen of the caller; nothing is stored until the agent saves."""
        query = urlencode({"number": phone.clean(number)})
        return request.redirect(f"/odoo/action-vas_service.vas_call_action_pop?{query}")
