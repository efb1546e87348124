"""Alert sources: who sends alerts, with which secret, and the route their alerts take."""

import secrets
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.models import Team
from catalog import snapshot
from catalog.models import Word
from catalog.words import check_name, configuring, renew
from events.actors import Actor
from events.record import Changes, changed, created, record_configuration
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.errors import Gather, Invalid
from incidents import alert_mapping
from incidents.models import AlertSource, Mode

SUBJECT = "alert_source"
HEARTBEAT, HTTP_CUSTOM, EMAIL, JIRA, ALERTMANAGER = "heartbeat", "http_custom", "email", "jira", "alertmanager"
# All there are in incident.io; those without a part of their own here are told of in the hub's own words, by HTTP.
SOURCE_TYPES = (
    "alertmanager", "app_optics", "azure_devops", "azure_monitor", "big_panda", "bugsnag", "checkly", "chronosphere",
    "cloudwatch", "cloudflare", "coralogix", "cronitor", "crowdstrike_falcon", "dash0", "datadog", "dynatrace",
    "elasticsearch", "email", "expel", "git_guardian", "github_issue", "google_cloud", "google_secops", "grafana",
    "heartbeat", "http", "http_custom", "honeycomb", "icinga2", "incoming_calls", "jira", "jsm", "logzio",
    "monte_carlo", "nagios", "new_relic", "opsgenie", "posthog", "prtg", "pager_duty", "panther", "pingdom",
    "runscope", "salesforce_case", "sns", "sentry", "sentry_metric", "service_now", "splunk", "status_cake",
    "status_page_views", "sumo_logic", "uptime", "vercel", "wiz", "zendesk",
)  # fmt: skip
OPTIONS = {
    EMAIL: "email_options",
    HEARTBEAT: "heartbeat_options",
    HTTP_CUSTOM: "http_custom_options",
    JIRA: "jira_options",
}
AS_SENT: dict[str, Any] = {
    "title": {"reference": "alert.title"},
    "description": {"reference": "alert.description"},
    "attributes": [],
    "expressions": [],
}
SECRET_BYTES = 32
LONGEST_TIMEOUT_MINUTES = 60 * 24 * 365
LONGEST_WINDOW_SECONDS = 60 * 60 * 24
LONGEST_INTERVAL_SECONDS = 60 * 60 * 24 * 366
HEARTBEAT_LIMITS = {
    "interval_seconds": (1, LONGEST_INTERVAL_SECONDS),
    "grace_period_seconds": (0, LONGEST_INTERVAL_SECONDS),
    "failure_threshold": (1, 100),
}
# Nobody's to read (the secrets), or no configuration (when it last was heard of).
UNTOLD = ("secret", "signing_secret", "last_ping_at")
SIGNS_ANEW: Changes = {"signing_secret": ["…", "changed"]}
NEW_SECRET: Changes = {"secret": ["…", "changed"]}


def create_alert_source(actor: Actor, *, source_type: str, **said: Any) -> AlertSource:
    """A new source, with a secret of its own. Unless it is `said` otherwise, its alerts make incidents in triage.

    `said` are columns of the source, `options` by their name on the wire: `{"heartbeat_options": {…}}`.

    Raises:
        Invalid: whatever is wrong with it; all mistakes at once.
    """
    with configuring():
        source = AlertSource(source_type=source_type, secret=secrets.token_hex(SECRET_BYTES), template=AS_SENT)
        source.creates_incidents = True
        _fill(source, {"options": {}} | said)
        source.save(force_insert=True)
        record_configuration(actor, f"{SUBJECT}.created", SUBJECT, source, created(_state(source)))
    return source


def update_alert_source(actor: Actor, source: AlertSource, **said: Any) -> AlertSource:
    """Change what is `said` of the source, as in `create_alert_source`; its type and secret stay.

    Raises:
        Invalid: whatever is wrong with it; all mistakes at once.
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(source, SUBJECT)
        before, signing_secret = _state(source), _opened(source, "signing_secret")
        _fill(source, said)
        is_as_before = _opened(source, "signing_secret") == signing_secret
        _save(actor, "updated", source, before, {} if is_as_before else SIGNS_ANEW)
    return source


def change_alert_source_secret(actor: Actor, source: AlertSource) -> AlertSource:
    """Give the source another secret; from now on the one it had proves nothing.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(source, SUBJECT)
        before, source.secret = _state(source), secrets.token_hex(SECRET_BYTES)
        _save(actor, "secret_changed", source, before, NEW_SECRET)
    return source


def archive_alert_source(actor: Actor, source: AlertSource) -> None:
    """Take the source out of use: what is sent to it is refused, its alerts stay.

    Raises:
        NotFound: it was archived meanwhile.
    """
    with configuring():
        renew(source, SUBJECT)
        before = _state(source)
        source.archived_at = timezone.now()
        _save(actor, "archived", source, before)


def validate_alert_source(*, source_type: str, **said: Any) -> None:
    """Check what could be a source without its name.

    Raises:
        Invalid: whatever is wrong with it; all mistakes at once.
    """
    _fill(AlertSource(source_type=source_type), said)


def secret_of(source: AlertSource) -> str:
    """The source's secret; nothing where no key of this installation opens it: then it is to be changed."""
    return _opened(source, "secret") or ""


