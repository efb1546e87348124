"""What tools say in a fire drill, and what they say of what cannot be taken away after it."""

from collections.abc import Callable

from integrations.base import Remains

NAME = "Fire drill: nothing is on fire"
WORDS = f"{NAME}. This tries whether the incident hub gets through; there is nothing to do."


def staying(thing: str, why: str) -> Callable[[Remains], str]:
    """The tidying up of a tool that takes nothing back: says how many of a `thing` stay there, and `why`."""

    def tidy_up(remains: Remains) -> str:
        number = len(remains.made)
        return f"{number} {thing}{'s stay' if number > 1 else ' stays'}: {why}" if number else ""

    return tidy_up
