"""The borders of the rules about lists, titles, searches, exports and pages."""

from __future__ import annotations

from fault_injection.reply import json_reply
from harness.core.observed.history import Visit
from reports.record import Level
from tests.harness.core.chats import (
    ID,
    LONG,
    QUESTION,
    answer,
    asked,
    call,
    done,
    found,
    later,
    question,
    service,
    shown,
    told,
)
from tests.harness.core.histories import NONCE, OTHER, breaches, message, silent

READ = later("read", shown(question(), answer()), at=1.0)
ENTRY = {"id": ID, "title": QUESTION[:20]}
OTHER_ID = "conv-3333-4444"
SECOND = asked(
    told("Red.", conversation=OTHER_ID), at=2.0, talk="v", label="second", errand={"nonce": OTHER, "text": OTHER}
)
READ_SECOND = done(
    "read", shown(question(7, OTHER), answer(8, "Red.")), at=3.0, talk="v", errand={"conversation": OTHER_ID}
)
CALLS = (call(), call("Red.", at=2.05, nonce=OTHER))


def _listed(*entries: dict[str, str], at: float = 5.0, **deed: int) -> Visit:
    return done("list", found({"conversations": list(entries)}), at=at, talk="", deed=deed)


def test_a_conversation_is_in_the_list_until_it_is_put_away() -> None:
    away = later("archive", found({}), at=2.0)

    assert silent(
        "conversation-shown", [service(asked(), READ, _listed(ENTRY)), service(asked(), READ, away, _listed())]
    )
    still = service(asked(), READ, away, _listed(ENTRY))
    assert "that was put away before" in message("conversation-shown", still)


def test_a_title_is_the_start_of_the_first_question_until_it_is_changed() -> None:
    renamed = later("rename", found({}), at=2.0, errand={"text": "Skies"})

    (breach,) = breaches("conversation-shown", service(asked(), READ, _listed({**ENTRY, "title": "Something"})))
    assert breach.level is Level.SHOULD
    assert silent("conversation-shown", [service(asked(), READ, renamed, _listed({**ENTRY, "title": "Skies"}))])
    assert "has another title" in message("conversation-shown", service(asked(), READ, renamed, _listed(ENTRY)))


def test_a_search_finds_what_is_there_and_nothing_that_was_deleted() -> None:
    hit, nothing = done("search", found([ENTRY]), at=5.0), done("search", found([]), at=5.0)
    gone = later("delete", found({}), at=2.0)

    assert silent("conversation-shown", [service(asked(), READ, hit), service(asked(), READ, gone, nothing)])
    assert "does not find" in message("conversation-shown", service(asked(), READ, nothing))
    assert "that was deleted" in message("conversation-shown", service(asked(), READ, gone, hit))


def test_an_export_holds_question_and_answer_and_a_pdf_is_one() -> None:
    whole, bare = json_reply(f"{NONCE}: {LONG}".encode()), json_reply(NONCE.encode())

    assert silent("conversation-shown", [service(asked(), later("export", whole))])
    assert "lacks an answer" in message("conversation-shown", service(asked(), later("export", bare)))
    assert "lacks a question" in message("conversation-shown", service(asked(), later("export", json_reply(b"{}"))))
    as_pdf = later("export", whole, deed={"form": "pdf"})
    assert "does not begin as a PDF does" in message("conversation-shown", service(asked(), as_pdf))


def test_a_list_is_in_the_order_of_the_latest_messages() -> None:
    newest, oldest = {"id": OTHER_ID, "title": OTHER}, ENTRY
    both = (asked(), READ, SECOND, READ_SECOND)

    assert silent("pages-true", [service(*both, _listed(newest, oldest), calls=CALLS)])
    assert "before one with a later" in message("pages-true", service(*both, _listed(oldest, newest), calls=CALLS))
    twice = service(*both, _listed(newest, newest), calls=CALLS)
    assert "more than once" in message("pages-true", twice)
    assert "are on no page" in message("pages-true", service(*both, _listed(newest), calls=CALLS))


def test_pages_skip_none_and_are_no_longer_than_asked() -> None:
    newest, oldest = {"id": OTHER_ID, "title": OTHER}, ENTRY
    both = (asked(), READ, SECOND, READ_SECOND)
    first, second = _listed(newest, limit=1), _listed(oldest, at=6.0, limit=1, offset=1)

    assert silent("pages-true", [service(*both, first, second, calls=CALLS)])
    skipped = service(*both, _listed({"id": "conv-x"}, limit=1), second, calls=CALLS)
    assert "is skipped" in message("pages-true", skipped)
    longer = service(*both, _listed(newest, oldest, limit=1), calls=CALLS)
    assert "1 were asked for, and 2 came" in message("pages-true", longer)
    none = service(*both, done("list", found({"none": 0}), at=5.0, talk=""), calls=CALLS)
    assert "there is none in the answer" in message("pages-true", none)


def test_the_pages_of_a_conversation_hold_each_message_once_and_in_order() -> None:
    first = later("read", shown(answer()), deed={"limit": 1})
    second = later("read", shown(question()), at=6.0, deed={"limit": 1, "offset": 1})
    again = later("read", shown(answer()), at=6.0, deed={"limit": 1, "offset": 1})

    assert silent("pages-true", [service(asked(), first, second)])
    assert "more than once" in message("pages-true", service(asked(), first, again))
    short = later("read", shown(), at=6.0, deed={"limit": 1, "offset": 1})
    assert "2 messages should be on the pages, and 1 are" in message("pages-true", service(asked(), first, short))


def test_questions_stand_in_the_order_in_which_they_were_asked() -> None:
    later_on = asked(at=2.0, label="second", errand={"conversation": ID, "nonce": OTHER, "text": OTHER})
    turned = shown(question(3, OTHER), answer(4), question(), answer())
    calls = (call(), call(at=2.05, nonce=OTHER))

    found_out = breaches("pages-true", service(asked(), later_on, later("read", turned), calls=calls))
    right = shown(question(), answer(), question(3, OTHER), answer(4))

    assert any("in the wrong order" in each.message for each in found_out)
    assert silent("pages-true", [service(asked(), later_on, later("read", right), calls=calls)])
