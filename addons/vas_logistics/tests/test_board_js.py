from odoo.tests import tagged

from odoo.addons.web.tests import test_js


@tagged("post_install", "-at_install")
class TestBoardUnits(test_js.HOOTCommon):
    """The dispatcher's board and the outbox of the driver's page, in a browser."""

    _test_params = (("+", "@vas_logistics"),)

    def test_board_and_outbox(self):
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
