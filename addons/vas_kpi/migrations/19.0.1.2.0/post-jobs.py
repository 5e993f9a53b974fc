from odoo import SUPERUSER_ID, api

FUNCTIONS = (
    "job_function_settle_lines",
    "job_function_finish_settlement_run",
    "job_function_simulate",
    "job_function_finish_simulation",
)


def migrate(cr, version):
    """Let simulations and settlement runs say why a job of theirs failed."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in FUNCTIONS:
        function = env.ref(f"vas_kpi.{name}", raise_if_not_found=False)
        if function and not function.on_fail_method:
            function.on_fail_method = "_on_job_failed"
