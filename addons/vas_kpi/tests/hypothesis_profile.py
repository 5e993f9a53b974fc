"""Property tests run beside a database and a browser: time is no measure there."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "vas", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("vas")
