"""Distance over ground from coordinates, for lanes that nobody measured."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
# Two places are never nearer than this: a lane has a length.
MIN_KM = 0.1


def great_circle_km(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> float:
    """Kilometres between two points given in degrees (haversine formula).

    >>> round(great_circle_km(39.9042, 116.4074, 31.2304, 121.4737))
    1067
    """
    one, other = radians(latitude), radians(other_latitude)
    across = radians(other_longitude - longitude)
    half = sin((other - one) / 2) ** 2 + cos(one) * cos(other) * sin(across / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(half, 1.0)))
