"""What Slack sends to the hub: slash commands, what people do in forms and with buttons, and events."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.tasks import task
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from catalog import snapshot
from incidentio.core.crypto import UndecryptableSecret
from incidentio.core.engine import wake
from incidentio.core.errors import DomainError, Unavailable
from incidents.models import Incident
from integrations import calling
from integrations.base import Arrived, Forged, StepFailed
from integrations.connections import Account, account_of, secrets_lost
from integrations.slack import commands, forms, reactions
from integrations.slack.account import slack_of
from integrations.slack.client import TOOL, NotDone, items_in, mapping_in, text_in
from integrations.slack.messages import TAKE_LEAD
from integrations.slack.signatures import verify
from integrations.slack.visitors import Sorry, Unknown, incident_called, once, recognise, visitor

FORM_SECONDS = 2.0
REPLY_SECONDS = 10.0
Handler = Callable[[HttpRequest, Account], HttpResponse]


def _signed(handle: Handler) -> Callable[[HttpRequest], HttpResponse]:
    """A view of what Slack signed with the connection's signing secret; others are turned away."""

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            account = account_of(TOOL)
            verify(Arrived(headers, request.body, timezone.now()), account["signing_secret"])
        except (StepFailed, Forged) as refusal:
            if isinstance(refusal.__cause__, UndecryptableSecret):
                return _later(secrets_lost(TOOL, refusal.__cause__))
            return JsonResponse({"error": str(refusal)}, status=401)
        try:
            return handle(request, account)
        except _Unreadable:
            return JsonResponse({"error": "The request cannot be read"}, status=400)

    return view


def _later(refusal: Unavailable) -> HttpResponse:
    headers = {"Retry-After": str(refusal.retry_after_seconds)}
    return JsonResponse({"error": str(refusal)}, status=refusal.status, headers=headers)


class _Unreadable(Exception):
    """A request that is not as Slack documents it."""


def _json(text: str | bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise _Unreadable from None
    if not isinstance(read, dict):
        raise _Unreadable
    return read


def _answered(do: Callable[[], str]) -> str:
    """What `do` says, or why it cannot be done. Whoever is not known is looked for."""
    try:
        return do()
    except Unknown as refusal:
        wake(recognise, refusal.slack_user_id)
        return str(refusal)
    except Sorry as refusal:
        return str(refusal)
    except DomainError as refusal:
        return "\n".join(problem.message for problem in refusal.problems)
    except NotDone:
        return 'Slack did not open the form: say `/incident declare "what is wrong"` instead'


# ---- slash commands


@_signed
def command(request: HttpRequest, account: Account) -> HttpResponse:
    """`/incident …` (docs.slack.dev/interactivity/implementing-slash-commands): answered to whoever said it alone."""
    if request.POST.get("ssl_check"):
        return HttpResponse()
    said = {name: request.POST.get(name, "") for name in ("text", "channel_id", "team_id", "trigger_id")}
    user_id = request.POST.get("user_id", "")
    if not said["trigger_id"] or not user_id or any("\0" in value for value in (*said.values(), user_id)):
        raise _Unreadable
    text = _answered(lambda: _obeyed(commands.Command(**said), user_id, account))
    return JsonResponse({"response_type": "ephemeral", "text": text}) if text else HttpResponse()


def _obeyed(given: commands.Command, user_id: str, account: Account) -> str:
    user = visitor(user_id)
    if given.wants_form:
        forms.open_form(slack_of(account, FORM_SECONDS), given.trigger_id, snapshot.current(), forms.Origin())
        return ""
    return once(given.trigger_id, lambda: commands.obey(given, user))


# ---- forms, buttons and shortcuts


@_signed
def interaction(request: HttpRequest, account: Account) -> HttpResponse:
    """What somebody did in a form or with a button (docs.slack.dev/interactivity/handling-user-interaction)."""
    payload = _json(request.POST.get("payload", ""))
    user_id = text_in(mapping_in(payload, "user"), "id")
    match text_in(payload, "type"):
        case "view_submission":
            return _submitted(payload, user_id)
        case "block_actions":
            _reply(payload, _answered(lambda: _pressed(payload, user_id)))
        case "shortcut" | "message_action":
            _reply(payload, _answered(lambda: _opened(payload, user_id, account)))
    return HttpResponse()


def _submitted(payload: Mapping[str, Any], user_id: str) -> HttpResponse:
    if text_in(mapping_in(payload, "view"), "callback_id") != forms.DECLARE:
        return HttpResponse()
    if not text_in(mapping_in(payload, "view"), "id"):
        raise _Unreadable
    shown: dict[str, Any] = {}

    def submit() -> str:
        shown.update(forms.submit(payload, visitor(user_id), snapshot.current()))
        return ""

    problem = _answered(submit)
    return JsonResponse(shown or {"response_action": "errors", "errors": {forms.NAME: problem}})


def _pressed(payload: Mapping[str, Any], user_id: str) -> str:
    """The only button that does something takes the lead; those that are links lead elsewhere by themselves."""
    pressed = [one for one in items_in(payload, "actions") if text_in(one, "action_id") == TAKE_LEAD]
    if not pressed:
        return ""
    user, reference = visitor(user_id), text_in(pressed[0], "value")
    number = Incident.objects.filter(pk=reference).values_list("number", flat=True).first()
    if number is None:
        raise Sorry("There is no such incident")
    incident = incident_called(f"INC-{number}", user)
    doing = f"{text_in(payload, 'trigger_id')}:{text_in(pressed[0], 'action_ts')}"
    return once(doing, lambda: commands.take_lead(user, incident, user, snapshot.current()))


def _opened(payload: Mapping[str, Any], user_id: str, account: Account) -> str:
    if text_in(payload, "callback_id") != forms.DECLARE:
        return ""
    visitor(user_id)
    message, channel = mapping_in(payload, "message"), mapping_in(payload, "channel")
    origin = forms.Origin(text_in(channel, "id"), text_in(message, "ts"), text_in(message, "text"))
    slack = slack_of(account, FORM_SECONDS)
    forms.open_form(slack, text_in(payload, "trigger_id"), snapshot.current(), origin)
    return ""


def _reply(payload: Mapping[str, Any], text: str) -> None:
    """Tell whoever did it what became of it, later: nothing is called while Slack waits."""
    response_url = text_in(payload, "response_url")
    if text and response_url:
        wake(reply, response_url, text)


@task
def reply(response_url: str, text: str) -> None:
    """Say `text` to whoever pressed a button, and to nobody else."""
    body = {"response_type": "ephemeral", "replace_original": False, "text": text}
    request = calling.Request("POST", response_url, body=body)
    calling.attempt(TOOL, request, lambda answer, _: calling.done(answer, ""), REPLY_SECONDS)


# ---- events


@_signed
def event(request: HttpRequest, account: Account) -> HttpResponse:
    """What happened at Slack (docs.slack.dev/apis/events-api): only written down while Slack waits."""
    told = _json(request.body)
    if text_in(told, "type") == "url_verification":
        return JsonResponse({"challenge": text_in(told, "challenge")})
    happened = mapping_in(told, "event")
    match text_in(happened, "type"):
        case "reaction_added":
            reactions.take(account, happened)
        case "pin_added":
            reactions.take_pin(happened)
    reactions.wake_forgotten()
    return HttpResponse()
