"""Tokens: hard to guess, impossible to mistype."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apikeys.tokens import ALPHABET, is_well_formed, keyed_hash, lookup_prefix, new_token, token_of

entropy = st.binary(min_size=32, max_size=32)


@given(entropy)
def test_every_token_has_one_width_and_a_right_checksum(secret: bytes) -> None:
    token = token_of(secret)
    assert len(token) == len("inc_") + 43 + 6
    assert is_well_formed(token)


@given(entropy, entropy)
def test_different_secrets_give_different_tokens(one: bytes, other: bytes) -> None:
    assert (token_of(one) == token_of(other)) == (one == other)


@given(entropy, st.integers(4, 52), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(secret: bytes, place: int, character: str) -> None:
    token = token_of(secret)
    mistyped = token[:place] + character + token[place + 1 :]
    assert is_well_formed(mistyped) == (mistyped == token)


@given(st.text())
def test_no_other_text_is_a_token(text: str) -> None:
    assert not is_well_formed(text)
    assert not is_well_formed(f"inc_{text}")


def test_neither_whitespace_nor_digits_of_other_scripts_pass() -> None:
    token = new_token()
    assert not is_well_formed(f"{token}\n")
    assert not is_well_formed(token[:-1] + "٣")


@given(entropy, entropy)
def test_the_hash_belongs_to_the_token_and_shows_nothing_of_it(one: bytes, other: bytes) -> None:
    token = token_of(one)
    assert len(keyed_hash(token)) == 64
    assert (keyed_hash(token) == keyed_hash(token_of(other))) == (one == other)
    assert lookup_prefix(token) in token
    assert lookup_prefix(token) not in keyed_hash(token)


def test_another_hmac_key_gives_another_hash(settings: Any) -> None:
    token = new_token()
    before = keyed_hash(token)
    settings.TOKEN_HMAC_KEY = "another key"
    assert keyed_hash(token) != before
