"""Incidents that tools are told of."""

from tests.workflows.steps.conftest import incident, private

__all__ = ["incident", "private"]
