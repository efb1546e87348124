"""Numbers for Prometheus: how long work waits and how much of it there is, read when somebody asks."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from rest_framework.request import Request

from apikeys.authentication import ApiKeyAuthentication
from incidentio.core.errors import DomainError, Unauthenticated, error_response
from workflows.health import worker_is_well
from workflows.queues import ages, counts
from workflows.targets import fared, resting


class HubCollector(Collector):
    """What the database says."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families, each with a sample a kind."""
        waiting = GaugeMetricFamily(
            "incidentio_oldest_due_seconds", "For how long the oldest due work has waited", labels=["kind"]
        )
        for kind, seconds in ages().items():
            waiting.add_metric([kind], seconds)
        yield waiting
        work = GaugeMetricFamily("incidentio_work", "How much work there is, by state", labels=["kind", "state"])
        for kind, by_state in counts().items():
            for state, count in by_state.items():
                work.add_metric([kind, state], count)
        yield work
        well = GaugeMetricFamily("incidentio_worker_up", "Whether the background worker is there")
        well.add_metric([], float(worker_is_well()))
        yield well
        yield from _of_targets()


def _of_targets() -> Iterator[GaugeMetricFamily]:
    """How those the hub calls have fared, whichever process called them: by the ledger, over the last day."""
    calls = GaugeMetricFamily(
        "incidentio_outbound_calls", "Calls of the last day, by whom they go to", labels=["target", "state"]
    )
    attempts = GaugeMetricFamily("incidentio_outbound_attempts", "Attempts these calls took", labels=["target"])
    mean = GaugeMetricFamily("incidentio_outbound_seconds_mean", "How long their last attempts took", labels=["target"])
    longest = GaugeMetricFamily("incidentio_outbound_seconds_max", "The longest of these", labels=["target"])
    for target, one in fared().items():
        for state, count in one.states.items():
            calls.add_metric([target, state], count)
        attempts.add_metric([target], one.attempts)
        if one.timed:
            mean.add_metric([target], one.total_seconds / one.timed)
            longest.add_metric([target], one.longest_seconds)
    yield from (calls, attempts, mean, longest)
    rest = GaugeMetricFamily(
        "incidentio_outbound_resting_seconds", "For how long yet a failing target is left alone", labels=["target"]
    )
    for target, seconds in resting().items():
        rest.add_metric([target], seconds)
    yield rest


REGISTRY = CollectorRegistry(auto_describe=False)
REGISTRY.register(HubCollector())


def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, with any API key as bearer token (`authorization` in its scrape configuration)."""
    try:
        if ApiKeyAuthentication().authenticate(Request(request)) is None:
            message = "Send an API key as bearer token; one without any role will do"
            raise Unauthenticated("missing_authorization_material", message)
    except DomainError as refusal:
        return error_response(refusal, request.id)  # type: ignore[attr-defined]
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
