"""A name for an incident whose reporter had no time to think of one."""

import secrets

ADJECTIVES = (
    "amber", "brisk", "calm", "coral", "crimson", "dusty", "eager", "fuzzy", "gentle", "golden", "hazel", "icy",
    "jolly", "keen", "lilac", "mellow", "misty", "nimble", "olive", "pearl", "quiet", "rapid", "rusty", "sandy",
    "scarlet", "shy", "silver", "sleepy", "snowy", "stormy", "sunny", "swift", "teal", "tidy", "velvet", "wild",
)  # fmt: skip
ANIMALS = (
    "badger", "beaver", "bison", "camel", "crane", "dolphin", "falcon", "ferret", "finch", "fox", "gecko", "heron",
    "ibex", "jackal", "koala", "lemur", "lynx", "marten", "mole", "moose", "newt", "ocelot", "otter", "owl",
    "panda", "pelican", "puffin", "quail", "raven", "seal", "sloth", "stoat", "tapir", "toucan", "walrus", "wren",
)  # fmt: skip
LONGEST = 100


def invent_name(summary: str) -> str:
    """The summary's first line (shortened), or an adjective and an animal."""
    line = next((line.strip() for line in summary.splitlines() if line.strip()), "")
    if len(line) > LONGEST:
        line = line[:LONGEST].rsplit(" ", 1)[0] + "…"
    return line or f"{secrets.choice(ADJECTIVES)}-{secrets.choice(ANIMALS)}"
