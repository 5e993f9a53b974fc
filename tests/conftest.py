"""Shared by all tests outside the addons."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
for folder in (ROOT,):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
