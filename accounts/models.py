"""User and Team."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from events.actors import Actor, ActorKind
from incidentio.core.ids import TimedModel


class OrganisationRole(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    RESPONDER = "responder", "Responder"
    ADMINISTRATOR = "administrator", "Administrator"
    OWNER = "owner", "Owner"
    UNSET = "unset", "No role"


ADMINISTRATORS = (OrganisationRole.ADMINISTRATOR, OrganisationRole.OWNER)


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(TimedModel, AbstractBaseUser):
    """A person. They sign in with their e-mail address; administrators and owners may use the admin."""

    email = models.EmailField("e-mail", max_length=254, unique=True)
    name = models.CharField(max_length=200)
    slack_user_id = models.CharField("Slack user ID", max_length=40, blank=True, default="")
    role = models.CharField(
        "organisation role",
        max_length=16,
        choices=OrganisationRole.choices,
        default=OrganisationRole.RESPONDER,
        help_text="Administrators and owners may change configuration here",
    )
    preferred_escalation_provider = models.CharField(max_length=20, blank=True, default="", editable=False)
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text="Switch off instead of deleting: people stay visible in what they did",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_whatever_case"),
            models.UniqueConstraint(
                fields=["slack_user_id"], condition=~models.Q(slack_user_id=""), name="user_slack_user_id"
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.USER, self.id, self.name)

    @property
    def is_staff(self) -> bool:
        return self.is_active and self.role in ADMINISTRATORS

    @property
    def is_superuser(self) -> bool:
        return self.is_staff

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_staff

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class Team(TimedModel):
    """A group of people that owns things."""

    name = models.CharField(max_length=200, unique=True)
    members: "models.ManyToManyField[User, Any]" = models.ManyToManyField(User, blank=True, related_name="teams")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
