"""The forms by which the admin declares and edits incidents: one field for each word of the configuration."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User
from catalog.custom_field_values import CATALOG_KEY, VALUE_KEY
from catalog.models import CustomField, FieldType, IncidentStatus, RoleType, Word
from catalog.snapshot import Snapshot, active
from events.administration import VerbForm
from incidentio.core.ids import new_id
from incidents.declare import Report
from incidents.edit import Edit
from incidents.lifecycle import NEXT
from incidents.models import CustomFieldValue, Incident, Mode, RoleAssignment, TimestampValue, Visibility

FIELD, ROLE, TIMESTAMP = "field_", "role_", "timestamp_"
LISTS = {
    "custom_field_entries": FIELD,
    "incident_role_assignments": ROLE,
    "incident_timestamp_values": TIMESTAMP,
}
COLUMNS = ("value_option_id", "value_catalog_entry_id", "value_text", "value_link", "value_numeric")
NOTHING = [("", "Not set")]


class IncidentForm(VerbForm):
    """What declaring and editing share: fields named after the words they are about, turned into the wire's lists."""

    keys: Mapping[str, str] = {}

    class Meta:
        model = Incident
        fields: tuple[str, ...] = ()

    def field_of(self, pointer: str) -> str | None:
        """As in `custom_field_entries.0.values`: the first custom field that was sent."""
        head, *rest = pointer.split(".")
        if head in LISTS and rest and rest[0].isdigit():
            sent = self._changed(LISTS[head])
            return sent[int(rest[0])] if int(rest[0]) < len(sent) else None
        return super().field_of(pointer)

    def lists(self) -> dict[str, Any]:
        """The custom fields, roles and timestamps that were changed, as the verbs take them."""
        return {
            "custom_field_entries": [self._entry(name) for name in self._changed(FIELD)],
            "incident_role_assignments": [self._assignment(name) for name in self._changed(ROLE)],
            "incident_timestamp_values": [
                {"incident_timestamp_id": name.removeprefix(TIMESTAMP), "value": self.cleaned_data[name]}
                for name in self._changed(TIMESTAMP)
            ],
        }

    def _changed(self, prefix: str) -> list[str]:
        return [name for name in self.changed_data if name.startswith(prefix)]

    def _entry(self, name: str) -> dict[str, Any]:
        pk, said = name.removeprefix(FIELD), self.cleaned_data[name]
        key = self.keys[pk]
        if key == CATALOG_KEY:
            said = [identifier.strip() for identifier in said.split(",") if identifier.strip()]
        values = said if isinstance(said, list) else [said] if said else []
        return {"custom_field_id": pk, "values": [{key: value} for value in values]}

    def _assignment(self, name: str) -> dict[str, Any]:
        user = self.cleaned_data[name]
        return {"incident_role_id": name.removeprefix(ROLE), "assignee": {"id": user.pk} if user else None}


class DeclareForm(IncidentForm):
    """A new incident. The hidden key makes one incident of a form that is sent twice."""

    key = forms.CharField(widget=forms.HiddenInput, initial=new_id, max_length=26)

    def report(self, declarer_id: str) -> Report:
        """The form as the verb takes it."""
        said = self.cleaned_data
        chosen: dict[str, Any] = {
            name: said[name] or None for name in ("severity_id", "incident_type_id", "incident_status_id")
        }
        lists = {name: value for name, value in self.lists().items() if value}
        words = {name: said[name] for name in ("name", "summary", "visibility", "mode")}
        return Report(idempotency_key=f"admin-{declarer_id}-{said['key']}", **words, **chosen, **lists)


class EditForm(IncidentForm):
    """An incident as it is; only what was changed is sent."""

    def edit(self) -> Edit:
        """The form as the verb takes it."""
        names = ("name", "summary", "call_url", "severity_id", "incident_status_id", "message")
        said = {name: self.cleaned_data[name] for name in names if name in self.changed_data}
        return Edit(**said, **self.lists())


def declare_form(words: Snapshot) -> type[DeclareForm]:
    """The form for a new incident."""
    fields = {
        "name": _text("Name", 500, "What is wrong, in a few words. Empty: made from the summary"),
        "summary": _long("Summary", "What you know so far; Markdown"),
        "visibility": forms.ChoiceField(
            choices=Visibility.choices,
            initial=Visibility.PUBLIC,
            widget=UnfoldAdminRadioSelectWidget,
            help_text="Private incidents are seen by their members only: you, and whoever gets a role",
        ),
        "severity_id": _choice("Severity", NOTHING + _named(reversed(active(words.severities.values())))),
        "incident_status_id": _choice("Status", [("", "Where incidents start"), *_named(_by_stage(words))]),
        "incident_type_id": _choice("Type", [("", "The default one"), *_named(active(words.types.values()))]),
        "mode": forms.ChoiceField(choices=Mode.choices, initial=Mode.STANDARD, widget=UnfoldAdminSelectWidget),
        **_role_fields(words, {}),
        **_custom_fields(words, {}),
    }
    return _made(DeclareForm, words, fields)


def edit_form(words: Snapshot, incident: Incident) -> type[EditForm]:
    """The form for `incident` as it is now. Three statements."""
    severity_id = _choice("Severity", _severity_choices(words, incident))
    severity_id.initial = incident.severity_id or ""
    status_id = _choice("Status", _named(_reachable(words, words.statuses[incident.incident_status_id])))
    status_id.initial = incident.incident_status_id
    fields = {
        "name": _text("Name", 500, required=True),
        "summary": _long("Summary", "Markdown"),
        "severity_id": severity_id,
        "incident_status_id": status_id,
        "message": _long("Share an update", "Told with the status and severity to everybody who follows the incident"),
        "call_url": _text("Call", 2000, "Where people talk about it, as a link"),
        **_role_fields(words, _holders(incident)),
        **_custom_fields(words, _values(incident)),
        **_timestamp_fields(words, _times(incident)),
    }
    return _made(EditForm, words, fields)


