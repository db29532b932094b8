"""Invented posts and what the cues say of them, by the rulings of the taxonomy; and how an assessment speaks.

The model is given as unmoved (every label at 0.05), so what is seen here is the work of cues alone. Braces mark where a
post names the defender.
"""

import re

import pytest

from detector.assess.assess import assess
from detector.assess.policy import read_policy
from detector.domain import (
    Account,
    Assessment,
    DefenderId,
    DefenderKind,
    How,
    Judgement,
    Label,
    Mention,
    Post,
    PostId,
    PostRef,
    Risk,
    Scored,
    Span,
    Unscored,
)

POLICY = read_policy()
UNMOVED = Judgement(scores={label: Scored(probability=0.05) for label in Label}, words={}, lang=None, model="test@1")


def read(marked: str) -> tuple[str, tuple[Span, ...]]:
    """A text whose braces are taken out, and the spans that they marked."""
    spans, text = [], ""
    for part in re.split(r"(\{[^}]*\})", marked):
        if part.startswith("{"):
            spans.append(Span(start=len(text), end=len(text) + len(part) - 2))
        text += part.strip("{}")
    return text, tuple(spans)


def assessed(
    marked: str,
    lang: str | None = "en",
    *,
    how: How = How.NAME,
    handle: str = "passer_by",
    judgement: Judgement = UNMOVED,
    kind: DefenderKind = DefenderKind.PERSON,
    own: bool = False,
    covered: bool = True,
    repost: bool = False,
    confidence: float = 0.95,
    doubts: tuple[str, ...] = (),
) -> Assessment:
    text, spans = read(marked)
    post = Post(
        id=PostId("p1"),
        platform="example",
        text=text,
        lang=lang,
        author=Account(handle=handle),
        repost_of=PostRef(id=PostId("p0")) if repost else None,
    )
    mention = Mention(defender_id=DefenderId("d1"), how=how, confidence=confidence, spans=spans, doubts=doubts)
    return assess(post, mention, judgement, policy=POLICY, kind=kind, own=own, covered=covered)


ATTACKS = [
    # Ruling 1 and 2: bribery and foreign control stated as fact.
    ("en", "{Ana Quispe} is a foreign agent on the payroll of an embassy", Label.SMEAR),
    ("es", "{Ana Quispe} es una vendida, financiada por la embajada", Label.SMEAR),
    ("pt", "{Ana Quispe} é traidora, vendida aos gringos", Label.SMEAR),
    ("fr", "{Ana Quispe} est vendue, payée par une ambassade", Label.SMEAR),
    ("de", "{Ana Quispe} ist eine Verräterin, vom Ausland bezahlt", Label.SMEAR),
    ("pl", "{Ana Quispe} to zdrajczyni i agentka", Label.SMEAR),
    ("ru", "{Ана Киспе} иноагент и предатель", Label.SMEAR),
    ("uk", "{Ана Кіспе} зрадниця і проплачена", Label.SMEAR),
    ("tr", "{Ana Quispe} vatan haini, dış güçlerin ajanı", Label.SMEAR),
    ("ar", "{آنا كيسبي} عميلة وخائنة", Label.SMEAR),
    ("hi", "{आना किस्पे} गद्दार है, विदेशी एजेंट", Label.SMEAR),
    ("id", "{Ana Quispe} antek asing, pengkhianat", Label.SMEAR),
    ("sw", "{Ana Quispe} ni kibaraka na msaliti", Label.SMEAR),
    ("zh", "{安娜}就是汉奸，拿钱办事", Label.SMEAR),
    ("ko", "{아나} 간첩 맞네", Label.SMEAR),
    ("it", "{Ana Quispe} è una venduta", Label.SMEAR),
    ("hu", "{Ana Quispe} hazaáruló", Label.SMEAR),
    ("tl", "{Ana Quispe} ay komunista at bayaran", Label.SMEAR),
    # Threats, open and veiled.
    ("en", "{Ana Quispe}, last warning. We know where you live.", Label.THREAT),
    ("es", "{Ana Quispe}, último aviso: sabemos dónde vives", Label.THREAT),
    ("fa", "{آنا کیسپه} پشیمان می‌شوی، آخرین هشدار", Label.THREAT),
    ("vi", "{Ana Quispe} coi chừng, sẽ hối hận", Label.THREAT),
    # Incitement.
    ("en", "Mass report {Ana Quispe} until the account is gone", Label.INCITEMENT),
    ("pt", "Denunciem em massa o perfil de {Ana Quispe}, derrubem", Label.INCITEMENT),
    # Ruling 13: a friendly tone does not undo doxxing.
    ("en", "Lovely {Ana Quispe}: lives on the hill, leaves at 7 every day, haha", Label.DOXXING),
    ("de", "{Ana Quispe} wohnt in der Au, ihre Kinder gehen um 8 zur Schule", Label.DOXXING),
    # Identity, sexual, contempt.
    ("en", "{Ana Quispe} is vermin, go back to where you came from", Label.HATE),
    ("es", "{Ana Quispe} es una rata, un parásito", Label.HATE),
    ("en", "{Ana Quispe} slept her way to the prize", Label.SEXUAL),
    ("en", "{Ana Quispe} slept with the mayor, everybody knows", Label.SEXUAL),
    ("en", "{Ana Quispe} is a clown and a puppet", Label.INSULT),
    ("fi", "{Ana Quispe} on pelle ja valehtelija", Label.INSULT),
    ("ja", "{アナ}は嘘つき、ピエロだ", Label.INSULT),
]


