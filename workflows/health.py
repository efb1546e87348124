"""Whether the background works."""

from workflows.leases import is_held
from workflows.sweeper import LEASE


def worker_is_well() -> bool:
    """Whether a sweeper with working workers beside it was there within the last moments, on any host."""
    return is_held(LEASE)
