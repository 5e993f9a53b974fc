"""A checkout of its own for each test of the launcher."""

import pytest

from launcher.settings import load


@pytest.fixture
def checkout(tmp_path):
    """An empty checkout."""
    root = tmp_path / "checkout"
    root.mkdir()
    return root


@pytest.fixture
def settings(checkout):
    """Settings of an empty checkout, with nothing from the environment."""
    return load(checkout, {"HOME": str(checkout.parent)})
