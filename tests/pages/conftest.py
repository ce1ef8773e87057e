"""What every test of a screen leans on."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def same_everywhere(reference_machine: None) -> None:
    """Whether a screen warns of what takes long does not depend on who else uses the machine."""
