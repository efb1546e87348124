"""Waiting before the next step."""

import math

from incidentio.core.vocabulary import NUMBER
from integrations.base import Args, Param, Step, StepFailed
from workflows.steps.arguments import needed

LONGEST_SECONDS = 366 * 86_400
_SECONDS = Param("for_seconds", "Seconds", NUMBER, required=True)


def _seconds(args: Args) -> float:
    said = needed(args, _SECONDS)
    try:
        seconds = float(said)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise StepFailed(f"Seconds must be a number from 0 to {LONGEST_SECONDS}, not {said[:60]!r}")
    return seconds


WAIT = Step("workflow.wait", "Wait", (_SECONDS,), wait=_seconds)