def _made[F: IncidentForm](base: type[F], words: Snapshot, fields: dict[str, forms.Field]) -> type[F]:
    keys = {
        pk: CATALOG_KEY if field.catalog_type_id is not None else VALUE_KEY[FieldType(field.field_type)]
        for pk, field in words.fields.items()
    }
    made: Any = type(base)
    return cast(type[F], made(base.__name__, (base,), {**fields, "keys": keys, "__module__": __name__}))


def _text(label: str, longest: int, help_text: str = "", required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, required=required, help_text=help_text, widget=UnfoldAdminTextInputWidget
    )


def _long(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, help_text=help_text, widget=UnfoldAdminExpandableTextareaWidget)


def _choice(label: str, choices: Iterable[tuple[str, str]], help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=list(choices), required=False, help_text=help_text, widget=UnfoldAdminSelectWidget
    )


def _named(words: Iterable[Word]) -> list[tuple[str, str]]:
    return [(word.id, f"{word.name} (archived)" if word.archived_at else word.name) for word in words]


def _by_stage(words: Snapshot) -> list[IncidentStatus]:
    return words.statuses_in("triage") + words.statuses_in("live", "learning", "closed")


def _reachable(words: Snapshot, status: IncidentStatus) -> list[IncidentStatus]:
    """Where the lifecycle lets an incident go, from where it is; first of all where it is."""
    others = words.statuses_in(status.category, *NEXT[status.category])
    return [status, *(other for other in others if other.id != status.id)]


def _severity_choices(words: Snapshot, incident: Incident) -> list[tuple[str, str]]:
    current = words.severities.get(incident.severity_id or "")
    offered = list(reversed(active(words.severities.values())))
    if current is None:
        return NOTHING + _named(offered)
    return _named(offered if current in offered else [current, *offered])


def _role_fields(words: Snapshot, holders: Mapping[str, str]) -> dict[str, forms.Field]:
    """A person for each role but the reporter, who is whoever reported; the lead first."""
    roles = [role for role in active(words.roles.values()) if role.role_type != RoleType.REPORTER]
    assignee: Any = RoleAssignment._meta.get_field("assignee")
    return {
        f"{ROLE}{role.id}": forms.ModelChoiceField(
            User.objects.filter(is_active=True),
            label=role.name,
            required=False,
            initial=holders.get(role.id),
            help_text=role.description,
            widget=AutocompleteSelect(assignee, admin.site),
        )
        for role in sorted(roles, key=lambda role: role.role_type != RoleType.LEAD)
    }


def _custom_fields(words: Snapshot, values: Mapping[str, list[str]]) -> dict[str, forms.Field]:
    return {
        f"{FIELD}{field.id}": _custom_field(words, field, values.get(field.id, []))
        for field in active(words.fields.values())
    }


def _custom_field(words: Snapshot, field: CustomField, values: list[str]) -> forms.Field:
    """A form field for a custom field; what it allows is checked by the verb. Entries of the catalog are too many to
    choose from a list.
    """
    if field.catalog_type is not None:
        entries = _text(field.name, 10_000, f"{field.catalog_type.name}: IDs, external IDs or aliases, between commas")
        entries.initial = ", ".join(values)
        return entries
    if field.field_type in (FieldType.SINGLE_SELECT, FieldType.MULTI_SELECT):
        offered = words.options_of.get(field.id, [])
        kept = [words.options[pk] for pk in values if words.options[pk].archived_at is not None]
        choices = [(option.id, option.value) for option in offered]
        choices += [(option.id, f"{option.value} (archived)") for option in kept]
        if field.field_type == FieldType.SINGLE_SELECT:
            single = _choice(field.name, NOTHING + choices, field.description)
            single.initial = values[0] if values else ""
            return single
        return forms.MultipleChoiceField(
            label=field.name,
            choices=choices,
            required=False,
            initial=values,
            help_text=field.description,
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )
    text = _text(field.name, 5000, field.description)
    if field.field_type == FieldType.TEXT:
        text = _long(field.name, field.description)
    text.initial = values[0] if values else ""
    return text


def _timestamp_fields(words: Snapshot, times: Mapping[str, Any]) -> dict[str, forms.Field]:
    return {
        f"{TIMESTAMP}{stamp.id}": forms.SplitDateTimeField(
            label=stamp.name,
            required=False,
            initial=times.get(stamp.id),
            widget=UnfoldAdminSplitDateTimeWidget,
        )
        for stamp in active(words.timestamps.values())
    }


def _holders(incident: Incident) -> dict[str, str]:
    rows = RoleAssignment.objects.filter(incident=incident)
    return dict(rows.values_list("incident_role_id", "assignee_id"))


def _values(incident: Incident) -> dict[str, list[str]]:
    columns = ("value_catalog_entry__external_id", *COLUMNS)
    found: dict[str, list[str]] = {}
    rows = CustomFieldValue.objects.filter(incident=incident).order_by("id")
    for field_id, *values in rows.values_list("custom_field_id", *columns):
        found.setdefault(field_id, []).append(next(value for value in values if value is not None))
    return found


def _times(incident: Incident) -> dict[str, Any]:
    rows = TimestampValue.objects.filter(incident=incident)
    return dict(rows.values_list("incident_timestamp_id", "value"))
