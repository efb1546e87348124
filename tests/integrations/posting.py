"""What tests of incoming webhooks share: what a posting call meets, and how it ends where nobody can look."""

from integrations.base import Outcome
from tests.integrations.issues import DATE, resets
from tests.integrations.standing_in import (
    Fault,
    done_and_failed,
    done_and_reset,
    done_in_silence,
    says,
    silent,
    slow,
    well,
)
from workflows.models import CallState

DONE, FAILED, REFUSED, UNKNOWN = (str(outcome) for outcome in Outcome)
# What it meets, how the attempts end, what becomes of it, and how many messages there are.
POSTING: dict[str, tuple[Fault, list[str], CallState, int]] = {
    "success": (well, [DONE], CallState.DONE, 1),
    "slow": (slow(0.2), [DONE], CallState.DONE, 1),
    "error body": (says(400, {"message": "no", "error": {"code": "x"}}), [REFUSED], CallState.NOT_DONE, 0),
    "401": (says(401, {}), [REFUSED], CallState.NOT_DONE, 0),
    "403": (says(403, {}), [REFUSED], CallState.NOT_DONE, 0),
    "404": (says(404, {"message": "Unknown Webhook"}), [REFUSED], CallState.NOT_DONE, 0),
    "410": (says(410, b""), [REFUSED], CallState.NOT_DONE, 0),
    "413": (says(413, b"too large"), [REFUSED], CallState.NOT_DONE, 0),
    "422": (says(422, []), [REFUSED], CallState.NOT_DONE, 0),
    "moved": (says(302, b"", location="https://example.com/"), [REFUSED], CallState.NOT_DONE, 0),
    "408": (says(408, b""), [FAILED, DONE], CallState.DONE, 1),
    "429, seconds": (says(429, {}, retry_after="1"), [FAILED, DONE], CallState.DONE, 1),
    "429, date": (says(429, b"", retry_after=DATE), [FAILED, DONE], CallState.DONE, 1),
    "500": (says(500, b"oops"), [UNKNOWN], CallState.UNKNOWN, 0),
    "502": (says(502, {"error": {"code": "NoResponse"}}), [UNKNOWN], CallState.UNKNOWN, 0),
    "500, done": (done_and_failed, [UNKNOWN], CallState.UNKNOWN, 1),
    "silence": (silent, [UNKNOWN], CallState.UNKNOWN, 0),
    "silence, done": (done_in_silence, [UNKNOWN], CallState.UNKNOWN, 1),
    "reset": (resets, [UNKNOWN], CallState.UNKNOWN, 0),
    "reset, done": (done_and_reset, [UNKNOWN], CallState.UNKNOWN, 1),
}
