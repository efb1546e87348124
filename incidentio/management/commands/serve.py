"""manage.py serve: the whole hub in one terminal."""

import secrets
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import OrganisationRole, User
from accounts.users import create_user
from apikeys.keys import issue
from apikeys.models import ApiKey
from catalog.defaults import seed_defaults
from events.actors import Actor
from incidentio import serving
from workflows.shipped import seed_workflows

ADMINISTRATOR = "admin@localhost"
FIRST_KEY = "First key"
# What an integration usually needs; private incidents are left out on purpose.
FIRST_KEY_ROLES = [
    "viewer",
    "incident_creator",
    "incident_editor",
    "incident_memberships_editor",
    "manage_settings",
    "catalog_viewer",
    "catalog_editor",
    "workflows_editor",
]
DECLARE = """Declare an incident:

  curl {url}/v1/incidents \\
    -H "Authorization: Bearer {token}" -H "Content-Type: application/json" \\
    -d '{{"idempotency_key": "first-try", "visibility": "public", "name": "Checkout is down"}}'
"""


class Command(BaseCommand):
    """Runs until Ctrl-C, SIGTERM or the end of one of its programs."""

    help = (
        "Prepare the database and run the web server and the background worker until Ctrl-C. The first start makes an "
        "administrator and an API key and prints them once. Every setting comes from the environment or .env: "
        "PORT=9000 manage.py serve"
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        serving.on_stop_signals(serving.raise_stop)
        try:
            serving.check_address(settings.HOST, settings.PORT)
            self.prepare()
            self.run()
        except serving.Stop:
            self.say("\nStopped.")
        except (serving.CannotListen, serving.Ended) as error:
            raise CommandError(str(error)) from error
        finally:
            serving.on_stop_signals(signal.SIG_DFL)

    def prepare(self) -> None:
        """Bring the database and, in production, the static files up to date."""
        self.say("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        seed_defaults(Actor.system())
        seed_workflows(Actor.system())
        settings.STATIC_ROOT.mkdir(exist_ok=True)
        if settings.PRODUCTION:
            call_command("collectstatic", verbosity=0, interactive=False)

    def run(self) -> None:
        """Start everything, say where it is, and wait for its end."""
        web = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
        worker = [sys.executable, "manage.py", "worker"]
        commands = {"web server": web, "background worker": worker}
        with serving.running(commands, settings.BASE_DIR) as programs:
            serving.wait_for_web(settings.HOST, settings.PORT, programs)
            self.welcome(first_credentials())
            serving.watch(programs)

    def welcome(self, credentials: "tuple[str, str] | None") -> None:
        """Print what somebody in front of a running hub wants to know."""
        url = settings.PUBLIC_URL
        self.say(f"\nThe hub is running. Ctrl-C stops it.\n\n  Admin  {url}/admin/\n  API    {url}/docs\n")
        token = "$INCIDENTIO_KEY"
        if credentials:
            password, token = credentials
            self.say(
                "Shown this once, so keep them:\n\n"
                f"  Administrator  {ADMINISTRATOR}   password  {password}\n"
                f"  API key        {token}\n"
                f"                 ({', '.join(FIRST_KEY_ROLES)})\n"
            )
        self.say(DECLARE.format(url=url, token=token))
        if credentials:
            self.say(f"From now on this line says $INCIDENTIO_KEY, so: export INCIDENTIO_KEY={token}\n")
        if settings.WEB_PROCESSES > 1 and "locmem" in settings.CACHES["default"]["BACKEND"]:
            self.say(
                f"Warning: each of the {settings.WEB_PROCESSES} web processes counts requests for itself, so keys may "
                "make more of them than their rate allows. Set CACHE_URL, or WEB_PROCESSES=1.\n"
            )

    def say(self, text: str) -> None:
        """Print at once, also into a pipe."""
        self.stdout.write(f"{text}\n", ending="")
        self.stdout.flush()


@transaction.atomic
def first_credentials() -> "tuple[str, str] | None":
    """On an installation without people and keys, make the first of each: the password and the token."""
    if User.objects.exists() or ApiKey.objects.exists():
        return None
    actor = Actor.system()
    password = secrets.token_urlsafe(12)
    create_user(
        actor, email=ADMINISTRATOR, name="Administrator", role=OrganisationRole.ADMINISTRATOR, password=password
    )
    return password, issue(actor, name=FIRST_KEY, roles=FIRST_KEY_ROLES).token