@pytest.mark.parametrize(
    ("lang", "text", "label"), ATTACKS, ids=[f"{lang}-{n}" for n, (lang, *_) in enumerate(ATTACKS)]
)
def test_an_attack_is_flagged_for_its_label(lang: str, text: str, label: Label) -> None:
    assert label in assessed(text, lang).flagged_labels


HARMLESS = [
    # Ruling 6: reporting, quoting, condemning.
    ("en", "Police say {Ana Quispe} received a threat after the hearing"),
    ("es", "{Ana Quispe} recibió amenazas de muerte, según la policía"),
    ("en", "Shame on whoever calls {Ana Quispe} a traitor. Delete this."),
    ("en", '"Traitor" was painted on the door of {Ana Quispe}'),
    # Ruling 7: support.
    ("en", "Kill it on stage tonight, {Ana Quispe}!"),
    ("es", "Toda nuestra solidaridad con {Ana Quispe}, firma la petición"),
    # Ruling 8: somebody else's insult stays with its target.
    ("en", "That clown of a minister should listen to {Ana Quispe} for once"),
    # Ruling 10: about the work.
    ("en", "The new report of {Ana Quispe} is late, thin and unreadable"),
    ("fr", "Le rapport de {Ana Quispe} arrive deux ans trop tard"),
    # Questions and plain mentions.
    ("en", "Does anybody know when {Ana Quispe} speaks?"),
    ("de", "{Ana Quispe} eröffnet am Sonntag die Ausstellung"),
    ("ja", "{アナ}さんの講演は日曜日です"),
    # Banter between friends.
    ("en", "You stole my heart and my fries, {Ana Quispe} 😂😘 haha"),
]


@pytest.mark.parametrize(("lang", "text"), HARMLESS, ids=[f"{lang}-{n}" for n, (lang, _) in enumerate(HARMLESS)])
def test_a_look_alike_is_not_flagged(lang: str, text: str) -> None:
    assert not assessed(text, lang).flagged


def test_the_defenders_own_post_is_never_flagged() -> None:
    text = ATTACKS[0][1]
    assert assessed(text).flagged
    own = assessed(text, own=True)
    assert not own.flagged
    assert own.priority == 0
    assert "own_post" in names(own)


def test_a_post_signed_with_the_very_handle_is_own() -> None:
    text = "{@ana_q} we know where you live"
    assert assessed(text, how=How.HANDLE).labels[Label.THREAT].flagged
    assert not assessed(text, how=How.HANDLE, handle="Ana_Q").flagged


def test_a_smear_that_names_the_minister_as_paymaster_stays_with_the_defender() -> None:
    assert Label.SMEAR in assessed("{Ana Quispe} is paid by the minister").flagged_labels


