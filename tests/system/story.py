"""The story of one database: what was run on it and what it held in between."""

from dataclasses import dataclass, field

import pytest
from odoo_server import Run


@dataclass
class Life:
    """Inventories and runs of one database."""

    runs: dict[str, Run] = field(default_factory=dict)
    before_install: dict[str, dict] = field(default_factory=dict)
    after_uninstall: dict[str, dict] = field(default_factory=dict)
    traces: dict[str, list[str]] = field(default_factory=dict)
    installed: dict[str, dict] = field(default_factory=dict)

    def run(self, run: Run, name: str) -> Run:
        """Keep one step; a step that crashed ends the story there."""
        self.runs[name] = run
        if run.returncode:
            pytest.fail(f"{name}: exit {run.returncode}\n{run.log[-8000:]}")
        return run
