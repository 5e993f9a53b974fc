"""Environment of the tests that look at the addons together."""

import pytest


@pytest.fixture
def env(load_registry):
    """Superuser environment; everything is rolled back."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tests.common import get_db_name

    with Registry(get_db_name()).cursor() as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})
        cursor.rollback()
