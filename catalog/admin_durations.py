"""Duration metrics in the admin, in the order incidents show them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.admin_words import OrderedAdmin
from catalog.duration_metrics import archive_metric, create_metric, update_metric
from catalog.models import DurationMetric, IncidentTimestamp
from events.actors import Actor
from events.administration import VerbForm, actor_of


class DurationMetricForm(VerbForm):
    """What is measured, between two timestamps; its place is chosen in the list."""

    class Meta:
        model = DurationMetric
        fields = ("name", "from_timestamp", "to_timestamp")
        labels = {"from_timestamp": "From", "to_timestamp": "To"}
        help_texts = {"to_timestamp": "An incident in which this comes before the start shows no duration"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for name in {"from_timestamp", "to_timestamp"} & fields.keys():
            fields[name].queryset = IncidentTimestamp.objects.active()


@admin.register(DurationMetric)
class DurationMetricAdmin(OrderedAdmin):
    """Duration metrics."""

    form = DurationMetricForm
    list_display = ("name", "from_timestamp", "to_timestamp", "order_buttons")
    list_select_related = ("from_timestamp", "to_timestamp")
    ordering = ("rank",)

    def create(self, request: HttpRequest, form: Any) -> DurationMetric:
        return create_metric(actor_of(request), **form.cleaned_data)

    def update(self, request: HttpRequest, row: Any, form: Any) -> DurationMetric:
        return update_metric(actor_of(request), row, **form.cleaned_data)

    def retire(self, actor: Actor, row: Any) -> None:
        archive_metric(actor, row)
