"""The guided profile form: what is kept, what is refused and taken back, and what the preview says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from participant_helpers import encoder, service_over
from web_helpers import page, partner, signed_in, startup

from matcher.encoder import Encoder
from matcher.gaps import Gap, gaps, is_open
from matcher.service import Service
from profiles.accounts import Role
from profiles.consultations import Consultation
from profiles.dayplan import DayPlan
from profiles.model import Kind, Profile, Topic
from profiles.store import Store
from web import create_app
from web.participant import guide
from web.participant.reading import changed, written
from web.phrases import use_language
from web.settings import Settings

__all__ = ["encoder"]  # a fixture

PROFILES = [
    startup(
        "Vaxo",
        "접합백신을 개발하는 기업입니다.",
        name_ko="백소",
        seeks=["CRM197 운반 단백질을 공급받을 백신 제조사"],
        languages=["ko"],
        other={"부스": "12"},
        avoid=["fund"],
    ),
    partner(
        "Pharmo", Kind.PHARMA, "Makes conjugate vaccines.", seeks=["CRM197 carrier protein"], country="US"
    ),
    partner("Clinic", Kind.HOSPITAL, "A hospital with a stroke unit.", country="DE", markets=["DE"]),
    partner("Lawyers", Kind.LAW_FIRM, "Patents in life sciences.", topics=["ip"], country="US"),
    partner("Fund", Kind.INVESTOR, "Invests in vaccines."),
    partner("Tokyo", Kind.CONSULTANCY, "Regulatory advice in Japan.", country="JP", topics=["regulatory"]),
    partner("Labs", Kind.RESEARCH, "Research on proteins.", country="US", topics=["research"]),
]


@pytest.fixture
def service(tmp_path: Path, encoder: Encoder) -> Iterator[Service]:
    store = Store.open(f"sqlite:///{tmp_path / 'profile.db'}")
    store.apply(PROFILES)
    yield service_over(store, encoder, tmp_path)
    store.close()


@pytest.fixture
def app(service: Service, tmp_path: Path) -> Flask:
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    app.config["TESTING"] = False
    return app


@pytest.fixture
def vaxo(app: Flask) -> FlaskClient:
    return signed_in(app, Role.STARTUP, "vaxo")


def send(client: FlaskClient, address: str, status: int = 200, *, script: bool = True, **form: object) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page(client, "/my/profile"))
    assert found
    headers = {"Accept-Language": "en", **({"HX-Request": "true"} if script else {})}
    answer = client.post(address, data={"csrf_token": found[1], **form}, headers=headers)
    assert answer.status_code == status, answer.text
    return str(answer.text)


def leave(client: FlaskClient, field: str, text: object) -> str:
    """What leaving a field with this text in it is answered with."""
    form: dict[str, Any] = {"field": field, field: text}
    return send(client, "/my/profile/field", **form)


def shown_form(client: FlaskClient) -> dict[str, object]:
    """The whole form as it is shown, to be sent back."""
    text = page(client, "/my/profile")
    form: dict[str, object] = dict(re.findall(r'<input id="f-\w+" name="(\w+)" value="([^"]*)"', text))
    form |= dict(re.findall(r'<textarea id="f-\w+" name="(\w+)"[^>]*>\n([^<]*)</textarea>', text))
    form["topics"] = re.findall(r'name="topics" value="(\w+)" checked', text)
    stage = re.search(r'<option value="(\w+)" selected', text)
    form["stage"] = stage[1] if stage else ""
    return form


# -- saving as it goes ---------------------------------------------------------------------------


def test_a_field_is_saved_when_it_is_left(vaxo: FlaskClient, service: Service) -> None:
    text = leave(vaxo, "offers", "- CRM197 운반 단백질\r\nJoint trials ; 공동 연구")
    assert "✓ Saved" in text
    kept = service.store.get("vaxo")
    assert kept.offers == ("CRM197 운반 단백질", "Joint trials", "공동 연구")
    assert (kept.other, kept.avoid, kept.seeks) == ({"부스": "12"}, ("fund",), PROFILES[0].seeks)
    assert 'id="preview-load" hx-swap-oob="true"' in text  # the preview is fetched anew
    assert "<html" not in text


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("markets", "미국, Japan", ("US", "JP")),
        ("languages", "Korean, 영어", ("ko", "en")),
        ("raising_usd", "20억원", 1481481.48),
        ("raising_usd", "USD 1.5M", 1_500_000.0),
        ("stage", "series_a", "series_a"),
        ("topics", ["supply", "ip"], (Topic.IP, Topic.SUPPLY)),
        ("country", "대한민국", "KR"),
        ("website", "https://vaxo.example", "https://vaxo.example"),
        ("about", "  두 문단.\r\n\r\n끝  ", "두 문단.\n\n끝"),
        ("areas", "", ()),
        ("name", "Vaxo Bio", "Vaxo Bio"),
    ],
)
def test_fields_are_read_as_people_write_them(
    vaxo: FlaskClient, service: Service, field: str, text: object, value: object
) -> None:
    leave(vaxo, field, text)
    assert getattr(service.store.get("vaxo"), field) == value


def test_lines_make_entries(vaxo: FlaskClient, service: Service) -> None:
    leave(vaxo, "seeks", "A vaccine maker A law firm")
    leave(vaxo, "seeks", "A vaccine maker\r\nA law firm")
    assert service.store.get("vaxo").seeks == ("A vaccine maker", "A law firm")


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("markets", "Atlantis", "“Atlantis” is not a country known here."),
        ("languages", "Klingon", "“Klingon” is not a language known here."),
        ("raising_usd", "a lot", "Write one amount"),
        ("website", "javascript:alert(1)", "This is no web address"),
        ("contact_email", "nobody", "This is no e-mail address"),
        ("country", "Nowhere", "This is not a country known here."),
        ("seeks", "\n".join(f"want {number}" for number in range(51)), "More than 50 entries"),
        ("about", "x" * 20_001, "This is longer than 20,000 characters"),
        ("city", "y" * 301, "At most 300 characters."),
    ],
)
def test_what_cannot_be_read_stays_in_the_field(
    vaxo: FlaskClient, service: Service, field: str, text: str, reason: str
) -> None:
    answer = leave(vaxo, field, text)
    assert reason in answer
    assert 'aria-invalid="true"' in answer
    assert text in answer.replace("&#39;", "'")
    assert "✓ Saved" not in answer
    assert service.store.get("vaxo") == PROFILES[0]
    assert "participant.profile_saved" not in [each.action for each in service.store.changes_made()[0]]


def test_one_of_the_names_has_to_stay(vaxo: FlaskClient, service: Service) -> None:
    leave(vaxo, "name", "")
    assert service.store.get("vaxo").name == ""
    assert "Give a name" in leave(vaxo, "name_ko", " ")
    assert service.store.get("vaxo").name_ko == "백소"


def test_fields_that_are_not_on_the_form_stay_as_they_are(vaxo: FlaskClient, service: Service) -> None:
    for field in ("id", "side", "kind", "avoid", "source", "other", "ticket_max_usd", "nothing"):
        assert leave(vaxo, field, "x") == ""
    assert service.store.get("vaxo") == PROFILES[0]
    assert service.store.get("pharmo") == PROFILES[1]


# -- without scripts -----------------------------------------------------------------------------


def test_the_whole_form_works_without_scripts(vaxo: FlaskClient, service: Service) -> None:
    form = shown_form(vaxo)
    send(vaxo, "/my/profile", 302, script=False, **form)
    assert service.store.get("vaxo") == PROFILES[0]  # sent back as it was: nothing changes
    assert "Nothing was changed." in page(vaxo, "/my/profile")
    send(vaxo, "/my/profile", 302, script=False, **{**form, "markets": "US", "topics": ["supply"]})
    kept = service.store.get("vaxo")
    assert (kept.markets, kept.topics) == (("US",), (Topic.SUPPLY,))
    send(vaxo, "/my/profile", 302, script=False, **{**shown_form(vaxo), "topics": []})
    assert service.store.get("vaxo").topics == ()


def test_a_bad_form_comes_back_filled_in_and_saves_nothing(vaxo: FlaskClient, service: Service) -> None:
    form = {**shown_form(vaxo), "markets": "Atlantis", "offers": "Typed with care"}
    text = send(vaxo, "/my/profile", 400, script=False, **form)
    assert "“Atlantis” is not a country known here." in text
    assert "Typed with care" in text
    assert "Nothing was saved yet" in text
    assert service.store.get("vaxo") == PROFILES[0]


# -- taking back ---------------------------------------------------------------------------------


def test_changes_are_taken_back_one_after_the_other(vaxo: FlaskClient, service: Service) -> None:
    assert "Take back the last change" not in page(vaxo, "/my/profile")
    leave(vaxo, "offers", "First offer")
    text = leave(vaxo, "markets", "US")
    assert "Take back the last change" in text
    send(vaxo, "/my/profile/undo", 302, script=False)
    kept = service.store.get("vaxo")
    assert (kept.offers, kept.markets) == (("First offer",), ())
    send(vaxo, "/my/profile/undo", 302, script=False)
    assert service.store.get("vaxo") == PROFILES[0]
    send(vaxo, "/my/profile/undo", 302, script=False)
    assert "There is no change of yours that could be taken back." in page(vaxo, "/my/profile")
    leave(vaxo, "city", "Seoul")
    send(vaxo, "/my/profile/undo", 302, script=False)
    assert service.store.get("vaxo") == PROFILES[0]


def test_what_somebody_else_changed_since_is_not_undone(vaxo: FlaskClient, service: Service) -> None:
    leave(vaxo, "offers", "First offer")
    service.store.apply([service.store.get("vaxo").model_copy(update={"city": "Busan"})])
    assert "Take back the last change" not in page(vaxo, "/my/profile")
    send(vaxo, "/my/profile/undo", 302, script=False)
    assert service.store.get("vaxo").offers == ("First offer",)


def test_one_cannot_take_back_what_another_did(app: Flask, vaxo: FlaskClient, service: Service) -> None:
    leave(vaxo, "offers", "First offer")
    pharmo = signed_in(app, Role.PARTNER, "pharmo")
    send(pharmo, "/my/profile/undo", 302, script=False)
    assert service.store.get("vaxo").offers == ("First offer",)


# -- the preview ---------------------------------------------------------------------------------


def test_the_preview_says_what_a_change_did(vaxo: FlaskClient, service: Service) -> None:
    before = [match.score for match in service.match("vaxo", top=5).matches]
    text = leave(vaxo, "markets", "Japan")
    found = re.search(r'hx-get="(/my/profile/preview\?before=[^"]+)"', text)
    assert found
    after = [match.score for match in service.match("vaxo", top=5).matches]
    shown = send_preview(vaxo, found[1])
    assert f"<strong>{sum(after) / 5:.1f}</strong>" in shown
    difference = sum(after) / 5 - sum(before) / 5
    assert abs(difference) > 0.05
    assert f"{abs(difference):.1f} points {'more' if difference > 0 else 'less'} than before" in shown
    # Nobody is named to a startup that is on no day yet.
    assert "you are on no day yet" in shown
    assert not [each.name for each in PROFILES[1:] if each.name in shown]


def send_preview(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers={"HX-Request": "true", "Accept-Language": "en"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return str(answer.text)


def test_newcomers_of_the_days_attendees_are_named(app: Flask, vaxo: FlaskClient, service: Service) -> None:
    plan = {
        "event": {"id": "day-1", "timezone": "Asia/Seoul"},
        "days": [{"date": "2027-05-11", "start": "09:00", "end": "11:00", "slot_minutes": 30}],
        "rooms": [{"name": "Hall"}],
    }
    until = datetime.now(UTC) + timedelta(days=3)
    service.store.add_consultation(Consultation(plan=DayPlan.model_validate(plan), wishes_until=until))
    here = [each for each in PROFILES if each.id not in ("labs", "fund")]
    service.store.add_attendees("day-1", [(each.id, each.side) for each in here])
    text = leave(vaxo, "seeks", "Regulatory advice in Japan")
    found = re.search(r'hx-get="(/my/profile/preview\?before=[^"]+)"', text)
    assert found
    shown = send_preview(vaxo, found[1])
    assert "you are on no day yet" not in shown
    assert "mean fit of your best 4" in shown
    assert "Labs" not in shown
    assert "Fund" not in shown
    assert "What would raise the score with the best" in shown
    # A forged comparison compares nothing.
    assert "before your last change" not in send_preview(vaxo, "/my/profile/preview?before=x.y")
    assert "<html" in page(vaxo, "/my/profile/preview")  # without scripts it is a page


def test_open_fields_are_worth_points(service: Service) -> None:
    profile = service.store.get("vaxo")
    matches = list(service.match("vaxo", top=5).matches)
    most = service.weights().of(names_wants=True)
    found = {gap.field: gap.points for gap in gaps(profile, matches, most)}
    assert "seeks" not in found
    assert "languages" not in found
    assert found["markets"] == max(most["markets"] - each.part("markets").points for each in matches) == 3.0
    assert found["topics"] == 2.5
    assert found["about"] > 0  # a few words are no description
    filled = profile.model_copy(update={"markets": ("US",), "topics": (Topic.IP,)})
    assert not {"markets", "topics"} & {gap.field for gap in gaps(filled, matches, most)}
    points = [gap.points for gap in gaps(profile, matches, most)]
    assert points == sorted(points, reverse=True)
    assert gaps(profile, [], most) == []


def test_which_fields_are_open_depends_on_the_kind() -> None:
    law, fund, clinic = PROFILES[3], PROFILES[4], PROFILES[2]
    assert is_open(fund, "ticket_max_usd")
    assert not is_open(law, "ticket_max_usd")
    assert is_open(clinic, "past_deals")
    assert not is_open(law, "past_deals")
    assert Gap("x", 1.0).points == 1.0


# -- the form itself -----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_the_form_shows_reads_back_as_what_is_stored(
    sample_profiles: list[Profile], language: str
) -> None:
    with use_language(language):
        for profile in sample_profiles:
            for field in guide.fields(profile):
                text = written(profile, field)
                if ";" in text:
                    continue  # typed anew, a semicolon parts entries
                blank = profile.model_copy(update={field: type(profile).model_fields[field].default})
                if field in ("name", "name_ko"):
                    blank = blank.model_copy(update={"name": "x", "name_ko": "y"})
                after, errors = changed(blank, {field: text})
                assert errors == {}, (profile.id, field)
                read, stored = getattr(after, field), getattr(profile, field)
                if field == "topics":  # in the order of the form
                    read, stored = set(read), set(stored)
                assert read == stored, (profile.id, field)


def test_examples_are_there_for_every_kind_in_both_languages() -> None:
    for kind in Kind:
        profile = startup("A", "b") if kind is Kind.STARTUP else partner("A", kind, "b")
        for field in ("about", "seeks", "offers", "areas", "technologies"):
            with use_language("en"):
                english = guide.example(profile, field)
            with use_language("ko"):
                korean = guide.example(profile, field)
            assert "" != english != korean != "", (kind, field)


def test_a_partners_form_asks_a_partners_questions(app: Flask) -> None:
    text = page(signed_in(app, Role.PARTNER, "fund"), "/my/profile")
    assert "What you look for" in text
    assert 'name="ticket_max_usd"' in text
    assert 'name="raising_usd"' not in text
    assert "Venture fund for digital health" in text
