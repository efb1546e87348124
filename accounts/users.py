"""People: adding them, changing them, letting them go. Nobody is deleted: they stay visible in what they did."""

from typing import Any, TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import ADMINISTRATORS, OrganisationRole, User
from events.actors import Actor
from events.record import changed, created, raise_config_version, record, record_configuration, state_of
from incidentio.core.errors import Gather, Invalid

LONGEST_EMAIL = 254
LONGEST_NAME = 200
LONGEST_SLACK_USER_ID = 40
ESCALATION_PROVIDERS = ("native", "opsgenie", "pagerduty", "splunk_on_call")
NOT_A_CHANGE = ("password", "last_login", "updated_at")


class UserSettings(TypedDict, total=False):
    """Everything about a person that can be set; with `password` None they cannot sign in with one."""

    email: str
    name: str
    role: str
    slack_user_id: str
    password: str | None
    preferred_escalation_provider: str
    is_active: bool


@transaction.atomic
def create_user(
    actor: Actor,
    *,
    email: str,
    name: str,
    role: str = OrganisationRole.RESPONDER,
    password: str | None = None,
    slack_user_id: str = "",
) -> User:
    """Add a person; without a password they cannot sign in with one.

    Raises:
        Invalid: something of it is wrong, or the e-mail address or Slack user id is somebody else's.
    """
    raise_config_version()
    user = User()
    _apply(user, UserSettings(email=email, name=name, role=role, slack_user_id=slack_user_id, password=password))
    user.save(force_insert=True)
    record_configuration(actor, "user.created", "user", user, created(_state(user)))
    return user


@transaction.atomic
def update_user(actor: Actor, user: User, **settings: Unpack[UserSettings]) -> User:
    """Change what is given of a person, keep the rest.

    Raises:
        Invalid: something of it is wrong, or nobody would be left who can administer the hub.
    """
    raise_config_version()
    user = User.objects.select_for_update().get(pk=user.pk)
    before, password, administered = _state(user), user.password, user.is_staff
    _apply(user, settings)
    if administered and not user.is_staff:
        _keep_an_administrator(user)
    user.save()
    record_configuration(actor, "user.updated", "user", user, changed(before, _state(user)))
    if user.password != password:
        record(actor, "user.password_changed", "user", user.id, {})
    return user


def deactivate_user(actor: Actor, user: User) -> User:
    """Let a person go: they can no longer sign in, nor be given anything; what they did keeps their name.

    Raises:
        Invalid: nobody would be left who can administer the hub.
    """
    return update_user(actor, user, is_active=False)


def _apply(user: User, settings: UserSettings) -> None:
    """Put `settings` on `user`. Raises `Invalid`, telling everything that is wrong."""
    problems = Gather()
    with problems:
        if "email" in settings:
            user.email = _free_email(user, settings["email"].strip())
    with problems:
        if "name" in settings:
            user.name = _name(settings["name"])
    with problems:
        if "role" in settings:
            user.role = _role(settings["role"])
    with problems:
        if "slack_user_id" in settings:
            user.slack_user_id = _free_slack_user_id(user, settings["slack_user_id"].strip())
    with problems:
        if "password" in settings:
            _set_password(user, settings["password"])
    with problems:
        if "preferred_escalation_provider" in settings:
            user.preferred_escalation_provider = _escalation_provider(settings["preferred_escalation_provider"])
    problems.raise_if_any()
    user.is_active = settings.get("is_active", user.is_active)


def _free_email(user: User, email: str) -> str:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid("invalid_value", f"{email[:100]!r} is not an e-mail address", "email") from error
    if len(email) > LONGEST_EMAIL:
        raise Invalid("invalid_value", f"An e-mail address has at most {LONGEST_EMAIL} characters", "email")
    if User.objects.filter(email__iexact=email).exclude(pk=user.pk).exists():
        raise Invalid("already_exists", f"Somebody with the e-mail address {email!r} is here already", "email")
    return email


def _name(name: str) -> str:
    if not name.strip() or len(name) > LONGEST_NAME or "\0" in name:
        raise Invalid("invalid_value", f"A name has 1 to {LONGEST_NAME} characters", "name")
    return name


def _role(role: str) -> str:
    if role not in OrganisationRole.values:
        raise Invalid("invalid_value", f"An organisation role is one of: {', '.join(OrganisationRole.values)}", "role")
    return role


def _free_slack_user_id(user: User, slack_user_id: str) -> str:
    if len(slack_user_id) > LONGEST_SLACK_USER_ID or "\0" in slack_user_id:
        message = f"A Slack user ID has at most {LONGEST_SLACK_USER_ID} characters"
        raise Invalid("invalid_value", message, "slack_user_id")
    if slack_user_id and User.objects.filter(slack_user_id=slack_user_id).exclude(pk=user.pk).exists():
        raise Invalid("already_exists", f"The Slack user ID {slack_user_id!r} is somebody else's", "slack_user_id")
    return slack_user_id


def _escalation_provider(name: str) -> str:
    if name not in ESCALATION_PROVIDERS:
        message = f"An escalation provider is one of: {', '.join(ESCALATION_PROVIDERS)}"
        raise Invalid("invalid_value", message, "preferred_escalation_provider")
    return name


def _set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("invalid_value", " ".join(error.messages), "password") from error
    user.set_password(password)


def _keep_an_administrator(leaving: User) -> None:
    others = User.objects.filter(is_active=True, role__in=ADMINISTRATORS).exclude(pk=leaving.pk)
    if not others.exists():
        raise Invalid("in_use", f"{leaving.name} is the last who can administer the hub; make somebody else one first")


def _state(user: User) -> dict[str, Any]:
    """The person as their events tell them: never the password, nor the mere use of it."""
    return {name: value for name, value in state_of(user).items() if name not in NOT_A_CHANGE}