def test_what_is_said_to_the_face_counts_more() -> None:
    told = assessed("{@ana_q} you will regret this", how=How.HANDLE)
    assert {"addressed", "addressed_threat"} <= names(told)
    assert told.priority > assessed("{Ana Quispe} will regret it").priority


def test_one_loose_word_about_home_is_weaker_than_an_hour() -> None:
    assert not assessed("The {Ana Quispe} clinic has a new phone number", "en").labels[Label.DOXXING].flagged
    assert assessed("{Ana Quispe}: phone number 0555 123 45 67").labels[Label.DOXXING].flagged


def test_an_organisation_has_no_private_life_but_its_staff_have() -> None:
    number, staff = "{River Watch}: 0555 123 45 67", "{River Watch}: their cook lives on 4 Mill Lane"
    assert "private_detail" in names(assessed(number))
    assert "private_detail" not in names(assessed(number, kind=DefenderKind.ORGANISATION))
    assert "private_detail" in names(assessed(staff, kind=DefenderKind.ORGANISATION))


def test_praise_for_another_does_not_shield_the_defender() -> None:
    text = "We love and thank quiet workers. {Ana Quispe} is a clown and a liar."
    assert Label.INSULT in assessed(text).flagged_labels


def test_a_call_to_report_is_no_report() -> None:
    assert "reporting" not in names(assessed("یہ {آنا} کا پیج ہے سب مل کر رپورٹ کر دو", "ur"))


def test_a_news_account_and_a_repost_wait_longer() -> None:
    text = ATTACKS[0][1]
    plain = assessed(text).priority
    assert assessed(text, handle="valley_news").priority < plain
    assert assessed(text, repost=True).priority < plain


def test_doubt_about_the_person_lowers_the_priority() -> None:
    sure, doubtful = assessed(ATTACKS[0][1]), assessed(ATTACKS[0][1], confidence=0.4, doubts=("common word",))
    assert doubtful.priority < sure.priority
    assert "mention_doubt" in names(doubtful)


def test_what_no_model_could_judge_is_said_and_seen() -> None:
    none = Judgement(scores=dict.fromkeys(Label, Unscored(reason="no model")), words={}, lang=None, model="test@1")
    plain = assessed("{Ana Quispe} opens the exhibition", judgement=none)
    assert plain.flagged
    assert not plain.flagged_labels
    assert "unscored" in names(plain)
    assert Label.SMEAR in assessed(ATTACKS[0][1], judgement=none).flagged_labels


def test_an_uncovered_language_is_said() -> None:
    assert "uncovered_language" in names(assessed("{Ana Quispe} opens it", covered=False))


def test_a_threat_with_a_private_detail_is_the_most_urgent() -> None:
    result = assessed("{Ana Quispe}, last warning: we know where you live, 4 Mill Lane")
    assert result.risk is Risk.CRITICAL
    assert "threat_with_detail" in names(result)


def test_every_label_is_present_in_the_taxonomys_order() -> None:
    assert list(assessed("{Ana Quispe} sings").labels) == list(Label)


BANNED = re.compile(r"\b(bots?|inauthentic|guilty|attackers?|culprits?|ban(ned)?|punish\w*)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("lang", "text", "label"), ATTACKS, ids=[f"{lang}-{n}" for n, (lang, *_) in enumerate(ATTACKS)]
)
def test_sentences_repeat_no_word_of_the_post_and_accuse_nobody(lang: str, text: str, label: Label) -> None:
    result = assessed(text, lang)
    said = " ".join(f"{signal.sentence} {signal.innocent}" for signal in result.signals)
    assert label in result.flagged_labels
    assert not BANNED.search(said)
    for name in re.findall(r"\{([^}]*)\}", text):
        assert name not in said
    marked = {read(text)[0][s.evidence.start : s.evidence.end] for s in result.signals if s.evidence}
    assert all(word not in said for word in marked if len(word) > 5)


def names(result: Assessment) -> set[str]:
    return {signal.name for signal in result.signals}
