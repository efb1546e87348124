"""People: adding them, changing them, letting them go. Nobody is deleted: they stay visible in what they did."""

from typing import TypedDict, Unpack

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import ADMINISTRATORS, OrganisationRole, User
from events.actors import Actor
from events.record import Changes, changed, created, raise_config_version, record_configuration, state_of
from incidentio.core.errors import Gather, Invalid

SECRET_OR_INCIDENTAL = ("password", "last_login", "updated_at")


class UserSettings(TypedDict, total=False):
    """Everything about a person that can be set; `password` None means: cannot sign in with one."""

    email: str
    name: str
    role: str
    slack_user_id: str
    password: str | None
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
    before, password = _state(user), user.password
    was_administrator = user.is_staff
    _apply(user, settings)
    if was_administrator and not user.is_staff:
        _keep_an_administrator(user)
    changes: Changes = changed(before, _state(user))
    if user.password != password:
        changes["password"] = [None, "changed"]
    if changes:
        user.save()
        record_configuration(actor, "user.updated", "user", user, changes)
    return user
