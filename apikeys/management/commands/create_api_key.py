"""manage.py create_api_key"""

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from apikeys.keys import Issued, issue
from apikeys.management.arguments import KeyCommand, duration, moment, network, role, role_table
from apikeys.roles import ROLES, roles_named
from events.actors import Actor


class Command(KeyCommand):
    help = "Make an API key and print its token, which is shown this once. A key may do what its roles allow together."
    examples = f"""\
  manage.py create_api_key Zendesk --role "Create incidents"
  manage.py create_api_key Warehouse --role viewer --role global_access --expires 90d --allow 10.0.0.0/8
  manage.py create_api_key Terraform --role viewer --role manage_settings --rate 3000 --json
  export INCIDENTIO_KEY=$(manage.py create_api_key Laptop --all-roles --expires 12h)

Roles, by name or by label:
{role_table()}
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="What the key is for; people see it wherever the key does something")
        parser.add_argument(
            "--role", dest="roles", action="append", default=[], type=role, metavar="ROLE", help="May be repeated"
        )
        parser.add_argument("--all-roles", action="store_true", help="Everything a key can be allowed")
        parser.add_argument("--expires", type=duration, metavar="DURATION", help="As in 90d or 12h; default: never")
        parser.add_argument(
            "--allow",
            dest="networks",
            action="append",
            default=[],
            type=network,
            metavar="NETWORK",
            help="A network it may be used from, as in 10.0.0.0/8; may be repeated; default: anywhere",
        )
        parser.add_argument(
            "--rate", type=int, metavar="PER_MINUTE", help="Requests a minute; default: the installation's"
        )
        parser.add_argument("--comments", default="", help="Anything the next person should know")
        parser.add_argument("--json", action="store_true", help="Print one object: id, name, token, roles")

    def handle(self, *args: Any, **options: Any) -> None:
        roles = list(ROLES) if options["all_roles"] else options["roles"]
        if not roles:
            raise CommandError("Say what the key may do: --role NAME (see --help), or --all-roles", returncode=2)
        expires = options["expires"]
        issued = issue(
            Actor.system(),
            name=options["name"],
            roles=roles,
            comments=options["comments"],
            expires_at=timezone.now() + expires if expires is not None else None,
            allowed_networks=options["networks"],
            rate_limit=options["rate"],
        )
        self._tell(issued, options["json"])

    def _tell(self, issued: Issued, as_json: bool) -> None:
        """The token alone goes to standard output, so that a shell can catch it."""
        key = issued.key
        if as_json:
            told = {"id": key.id, "name": key.name, "token": issued.token, "roles": key.roles}
            self.stdout.write(json.dumps(told))
            return
        labels = "; ".join(role.label for role in roles_named(key.roles))
        self.stderr.write(f"API key {key.name!r} ({key.id}) may: {labels}", self.style.NOTICE)
        self.stderr.write(f"Expires: {moment(key.expires_at)}. Its token, shown only now:", self.style.NOTICE)
        self.stdout.write(issued.token)