def _opened(source: AlertSource, column: str) -> str | None:
    try:
        return str(getattr(source, column))
    except UndecryptableSecret:
        return None


def is_secret(source: AlertSource, token: str) -> bool:
    """Whether `token` is the source's secret, found out in the same time whatever it is."""
    return secrets.compare_digest(source.secret.encode(), token.encode())


def _save(actor: Actor, verb: str, source: AlertSource, before: dict[str, Any], besides: Changes | None = None) -> None:
    changes = changed(before, _state(source)) | (besides or {})
    if changes:
        source.save()
        record_configuration(actor, f"{SUBJECT}.{verb}", SUBJECT, source, changes)


def _state(source: AlertSource) -> dict[str, Any]:
    """The source as its events tell it."""
    fields = [field for field in source._meta.concrete_fields if field.name not in UNTOLD]
    return {field.attname: field.value_from_object(source) for field in fields}


def _fill(source: AlertSource, said: dict[str, Any]) -> None:
    """Set the columns that are `said`, and check them all."""
    options = said.pop("options", None)
    for column, value in said.items():
        setattr(source, column, value)
    problems = Gather()
    with problems:
        if source.source_type not in SOURCE_TYPES:
            raise Invalid("invalid_value", f"There is no source type {source.source_type!r}", "source_type")
    with problems:
        if "name" in said:
            check_name(source, source.name)
    with problems:
        if options is not None:
            _set_options(source, options)
    with problems:
        _check_template(source)
    with problems:
        _check_teams(source)
    for column, most in _LIMITS.items():
        with problems:
            _check_limit(source, column, most)
    with problems:
        _check_route(source)
    problems.raise_if_any()


_LIMITS = {"auto_resolve_timeout_minutes": LONGEST_TIMEOUT_MINUTES, "grouping_window_seconds": LONGEST_WINDOW_SECONDS}


def _check_limit(source: AlertSource, column: str, most: int) -> None:
    value = getattr(source, column)
    least = 1 if value is not None and column == "auto_resolve_timeout_minutes" else 0
    if value is not None and not least <= value <= most:
        raise Invalid("invalid_value", f"Between {least} and {most}", column)


def _check_template(source: AlertSource) -> None:
    if source.template.get("attributes"):
        message = "There are no alert attributes here yet; leave this empty"
        raise Invalid("not_found", message, "template.attributes.0.alert_attribute_id")


def _check_teams(source: AlertSource) -> None:
    known = set(Team.objects.filter(pk__in=source.owning_team_ids).values_list("pk", flat=True))
    for index, team_id in enumerate(source.owning_team_ids):
        if team_id not in known:
            raise Invalid("not_found", f"There is no team with the ID {team_id!r}", f"owning_team_ids.{index}")


def _check_route(source: AlertSource) -> None:
    if source.incident_mode not in Mode.values:
        raise Invalid("invalid_value", f"There is no mode {source.incident_mode!r}", "incident_mode")
    words = snapshot.current()
    chosen: tuple[tuple[str, str, Mapping[str, Word]], ...] = (
        ("incident_severity_id", "severity", words.severities),
        ("incident_type_id", "incident type", words.types),
    )
    for column, what, offered in chosen:
        pk = getattr(source, column)
        if pk is not None and pk not in offered:
            raise Invalid("not_found", f"There is no {what} with the ID {pk!r}", column)


def _set_options(source: AlertSource, options: dict[str, Any]) -> None:
    """Set the options of the source's own type, where there are any in `options`; without, they stay as they are."""
    own = OPTIONS.get(source.source_type)
    for name in options:
        if name != own:
            raise Invalid("invalid_value", f"A source of type {source.source_type!r} has no such options", name)
    if own in options:
        check = _CHECKS.get(source.source_type)
        kept = {name: value for name, value in source.options.items() if name in alert_mapping.OWN}
        source.options = check(kept | options[own]) if check else options[own]
    elif source.source_type == HEARTBEAT and not source.options:
        raise Invalid("is_required", "Say how often a heartbeat is expected", "heartbeat_options")


def _heartbeat(options: dict[str, Any]) -> dict[str, Any]:
    checked = {"grace_period_seconds": 0, "failure_threshold": 1, **options}
    for name, (least, most) in HEARTBEAT_LIMITS.items():
        if not least <= checked[name] <= most:
            raise Invalid("invalid_value", f"Between {least} and {most}", f"heartbeat_options.{name}")
    return checked


def _http_custom(options: dict[str, Any]) -> dict[str, Any]:
    _refuse_code(options, "http_custom_options")
    alert_mapping.check(options, "http_custom_options")
    return {name: value for name, value in options.items() if value or name not in alert_mapping.OWN}


def _email(options: dict[str, Any]) -> dict[str, Any]:
    _refuse_code(options, "email_options")
    if options.get("redactions"):
        raise Invalid("invalid_value", "Nothing is redacted here; leave this empty", "email_options.redactions")
    return options


def _refuse_code(options: dict[str, Any], name: str) -> None:
    if options.get("transform_expression"):
        message = "This hub does not run code: leave this empty, and have the sender say title and status"
        raise Invalid("invalid_value", message, f"{name}.transform_expression")


_CHECKS = {HEARTBEAT: _heartbeat, HTTP_CUSTOM: _http_custom, EMAIL: _email}
