"""Korean read by its meaning and its sound: the longest terms, and nothing by chance."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.bilingual import SoundKeys, Term, Unknown, entries, read_korean

FORMS = [form for _, korean in entries() for form in korean]


def normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def terms(text: str) -> list[tuple[str, str]]:
    """What is understood, each with the usual English form of its first meaning."""
    return [
        (item.written, item.meanings[0][0]) for item in read_korean(normal(text)) if isinstance(item, Term)
    ]


def unknown(text: str) -> list[str]:
    return [item.written for item in read_korean(normal(text)) if isinstance(item, Unknown)]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("폐암", [("폐암", "lung cancer")]),
        ("비소세포폐암", [("비소세포폐암", "non-small cell lung cancer")]),
        ("비소세포 폐암", [("비소세포 폐암", "non-small cell lung cancer")]),
        ("비소세포폐암환자에서", [("비소세포폐암", "non-small cell lung cancer"), ("환자", "patient")]),
        (
            "비소세포  폐암 환자에게서",
            [("비소세포  폐암", "non-small cell lung cancer"), ("환자", "patient")],
        ),
        ("임상시험을", [("임상시험", "clinical trial")]),
        ("임상시험 계획 승인", [("임상시험 계획 승인", "investigational new drug application")]),
        ("암은", [("암", "cancer")]),
        ("암입니다", [("암", "cancer")]),
        ("심장 병원", [("심장", "heart"), ("병원", "hospital")]),  # not 심장병, heart disease
        ("혈우병 Applied", [("혈우병", "hemophilia")]),  # not 혈우병A
        ("", []),
        ("lung cancer", []),
    ],
)
def test_the_longest_terms_are_read(text: str, read: list[tuple[str, str]]) -> None:
    assert terms(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("T세포와 B 세포", [("t세포", "T cell"), ("b 세포", "B cell")]),
        ("PD-1 억제제를", [("pd-1 억제제", "PD-1 inhibitor")]),
        ("임상 2상에서", [("임상 2상", "phase 2 clinical trial")]),
        ("CAR-T세포", [("car-t세포", "CAR-T")]),
        ("mRNA백신", [("mrna백신", "mRNA vaccine")]),
        ("비타민D", [("비타민d", "vitamin D")]),
        ("오메가-3", [("오메가-3", "omega-3")]),
    ],
)
def test_terms_with_letters_and_numbers_are_read(text: str, read: list[tuple[str, str]]) -> None:
    assert terms(text) == read


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("기술의 발전이 빠르다", "metastasis"),
        ("개인도 쓸 수 있다", "India"),
        ("병원이 필요로 하는", "urinary tract"),
        ("환자가 많다", "autologous"),
        ("간격을 두고", "liver"),
        ("간결하며", "liver"),
        ("앱솔루트", "app"),
    ],
)
def test_words_inside_other_words_are_not_read(text: str, wrong: str) -> None:
    meanings = [
        form
        for item in read_korean(normal(text))
        if isinstance(item, Term)
        for meaning in item.meanings
        for form in meaning
    ]
    assert wrong not in meanings


def test_the_right_word_is_read_where_a_wrong_one_stands_inside() -> None:
    assert terms("인허가를 받았다")[0][0] == "인허가"
    assert terms("환자가 많다")[0] == ("환자", "patient")
    assert terms("폐암의 전이")[-1] == ("전이", "metastasis")
    assert terms("인도와 미국") == [("인도", "India"), ("미국", "United States")]


def test_a_long_term_is_believed_inside_a_word_that_starts_unknown() -> None:
    assert terms("뿡빵임상시험") == [("임상시험", "clinical trial")]
    assert terms("뿡빵뿡폐암") == []  # two syllables may stand there by chance
    assert unknown("뿡빵뿡임상시험") == ["뿡빵뿡"]


def test_an_ambiguous_word_gives_all_its_meanings() -> None:
    def usual(word: str) -> set[str]:
        (term,) = read_korean(word)
        assert isinstance(term, Term)
        return {meaning[0] for meaning in term.meanings}

    assert {"speech", "negative"} <= usual("음성")
    assert {"organ", "long-term"} <= usual("장기")
    assert {"purification", "tablet"} <= usual("정제")


def test_a_word_that_the_list_does_not_have_is_unknown_without_its_particle() -> None:
    assert unknown("뿡빵뿡빵에서는") == ["뿡빵뿡빵"]
    assert unknown("뿡빵뿡과 빵뿡빵을") == ["뿡빵뿡", "빵뿡빵"]
    assert unknown("뿡빵이") == []  # too short to tell a name by its sound


@settings(max_examples=300, deadline=None)
@given(
    st.text()
    | st.text(st.sampled_from("가폐암비소세포병원 \t\n-1aT3상임시험에서을의"), max_size=40)
    | st.lists(st.sampled_from(FORMS) | st.sampled_from([" ", "에서", "을", "뿡빵", "-", "x", "7"])).map(
        "".join
    )
)
def test_whatever_is_read_stands_in_the_text(text: str) -> None:
    """In order, without overlaps, and nothing makes it fail or go on for ever."""
    given_, at = normal(text), 0
    for item in read_korean(given_):
        place = given_.find(item.written, at)
        assert place >= 0
        assert item.written.strip() == item.written != ""
        at = place + len(item.written)


def test_a_long_text_is_read_in_no_time() -> None:
    text = "비소세포 폐암 환자에서 T세포를 " * 5_000
    assert len(terms(text)) == 15_000


# -- by sound ----------------------------------------------------------------------------------

NAMES = [
    "nivolumab",
    "pembrolizumab",
    "adalimumab",
    "celltrion",
    "moderna",
    "boehring",
    "lunit",
    "trastuzumab",
]
WORDS = ["hospital", "patent", "clinical", "company", "investment", "manufacturing", "university", "data"]


@pytest.mark.parametrize(
    ("hangul", "name"),
    [
        ("니볼루맙", "nivolumab"),
        ("펨브롤리주맙", "pembrolizumab"),
        ("아달리무맙", "adalimumab"),
        ("셀트리온", "celltrion"),
        ("모더나", "moderna"),
        ("트라스투주맙", "trastuzumab"),
    ],
)
def test_a_name_is_found_by_its_sound(hangul: str, name: str) -> None:
    assert SoundKeys(NAMES + WORDS).find(hangul) == name
    assert SoundKeys([*(other for other in NAMES if other != name), *WORDS]).find(hangul) is None


@pytest.mark.parametrize(
    "hangul", ["나무꾼", "자동차", "고등학교", "사과나무", "대한민국", "안녕하세요", "", "abc"]
)
def test_what_sounds_like_nothing_is_not_found(hangul: str) -> None:
    assert SoundKeys(NAMES + WORDS).find(hangul) is None


def test_of_names_with_the_same_consonants_the_more_similar_vowels_win() -> None:
    keys = SoundKeys(["moderna", "madirno"])
    assert keys.find("모더나") == "moderna"
    assert keys.find("마디르노") == "madirno"


def test_medicines_are_found_by_their_korean_names() -> None:
    """Of our own list: single words, whose Korean form is the name written by ear."""
    pairs = [
        (english[0].casefold(), korean[0])
        for english, korean in entries("medicines")
        if english[0].isascii()
        and english[0].isalpha()
        and english[0].casefold().endswith(("mab", "nib", "tide"))
    ]
    keys = SoundKeys([english for english, _ in pairs])
    found = [keys.find(korean) for _, korean in pairs]
    right = sum(name == english for name, (english, _) in zip(found, pairs, strict=True))
    wrong = sum(name not in (None, english) for name, (english, _) in zip(found, pairs, strict=True))
    assert len(pairs) > 300
    assert right > 0.9 * len(pairs)
    assert wrong < 0.02 * len(pairs)
