"""Keys open what they are for, until they are revoked."""

from __future__ import annotations

import pytest

from recommender.errors import BadInput, UnknownKey
from recommender.store import Store, keys


def test_a_key_opens_its_scopes_and_no_other_word_does(store: Store) -> None:
    with store.write() as conn:
        key_id, key = keys.create(conn, ["ingest", "recommend"], "LMS")
    assert keys.authenticate(store.fast.key, key) == keys.Key(key_id, ("recommend", "ingest"))
    wrong = (
        "",
        "x",
        key_id,
        key[:-1],
        key + "x",
        key.upper(),
        f"rk_{key_id}_",
        "rk__",
        "rk_ffffffff_x",
        "rk_é_x",
        "rk_\0_x",
    )
    assert [keys.authenticate(store.fast.key, k) for k in wrong] == [None] * len(wrong)


def test_the_store_does_not_hold_the_key(store: Store) -> None:
    with store.write() as conn:
        _, key = keys.create(conn, ["admin"])
        held = conn.exec_driver_sql("SELECT * FROM api_keys").one()
        listed = keys.listing(conn)
    assert key.split("_", 2)[2] not in str(held)
    assert set(listed[0]) == {"key_id", "name", "scopes", "created_at", "revoked_at"}


def test_a_revoked_key_opens_nothing(store: Store) -> None:
    with store.write() as conn:
        key_id, key = keys.create(conn, ["admin"])
        keys.revoke(conn, key_id)
        first = keys.listing(conn)[0]["revoked_at"]
        keys.revoke(conn, key_id)
        assert keys.listing(conn)[0]["revoked_at"] == first
    assert keys.authenticate(store.fast.key, key) is None
    with pytest.raises(UnknownKey, match="There is no key 'none'"), store.write() as conn:
        keys.revoke(conn, "none")


def test_a_scope_must_exist(store: Store) -> None:
    with (
        pytest.raises(BadInput, match="root is no scope"),
        store.write() as conn,
    ):
        keys.create(conn, ["root"])
