"""What the report measures, on models whose answers are known: one by words, one by marks, one that knows the truth."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.domain import Account, AccountId, Judgement, Label, Passage, Post, PostId, PostRef, Scored, Unscored
from detector.normalize import normalize
from detector.text.marking import DEFENDER, marked
from training import dialects, identity, reliability, robustness, swaps, target_report
from training.answers import Answers, ask
from training.comparison import Rows, Verdicts, difference, measures, section
from training.corpus import CorpusPost, draw
from training.disguises import DISGUISES
from training.examples import LABELS
from training.intervals import group_numbers
from training.ordinary import WAYS, addressed, mentioned
from training.report import as_csv
from training.target_detail import kind_figures, label_figures, twins_right, wrong_targets
from training.target_level import answer, select, target_figures, worst_language

Chance = Callable[[Passage], float | None]


class Known:
    """A text model that gives `insult` the chance a function says, and knows no other label."""

    def __init__(self, chance: Chance) -> None:
        self.id = "known@1"
        self.languages: frozenset[str] = frozenset()
        self.chance = chance

    def judge(self, passages: Sequence[Passage]) -> list[Judgement]:
        return [Judgement(scores=self._scores(one), words={}, lang=one.lang, model=self.id) for one in passages]

    def _scores(self, passage: Passage) -> Mapping[Label, Scored | Unscored]:
        found = self.chance(passage)
        scores: dict[Label, Scored | Unscored] = {label: Unscored(reason="not learnt") for label in Label}
        if found is not None:
            scores[Label.INSULT] = Scored(probability=found, threshold=0.6)
        return scores


def silent(_what: str, _done: float) -> None:
    """Progress that nobody watches."""


def post(number: int, text: str, *, attack: bool, lang: str = "en", **changes: object) -> CorpusPost:
    other = number + 1 if number % 2 == 0 else number - 1
    values: dict[str, object] = {
        "id": f"{lang}-{number}",
        "text": text,
        "lang": lang,
        "who": "woman",
        "register": "tweet",
        "kind": "contempt" if attack else "news",
        "labels": {"T": (Label.INSULT,) if attack else ()},
        "certainty": 3,
        "writer": "a",
        "part": "test",
        "twin": f"{lang}-{other}",
    }
    return CorpusPost(**{**values, **changes})  # type: ignore[arg-type]


def corpus() -> list[CorpusPost]:
    """Twins in two languages: in English the word tells, in Spanish it does not."""
    posts = []
    for number in range(0, 40, 2):
        posts += [
            post(number, "{T} is a windbag, said {O}", attack=True, labels={"T": (Label.INSULT,), "O": ()}),
            post(number + 1, "{T} met a windmill, said {O}", attack=False),
            post(number, "qué windbag, {@T}", attack=True, lang="es"),
            post(number + 1, "qué windbag, dijo {@T} de {O}", attack=False, lang="es", kind="other_target",
                 labels={"T": (), "O": (Label.INSULT,)}),
        ]  # fmt: skip
    return posts


def by_word(passage: Passage) -> float:
    return 0.9 if "windbag" in passage.text else 0.1


# --- target level -----------------------------------------------------------------------------------------------------


def test_figures_on_the_corpus_are_the_true_ones() -> None:
    answers = answer(Known(by_word), corpus(), seed=0, progress=silent)
    figures = {(one.by, one.slice): one for one in target_figures(answers)}
    english, spanish, whole = figures["language", "en"], figures["language", "es"], figures["all", "all posts"]
    assert (whole.posts, whole.attacks, whole.unscored) == (80, 40, 0)
    assert english.balanced is not None
    assert english.balanced.value == 1
    assert english.balanced.low is not None
    assert 0.8 < english.balanced.low < 1  # twenty twins prove no perfection
    assert spanish.balanced is not None
    assert spanish.balanced.value == 0.5
    assert spanish.false_flags is not None
    assert spanish.false_flags.value == 1
    assert whole.balanced is not None
    assert whole.balanced.value == 0.75
    worst = worst_language(figures.values())
    assert worst is not None
    assert worst.slice == "es"


def test_twins_and_wrong_targets() -> None:
    answers = answer(Known(by_word), corpus(), seed=0, progress=silent)
    right = {name: one.value for name, one in twins_right(answers).items() if one}
    assert right == {"all": 0.5, "en": 1.0, "es": 0.0}
    wrong = {name: (one.value, one.of) if one else None for name, one in wrong_targets(answers).items()}
    assert list(wrong.values()) == [(1.0, 20), (1.0, 20), None, (1.0, 20)]


def test_kinds_and_labels() -> None:
    answers = answer(Known(by_word), corpus(), seed=0, progress=silent)
    kinds = [(one.kind, one.attack, one.flagged.value) for one in kind_figures(answers) if one.flagged]
    assert kinds == [("contempt", True, 1.0), ("news", False, 0.0), ("other_target", False, 1.0)]
    labels = {one.label: one for one in label_figures(answers)}
    insult, threat = labels["insult"], labels["threat"]
    assert insult.named is not None
    assert insult.precision is not None
    assert [insult.named.value, insult.precision.value] == pytest.approx([1.0, 2 / 3])
    assert (threat.named, threat.auc, threat.posts) == (None, None, 0)


def test_posts_that_were_not_scored_count_in_no_rate() -> None:
    model = Known(lambda passage: None if "windmill" in passage.text else by_word(passage))
    answers = answer(model, corpus(), seed=0, progress=silent)
    whole = target_figures(answers)[0]
    assert whole.unscored == 20
    assert whole.false_flags is not None
    assert whole.false_flags.of == 20
    assert set(twins_right(answers)) == {"all", "es"}
    words = " ".join(" ".join(one.lead) for one in target_report.sections(answers))
    assert "not learnt" in words
    assert "never a zero" in words


def test_a_model_that_fails_is_unscored() -> None:
    def broken(_passage: Passage) -> float:
        raise RuntimeError

    answers = ask(Known(broken), [Passage(text="x")])
    assert not answers.scored.any()
    assert not answers.decided.any()
    assert answers.reasons["threat"] == {"the model failed on this text": 1}


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.99)), min_size=1, max_size=30))
def test_the_ranking_is_at_least_0_where_the_decision_is_attack(rows: list[tuple[float, float]]) -> None:
    shape = (len(rows), len(LABELS))
    chances, thresholds = np.full(shape, np.nan), np.full(shape, np.nan)
    for row, (chance, threshold) in enumerate(rows):
        chances[row, row % 7], thresholds[row, row % 7] = chance, threshold
    answers = Answers(
        model="m", chances=chances, thresholds=thresholds, hostility=chances[:, 0],
        aimed=np.zeros(len(rows), np.bool_), reasons={},
    )  # fmt: skip
    assert ((answers.ranking >= 0) == answers.decided).all()


def test_a_limit_keeps_twins_whole_and_chooses_the_same_again() -> None:
    posts = corpus()
    some = select(posts, part="test", limit=6)
    ids = {one.id for one in some}
    assert all(one.twin in ids for one in some)
    assert [sum(one.lang == lang for one in some) for lang in ("en", "es")] == [6, 6]
    assert select(posts[::-1], part="test", limit=6)[::-1] == some
    assert select(posts, part="dev", limit=6) == []


# --- what must not move the score -------------------------------------------------------------------------------------


def by_length(passage: Passage) -> float:
    return 1 / (1 + len(passage.text))


def by_mark(passage: Passage) -> float:
    return 1 / (1 + len(marked(passage)))


def test_a_model_that_reads_names_is_found_out_and_one_that_reads_marks_is_not() -> None:
    posts = [post(n, "{T} spoke, said {O}", attack=n % 2 == 0) for n in range(8)]
    reads, marks = (
        {one.name: float(one.shift.max()) for one in swaps.measure(Known(how), posts, limit=8, seed=1, progress=silent)}
        for how in (by_length, by_mark)
    )
    assert all(shift > 0 for shift in reads.values())
    own = {name: shift for name, shift in marks.items() if name.startswith("defender")}
    assert set(own.values()) == {0.0}
    assert marks["other people: names of other languages"] > 0


def test_swaps_leave_out_posts_in_which_there_is_nothing_to_swap() -> None:
    posts = [post(0, "nobody here", attack=True, reply=True), post(2, "{T} only", attack=True, who="organisation")]
    counts = {
        one.name: len(one.shift) for one in swaps.measure(Known(by_word), posts, limit=9, seed=1, progress=silent)
    }
    assert list(counts.values()) == [1, 0, 1, 0]
    assert swaps.section(swaps.measure(Known(by_word), posts, limit=9, seed=1, progress=silent)).blocks


def test_foreign_names_come_in_a_script_that_a_reader_of_the_post_can_read() -> None:
    for number in range(60):
        name = swaps.foreigner("ru", "woman", Random(number)).name
        assert all("LATIN" in script or "CYRILLIC" in script for script in scripts(name)), name


def scripts(name: str) -> set[str]:
    import unicodedata

    return {unicodedata.name(letter) for letter in name if letter.isalpha()}


def test_a_prejudice_about_a_word_shows() -> None:
    terms = identity.read_terms()
    model = Known(lambda passage: 0.9 if "Roma" in passage.text else 0.2)
    moved = identity.measure(model, terms, seed=0, progress=silent)
    assert moved.shift.max() == pytest.approx(0.7)
    assert not moved.plain.any()
    (worst, *_), *_ = (row for row in identity.section(moved).blocks[0].table.rows)  # type: ignore[union-attr]
    assert worst == "roma"


def test_the_identity_file_is_as_wide_as_it_says() -> None:
    terms = identity.read_terms()
    assert len(terms) >= 12
    for lang, one in terms.items():
        assert len(one.terms) == len(set(one.terms.values())) == 12, lang
        assert not set(one.plain) & set(one.terms.values())


# --- disguises --------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(DISGUISES)), st.integers(0, 2**20))
def test_disguises_leave_names_where_they_can_be_found(name: str, seed: int) -> None:
    drawn = draw(post(0, "Nobody believes {T} anymore, ask {@O} about {@T}!", attack=True), Random(seed))
    passage = drawn.passage("T")
    found = robustness.disguised(passage, DISGUISES[name], Random(seed))
    for before, after in ((passage.targets, found.targets), (passage.others, found.others)):
        assert [passage.text[span.start : span.end] for span in before] == [
            found.text[span.start : span.end] for span in after
        ]


def test_what_the_normaliser_promises_to_undo_it_undoes() -> None:
    text = "everybody despises corrupt journalists"
    for name in ("look-alike letters", "zero-width signs"):
        assert normalize(DISGUISES[name](text, Random(4))).text == text, name


def test_recall_under_disguise_is_held_against_the_same_posts() -> None:
    posts = [post(n, "{T} is a windbag" if n % 2 == 0 else "{T} 天気", attack=n % 2 == 0) for n in range(20)]
    figures = {one.name: one for one in robustness.measure(Known(by_word), posts, seed=0, progress=silent)}
    upper, zero = figures["upper case"], figures["zero-width signs"]
    assert upper.posts == 10  # there is no upper case in Chinese characters
    assert upper.recall_before is not None
    assert upper.recall is not None
    assert (upper.recall_before.value, upper.recall.value) == (1.0, 0.0)
    assert zero.recall_before is not None
    assert zero.recall_before.of == zero.posts < 10  # only posts in which the draw changed a word


# --- dialects ---------------------------------------------------------------------------------------------------------


def test_pairs_are_forty_a_variety_and_ask_the_same_of_both_halves() -> None:
    pairs = dialects.read_pairs()
    assert len({pair.id for pair in pairs}) == len(pairs)
    counts = {variety: sum(pair.variety == variety for pair in pairs) for variety in {pair.variety for pair in pairs}}
    assert counts == dict.fromkeys(("African American English", "Arabizi", "Hinglish", "Naija"), 40)
    for pair in pairs:
        assert pair.text != pair.standard
        assert pair.reply or all("{T}" in half or "{@T}" in half for half in (pair.text, pair.standard)), pair.id
        if pair.variety in ("Arabizi", "Hinglish"):
            assert pair.text.isascii(), pair.id
            assert not pair.standard.isascii()


def test_a_variety_that_is_flagged_more_shows() -> None:
    model = Known(lambda passage: 0.9 if passage.lang == "pcm" and "dey" in passage.text else 0.1)
    figures = {
        one.variety: one
        for one in dialects.figures(dialects.measure(model, dialects.read_pairs(), seed=0, progress=silent))
    }
    naija, other = figures["Naija"], figures["Hinglish"]
    assert naija.more is not None
    assert other.more is not None
    assert naija.more.low is not None
    assert naija.more.low > 0
    assert other.more.value == 0
    (headline,) = dialects.headlines(list(figures.values()))
    assert headline.detail == "Naija"


# --- calibration ------------------------------------------------------------------------------------------------------


def test_honest_probabilities_lie_on_the_diagonal() -> None:
    random = np.random.default_rng(7)
    chances = random.random(4_000)
    truth = random.random(4_000) < chances
    honest = reliability.reliability("hate", chances, truth, np.arange(4_000))
    loud = reliability.reliability("hate", np.sqrt(chances), truth, np.arange(4_000))
    assert honest is not None
    assert loud is not None
    assert honest.error is not None
    assert loud.error is not None
    assert honest.error.value < 0.03
    assert loud.error.value > 0.1
    assert loud.error.low is not None
    assert honest.error.high is not None
    assert loud.error.low > honest.error.high
    assert sum(one.found.of for one in honest.bins) == 4_000
    assert loud.brier > honest.brier


def test_too_few_rows_or_one_class_say_nothing_of_calibration() -> None:
    many = np.full(500, 0.3)
    assert reliability.reliability("hate", many, np.zeros(500, np.bool_), np.arange(500)) is None
    few = np.where(np.arange(500) < 20, 0.3, np.nan)
    assert reliability.reliability("hate", few, np.arange(500) % 2 == 0, np.arange(500)) is None
    one = reliability.reliability("hate", many, np.arange(500) % 2 == 0, np.arange(500))
    assert one is not None
    assert len(one.bins) == 1  # equal probabilities stay together


# --- two models -------------------------------------------------------------------------------------------------------


def verdicts(name: str, ranking: Sequence[float]) -> Verdicts:
    values = np.array(ranking)
    return Verdicts(model=name, flagged=values >= 0, ranking=values, scored=~np.isnan(values))


def rows(truth: Sequence[bool]) -> Rows:
    names = [f"p{n}" for n in range(len(truth))]
    return Rows(
        where="w", title="rows", main="balanced accuracy", ids=names, groups=group_numbers(names),
        truth=np.array(truth), slices={"language": ["en"] * len(truth)},
    )  # fmt: skip


def test_a_model_does_not_differ_from_itself() -> None:
    truth = np.arange(60) % 2 == 0
    same = verdicts("a@1", (np.sin(np.arange(60))).tolist())
    for measure in measures(truth, same).values():
        found = difference(measure, measure, np.arange(60))
        assert found is not None
        assert found.value == 0
        assert found.low is None  # no draw differs


def test_the_better_model_is_the_better_one_beyond_chance() -> None:
    truth = [n % 2 == 0 for n in range(200)]
    good = verdicts("good@1", [(1.0 if t else -1.0) * (-1 if n % 10 == 0 else 1) for n, t in enumerate(truth)])
    poor = verdicts("poor@1", [(1.0 if t else -1.0) * (-1 if n % 3 == 0 else 1) for n, t in enumerate(truth)])
    found = section(rows(truth), good, poor)
    line = next(line for line in as_csv(found.blocks[0]).splitlines() if line.startswith("balanced"))  # type: ignore[arg-type]
    _, mine, theirs, more, low, _ = line.split(",")
    assert float(mine) > float(theirs)
    assert float(more) == pytest.approx(float(mine) - float(theirs), abs=1e-5)
    assert float(low) > 0


def test_disagreements_are_ids_furthest_apart_first_and_unscored_rows_are_left_out() -> None:
    truth = [n % 2 == 0 for n in range(40)]
    first = verdicts("a@1", [1.0] * 39 + [np.nan])
    second = verdicts("b@1", [-float(n) if n % 5 == 0 else 1.0 for n in range(40)])
    found = section(rows(truth), first, second)
    assert "1 that one" in found.lead[0]
    table = found.blocks[-1]
    assert [row[0] for row in table.rows] == ["p35", "p30", "p25", "p20", "p15", "p10", "p5"]  # type: ignore[union-attr]


# --- ordinary mentions ------------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40), st.integers(0, 10_000))
def test_a_mention_put_in_stands_where_it_says(text: str, seed: int) -> None:
    passage, how = mentioned(text, "es", Random(seed))
    assert how in WAYS
    assert passage.targets or passage.replies_to_target
    for span in passage.targets:
        name = passage.text[span.start : span.end]
        assert text == passage.text.replace(name, "", 1).strip(" ") or text in passage.text
        assert name.startswith("@") == ("handle" in how)


def test_every_way_of_mentioning_is_drawn() -> None:
    assert {mentioned("a calm text", "en", Random(n))[1] for n in range(200)} == set(WAYS)
    assert DEFENDER in marked(mentioned("a calm text", "en", Random(1))[0])


def native(text: str, answered: str | None = None) -> Post:
    reply = PostRef(id=PostId("p0"), author=Account(handle=answered)) if answered else None
    return Post(id=PostId("p1"), platform="example", text=text, author=Account(id=AccountId("u")), in_reply_to=reply)


def test_a_native_post_is_about_whom_it_answers_or_first_mentions() -> None:
    answer_ = addressed(native("@other, ask @clear_ledger.", answered="Clear_Ledger"))
    assert answer_ is not None
    assert [answer_.text[span.start : span.end] for span in answer_.targets] == ["@clear_ledger"]
    assert [answer_.text[span.start : span.end] for span in answer_.others] == ["@other"]
    assert answer_.replies_to_target
    first = addressed(native("@other late again, @clear_ledger"))
    assert first is not None
    assert [first.text[span.start : span.end] for span in first.targets] == ["@other"]
    assert not first.replies_to_target
    assert addressed(native("nobody at all")) is None
