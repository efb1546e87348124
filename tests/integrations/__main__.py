"""`python -m tests.integrations`: write the tables of docs/integrations/README.md anew."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentio.settings")
django.setup()

from tests.integrations.faults import PAGE, page  # noqa: E402  # needs Django set up

if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE}")
