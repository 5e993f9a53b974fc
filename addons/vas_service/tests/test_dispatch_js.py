from odoo.tests import tagged

from odoo.addons.web.tests import test_js


@tagged("post_install", "-at_install")
class TestDispatchUnits(test_js.HOOTCommon):
    """The load bar and the points of a suggestion in a browser."""

    _test_params = (("+", "@vas_service/dispatch"),)

    def test_dispatch_widgets(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            + self.hoot_filters,
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )
