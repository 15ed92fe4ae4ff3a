"""Letters and notices on real SQLite and PostgreSQL: drafts that give way, nothing sent twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from test_account_store import at_once
from test_store import any_store, new_url, postgres, url

from profiles.errors import UnknownError
from profiles.letter_store import Letter, LetterState
from profiles.store import Store
from profiles.tables import letters

__all__ = ["any_store", "new_url", "postgres", "url"]  # fixtures

LETTER = Letter("agenda", 1, "kim@example.org", "ko", "일정", "본문\n", event_id="day", version=3)


def test_letters_come_back_as_they_were_drafted(any_store: Store) -> None:
    kept = any_store.draft_letters([LETTER, replace(LETTER, address="lee@example.org", event_id=None)])
    assert [(each.subject, each.body, each.version, each.state) for each in kept] == [
        ("일정", "본문\n", 3, LetterState.DRAFT)
    ] * 2
    assert any_store.letter(kept[0].number) == kept[0]
    assert any_store.letters() == [kept[1], kept[0]]
    assert any_store.letters(event_id="day", state=LetterState.DRAFT) == [kept[0]]
    assert any_store.letters(state=LetterState.SENT) == []
    with pytest.raises(UnknownError):
        any_store.letter(kept[1].number + 1)


def test_a_draft_takes_the_place_of_the_one_before(any_store: Store) -> None:
    first = any_store.draft_letters([LETTER])[0]
    any_store.draft_letters(
        [
            replace(LETTER, kind="invitation"),
            replace(LETTER, event_id="other"),
            replace(LETTER, event_id=None),
            replace(LETTER, address="lee@example.org"),
        ]
    )
    second = any_store.draft_letters([replace(LETTER, version=4)])[0]
    assert first.number not in [each.number for each in any_store.letters()]
    assert len(any_store.letters()) == 5
    any_store.mark_letter(second.number, LetterState.SENT)
    any_store.draft_letters([replace(LETTER, version=5)])
    assert [each.version for each in any_store.letters(event_id="day") if each.address == LETTER.address] == [
        5,
        4,
        3,
    ]  # what was sent stays, and the invitation is about something else


def test_a_letter_is_claimed_by_one(any_store: Store) -> None:
    number = any_store.draft_letters([LETTER])[0].number
    assert sorted(at_once(lambda _: any_store.claim_letter(number))) == [False] * 7 + [True]
    assert any_store.letter(number).state is LetterState.SENDING
    assert any_store.discard_letters([number]) == 0  # it may be on its way
    any_store.mark_letter(number, LetterState.FAILED, "550 no")
    assert any_store.letter(number).error == "550 no"
    assert any_store.claim_letter(number)
    any_store.mark_letter(number, LetterState.SENT, body="ohne")
    sent = any_store.letter(number)
    assert (sent.state, sent.error, sent.body) == (LetterState.SENT, "", "ohne")
    assert sent.sent_at is not None
    assert not any_store.claim_letter(number)
    assert any_store.discard_letters([number]) == 0
    assert not any_store.claim_letter(number + 1)


def test_a_letter_left_behind_can_be_tried_again(any_store: Store) -> None:
    number = any_store.draft_letters([LETTER])[0].number
    assert any_store.claim_letter(number)
    long_ago = datetime.now(UTC) - timedelta(minutes=11)
    with any_store.engine.begin() as connection:
        connection.execute(update(letters).where(letters.c.pk == number).values(sent_at=long_ago))
    assert any_store.claim_letter(number)
    assert not any_store.claim_letter(number)


def test_which_version_people_were_told(any_store: Store) -> None:
    assert any_store.told_versions("day") == {}
    for version, account, state in (
        (1, 1, LetterState.SENT),
        (2, 1, LetterState.SENT),
        (3, 1, LetterState.FAILED),
        (1, 2, LetterState.SENT),
        (1, 3, LetterState.DRAFT),
    ):
        letter = replace(LETTER, version=version, account=account, address=f"{account}@example.org")
        any_store.mark_letter(any_store.draft_letters([letter])[0].number, state)
    other = any_store.draft_letters([replace(LETTER, event_id="other", version=9)])[0]
    any_store.mark_letter(other.number, LetterState.SENT)
    assert any_store.told_versions("day") == {1: 2, 2: 1}


def test_discarding_counts_what_was_there(any_store: Store) -> None:
    numbers = [each.number for each in any_store.draft_letters([LETTER, replace(LETTER, address="b@c.de")])]
    assert any_store.discard_letters([*numbers, 999]) == 2
    assert any_store.letters() == []


def test_notices_until_they_are_seen(any_store: Store) -> None:
    any_store.keep_notices(
        "day", 2, {"vaxo": [{"kind": "added"}], "pharmo": [{"kind": "moved"}, {"kind": "x"}]}
    )
    any_store.keep_notices("day", 3, {"vaxo": [{"kind": "dropped"}]})
    any_store.keep_notices("day", 4, {})
    mine = any_store.notices("day", profile_id="vaxo")
    assert [(each.version, list(each.changes), each.seen_at) for each in mine] == [
        (3, [{"kind": "dropped"}], None),
        (2, [{"kind": "added"}], None),
    ]
    assert len(any_store.notices("day")) == 3
    any_store.see_notices("day", "vaxo")
    assert all(each.seen_at for each in any_store.notices("day", profile_id="vaxo"))
    assert not any(each.seen_at for each in any_store.notices("day", profile_id="pharmo"))
    assert any_store.notices("other") == []
