import json
from datetime import UTC, datetime

from werkzeug.exceptions import Forbidden, NotFound

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from ..models.stock_picking_batch_road import TripBusy

KINDS = ("start", "arrived", "loaded", "delivered", "problem")
WORKER = "vas_logistics/static/src/driver/service_worker.js"


class DriverPage(http.Controller):
    """The driver's page of one trip: the secret link is the permission, no login.

    Nothing here uses a session or a cookie, so there is nothing that a foreign page
    could make a browser send along: the token in the path replaces the csrf token.
    """

    def _get_trip(self, batch_id, token):
        """The trip behind a link, speaking the language of the driver's phone."""
        trip, reason = request.env["stock.picking.batch"]._get_vas_by_token(
            batch_id, token
        )
        if reason == "expired":
            raise Forbidden()
        if reason:
            raise NotFound()
        return trip.with_context(lang=self._get_lang(trip))

    def _get_lang(self, trip=None):
        """The phone's language if installed, else that of the driver."""
        installed = [code for code, _name in request.env["res.lang"].get_installed()]
        asked = [
            value.replace("-", "_")
            for value in request.httprequest.accept_languages.values()
        ]
        for code in asked:
            for lang in installed:
                if lang == code or lang.split("_")[0] == code.split("_")[0].lower():
                    return lang
        return trip and trip.driver_id.lang or installed[0]

    @http.route(
        "/vas/trip/<int:batch_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def page(self, batch_id, token):
        """The page with everything it needs to go on without a network."""
        try:
            trip = self._get_trip(batch_id, token)
        except (NotFound, Forbidden) as error:
            env = request.env(context={**request.env.context, "lang": self._get_lang()})
            view = env["ir.ui.view"]
            body = view._render_template("vas_logistics.driver_page_gone")
            return request.make_response(
                body, headers=self._get_headers(), status=error.code
            )
        # Superuser by _get_vas_by_token; the template shows _get_vas_page only.
        body = trip.env["ir.ui.view"]._render_template(
            "vas_logistics.driver_page",
            {
                "lang": trip.env.context["lang"],
                "trip_name": trip.name,
                "state": json.dumps(trip._get_vas_page()),
                "strings": json.dumps(self._get_strings(trip.env)),
                "base": f"/vas/trip/{batch_id}/{token}",
            },
        )
        return request.make_response(body, headers=self._get_headers())

    def _get_headers(self):
        """The link is a secret: it must not leak by referrer, cache or frame."""
        return [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Frame-Options", "DENY"),
            ("X-Robots-Tag", "noindex"),
        ]

    @http.route(
        "/vas/trip/<int:batch_id>/<string:token>/state",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def state(self, batch_id, token):
        """What the page shows, as it is now."""
        try:
            trip = self._get_trip(batch_id, token)
        except (NotFound, Forbidden) as error:
            return self._answer({"error": "gone"}, error.code)
        return self._answer({"state": trip._get_vas_page()})

    @http.route(
        "/vas/trip/<int:batch_id>/<string:token>/report",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        sitemap=False,
    )
    def report(self, batch_id, token, **post):
        """One report of the driver; the same key twice is one report."""
        try:
            trip = self._get_trip(batch_id, token)
        except (NotFound, Forbidden) as error:
            return self._answer({"error": "gone"}, error.code)
        report = self._read_report(post)
        if not report:
            return self._answer({"error": "invalid"}, 400)
        try:
            with request.env.cr.savepoint():
                refusal = trip._record_vas_report(report)
        except TripBusy as error:
            return self._answer({"error": "busy", "message": str(error)}, 503)
        except (UserError, ValidationError) as error:
            return self._answer({"error": "refused", "message": str(error)}, 422)
        return self._answer({"state": trip._get_vas_page(), "message": refusal})

    def _read_report(self, post):
        """The fields of a report, or nothing when they make no sense."""
        key, kind = post.get("key", ""), post.get("kind")
        if kind not in KINDS or not 8 <= len(key) <= 64:
            return None
        try:
            orders = [int(part) for part in post.get("orders", "").split(",") if part]
            reason = int(post.get("reason") or 0)
            date = post.get("date")
            if date:
                moment = datetime.fromtimestamp(int(date) // 1000, UTC)
                date = moment.replace(tzinfo=None)
        except (ValueError, OverflowError, OSError):
            return None
        return {
            "key": key,
            "kind": kind,
            "stop": post.get("stop", ""),
            "orders": orders,
            "date": date or None,
            "reason": reason,
            "note": post.get("note", "")[:1000],
            "receiver": post.get("receiver", "")[:100],
            "signature": post.get("signature", ""),
            "photos": [
                (upload.filename or "photo.jpg", upload.read())
                for upload in request.httprequest.files.getlist("photos")[:6]
            ],
        }

    def _answer(self, values, status=200):
        return request.make_json_response(
            values, headers=[("Cache-Control", "no-store")], status=status
        )

    @http.route(
        "/vas/trip/worker.js",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
    )
    def worker(self):
        """The script that shows the page again where there is no network."""
        stream = http.Stream.from_path(WORKER)
        response = stream.get_response(mimetype="text/javascript")
        response.headers["Service-Worker-Allowed"] = "/vas/trip/"
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _get_strings(self, env):
        """The words of the page in the driver's language."""
        return {
            "stop": env._("Stop %(number)s of %(total)s"),
            "on_time": env._("on time"),
            "late": env._("late by %(time)s"),
            "start": env._("Start Trip"),
            "arrived": env._("Arrived"),
            "loaded": env._("Loaded"),
            "deliver": env._("Hand Over"),
            "confirm": env._("Confirm Delivery"),
            "problem": env._("Problem"),
            "send_problem": env._("Report Problem"),
            "back": env._("Back"),
            "next": env._("Next"),
            "load_here": env._("Load here"),
            "unload_here": env._("Unload here"),
            "pieces": env._("pieces"),
            "receiver": env._("Received by"),
            "signature": env._("Signature of the receiver"),
            "clear": env._("Clear"),
            "photo": env._("Take Photo"),
            "photos": env._("%(count)s photos"),
            "note": env._("What happened?"),
            "what": env._("What is the problem?"),
            "call": env._("Call"),
            "map": env._("Map"),
            "remark": env._("Remark"),
            "unsent": env._("%(count)s not sent yet"),
            "offline": env._("No network. Your reports are kept on this phone."),
            "sent": env._("All sent"),
            "done": env._("All stops are done. Thank you!"),
            "wait_gate": env._("Waiting for the gate to release the trip."),
            "check_gate": env._("Check Again"),
            "cancelled": env._("Cancelled. Do not deliver, bring the goods back:"),
            "returning": env._(
                "Not delivered. Bring these goods back to their outlet:"
            ),
            "trip_cancelled": env._(
                "This trip was cancelled. Please call the dispatcher."
            ),
            "gone": env._(
                "This link no longer works. Ask the dispatcher for a new one."
            ),
            "need_receiver": env._("Please write who received the goods."),
            "need_orders": env._("Please tick at least one order."),
            "need_note": env._("Please write what happened."),
            "need_photo": env._("Please take a photo."),
            "order_asks": env._("Stop %(number)s comes first. Go on with this one?"),
            "yes": env._("Yes"),
            "no": env._("No"),
            "stops": env._("All stops"),
            "done_word": env._("Done"),
            "between": env._("%(from)s to %(to)s"),
            "until": env._("until %(to)s"),
            "hours": env._("Loading hours %(hours)s"),
            "hours_none": env._("No loading on this day"),
            "closed": env._("Closed now"),
            "opens": env._("Closed now, opens %(time)s"),
            "bring_to": env._("Bring to %(name)s"),
            "fetch_from": env._("Fetch from %(name)s"),
            "comma": env._(", "),
            "ask_unticked": env._(
                "Orders that are not ticked stay open. Report a problem for them."
            ),
        }
