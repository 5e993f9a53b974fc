"""The cases run in one transaction of a scratch database, rolled back at the end."""

import pytest
import runner


@pytest.fixture(scope="session")
def case_env(load_registry):
    """Environment in the company of the cases (see ``runner.prepare_company``)."""
    from odoo.tests.common import get_db_name

    with runner.case_environment(get_db_name()) as env:
        yield env
