"""Who people of the hub are at other tools: found by their e-mail address, or said by somebody, and then left alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.words import configuring
from events.actors import Actor
from events.record import changed, created, record_configuration
from incidentio.core.errors import Gather, Invalid
from integrations.models import FoundBy, UserAccount

SUBJECT = "user_account"
# Who was not found may have come since.
LOOK_AGAIN = timedelta(days=1)
LONGEST = 300
UNTOLD = ("created_at", "updated_at")


@dataclass(frozen=True)
class Person:
    """Somebody as a tool knows them."""

    remote_id: str
    name: str


# Who has an e-mail address at a tool; None if nobody. It calls the tool, and raises StepFailed.
FindByEmail = Callable[[str], Person | None]


def id_at(tool: str, user: User, find: FindByEmail) -> str:
    """The person's ID at a tool; nothing if they are nobody there. Whom nobody has spoken of is looked for by their
    e-mail address, with no transaction open, and remembered.

    Raises:
        StepFailed: the tool does not say.
    """
    account = UserAccount.objects.filter(tool=tool, user=user).first()
    if account is None or _is_stale(account):
        account = _remember(tool, user, find(user.email))
    return account.remote_id


def person_at(tool: str, remote_id: str) -> User | None:
    """Who of the hub's active people has this ID at a tool, as far as it is known."""
    rows = UserAccount.objects.filter(tool=tool, remote_id=remote_id, user__is_active=True)
    account = rows.select_related("user").first() if remote_id else None
    return account.user if account is not None else None


def person_for(tool: str, remote_id: str, email: str) -> User | None:
    """Who of the hub's active people somebody of a tool is: known by their ID, else by e-mail address, which is then
    remembered.
    """
    known = person_at(tool, remote_id)
    if known is not None or not email:
        return known
    user = User.objects.filter(is_active=True, email__iexact=email).first()
    if user is None or not remote_id:
        return user
    return user if _remember(tool, user, Person(remote_id, "")).remote_id == remote_id else None


def say_account(actor: Actor, account: UserAccount, *, remote_id: str, name: str = "") -> UserAccount:
    """Keep what a person says of who somebody is at a tool; with an empty ID, that they are nobody there.

    Raises:
        Invalid: they are known there already, or somebody else has this ID.
    """
    with configuring():
        is_new = account._state.adding
        before = {} if is_new else _state(UserAccount.objects.get(pk=account.pk))
        account.remote_id, account.name, account.found_by = remote_id.strip(), name.strip(), FoundBy.PERSON
        _check(account)
        account.save(force_insert=is_new)
        _record(actor, account, before)
    return account


def forget_account(actor: Actor, account: UserAccount) -> None:
    """Know nothing any more of who somebody is at a tool: they are looked for again."""
    with configuring():
        gone = {name: [value, None] for name, (_, value) in created(_state(account)).items()}
        record_configuration(actor, f"{SUBJECT}.deleted", SUBJECT, account, gone)
        account.delete()


def _is_stale(account: UserAccount) -> bool:
    waited = timezone.now() - account.updated_at
    return account.found_by == FoundBy.EMAIL and not account.remote_id and waited > LOOK_AGAIN


def _remember(tool: str, user: User, found: Person | None) -> UserAccount:
    """Keep who was found, unless somebody spoke meanwhile, or it is somebody else of the hub."""
    with transaction.atomic(), configuring():
        account = UserAccount.objects.filter(tool=tool, user=user).first()
        if account is not None and (account.remote_id or account.found_by == FoundBy.PERSON):
            return account
        account = account or UserAccount(tool=tool, user=user, found_by=FoundBy.EMAIL)
        is_new, before = account._state.adding, _state(account)
        if found is not None and not _others(account, found.remote_id):
            account.remote_id, account.name = found.remote_id[:LONGEST], found.name[:LONGEST]
        account.save(force_insert=is_new)
        _record(Actor.system(), account, {} if is_new else before)
    return account


def _others(account: UserAccount, remote_id: str) -> bool:
    """Whether somebody else of the hub has this ID there."""
    rows = UserAccount.objects.filter(tool=account.tool, remote_id=remote_id).exclude(pk=account.pk)
    return bool(remote_id) and rows.exists()


def _check(account: UserAccount) -> None:
    problems = Gather()
    for field in ("remote_id", "name"):
        with problems:
            if len(getattr(account, field)) > LONGEST or "\0" in getattr(account, field):
                raise Invalid("invalid_value", f"At most {LONGEST} characters, none of them null", field)
    problems.raise_if_any()
    rows = UserAccount.objects.filter(tool=account.tool, user_id=account.user_id).exclude(pk=account.pk)
    with problems:
        if rows.exists():
            raise Invalid("already_exists", "The hub knows already who they are there; change that", "user")
    with problems:
        if _others(account, account.remote_id):
            raise Invalid("already_exists", "Somebody else of the hub has this ID there", "remote_id")
    problems.raise_if_any()


def _record(actor: Actor, account: UserAccount, before: dict[str, Any]) -> None:
    after = _state(account)
    verb, changes = ("updated", changed(before, after)) if before else ("created", created(after))
    record_configuration(actor, f"{SUBJECT}.{verb}", SUBJECT, account, changes)


def _state(account: UserAccount) -> dict[str, Any]:
    columns = (column for column in account._meta.concrete_fields if column.attname not in UNTOLD)
    return {column.attname: column.value_from_object(account) for column in columns}
