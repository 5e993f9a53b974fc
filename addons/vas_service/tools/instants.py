"""Instants: the database keeps them without a zone, arithmetic wants them with one.

Both ways mean UTC; nothing here knows any other zone.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Literal

UTC = timezone.utc


def aware(moment: datetime | Literal[False] | None) -> datetime | None:
    """Return an instant of the database as one in UTC; nothing stays nothing."""
    return moment.replace(tzinfo=UTC) if moment else None


def naive(moment: datetime | Literal[False] | None) -> datetime | Literal[False]:
    """Return an instant of any zone as the database keeps it; nothing is ``False``."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else False


def iso(moment: datetime) -> str:
    """Return an instant of any zone in UTC as text, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
