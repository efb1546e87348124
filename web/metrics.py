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
