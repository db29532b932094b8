"""Training from end to end on invented rows: recipe to bundle to report."""

import csv
import random
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.assess.policy import read_policy
from detector.domain import Label, Passage, Scored, Unscored
from detector.errors import CardError, InputError, RecipeError
from detector.text.bundle import load_model, read_bundle
from training import quality, train
from training.measured import Options
from training.report import write

RECIPE = """
kind = "ngram"
name = "tiny"
version = "0.1"
heads = ["hate", "insult", "smear", "threat", "offensive"]
narrow = ["threat"]
[unscored]
incitement = "nobody annotated it"
doxxing = "nobody annotated it"
sexual = "nobody annotated it"
[features]
bits = 14
shortest = 2
longest = 4
[fit]
epochs = 6
rate = 0.3
ridge = 0.0
seed = 1
temperature = 0.5
heaviest = 5.0
rare = 4.0
fewest = 3
[hints]
inoffensive = 0.25
offensive = 0.1
[thresholds]
false_flag_rate = 0.1
[sets]
invented = {}
"""

CARD = """
name = "invented"
tier = "open"
licence = "CC0-1.0"
citation = "Invented for a test"
"""

SENTINEL = "zanzibarquux"
RUDE = ["blockhead", "numbskull", "windbag"]
CALM = ["river", "council", "harvest", "meeting", "teacher"]


def rows(count: int = 240) -> list[dict[str, object]]:
    chance = random.Random(2)
    made: list[dict[str, object]] = []
    for n in range(count):
        bad = n % 2
        words = chance.choices(CALM, k=5) + ([chance.choice(RUDE)] if bad else [])
        chance.shuffle(words)
        made.append(
            {
                "text": f"{' '.join(words)} {SENTINEL if n % 7 == 0 else n}",
                "lang": "en" if n % 3 else "de",
                "part": ("train", "train", "dev", "test")[n // 2 % 4],
                "offensive": bad,
                "hate": bad if n % 5 else None,
                "threat": bad if n % 3 else None,  # English only
                "smear": None,
                "insult": None,
            }
        )
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    table = pa.Table.from_pylist(rows(), schema=pa.schema(
        [("text", pa.string()), ("lang", pa.string()), ("part", pa.string())]
        + [(name, pa.int8()) for name in ("offensive", "hate", "threat", "smear", "insult")]
    ))  # fmt: skip
    (folder / "data").mkdir()
    (folder / "data" / "invented.toml").write_text(CARD, encoding="utf-8")
    pq.write_table(table, folder / "data" / "invented.parquet")
    return folder


@pytest.fixture(scope="module")
def bundle(folder: Path) -> Path:
    said: list[tuple[str, float]] = []
    found, _ = train.run(
        folder / "recipe.toml", folder / "data", folder / "bundle", progress=lambda *told: said.append(told)
    )
    assert found.id == "tiny@0.1"
    assert {what for what, _ in said} == {"reading texts", "fitting", "judging"}
    assert all(0 <= done <= 1 for _, done in said)
    return folder / "bundle"


def test_it_learns_what_was_annotated(bundle: Path) -> None:
    rude, calm = load_model(bundle).judge(
        [Passage(text="what a windbag, that teacher", lang="en"), Passage(text="a meeting by the river", lang="en")]
    )
    for label in (Label.HATE, Label.THREAT):
        high, low = rude.scores[label], calm.scores[label]
        assert isinstance(high, Scored)
        assert isinstance(low, Scored)
        assert high.probability > 0.5 > low.probability
    assert rude.hostility is not None
    assert calm.hostility is not None
    assert rude.hostility > calm.hostility


def test_the_words_that_moved_the_score_are_marked(bundle: Path) -> None:
    text = "the teacher is a windbag"
    judgement = load_model(bundle).judge([Passage(text=text, lang="en")])[0]
    best = judgement.words[Label.HATE][0]
    assert text[best.start : best.end] == "windbag"


def test_a_label_that_nobody_annotated_is_unscored(bundle: Path) -> None:
    scores = load_model(bundle).judge([Passage(text="what a windbag", lang="en")])[0].scores
    assert scores[Label.SMEAR] == Unscored(reason="this model has learnt nothing about smear")
    # Nobody annotated insult either, and the dev part cannot calibrate it from hints alone.
    assert isinstance(scores[Label.INSULT], Unscored)
    assert scores[Label.DOXXING] == Unscored(reason="nobody annotated it")


def test_a_narrow_label_answers_for_its_own_languages_only(bundle: Path) -> None:
    manifest = read_bundle(bundle).manifest
    assert manifest.heads["threat"].only == ("en",)
    german = load_model(bundle).judge([Passage(text="so ein windbag", lang="de")])[0]
    assert isinstance(german.scores[Label.THREAT], Unscored)
    assert isinstance(german.scores[Label.HATE], Scored)


def test_the_same_again_is_the_same_bytes(folder: Path, bundle: Path) -> None:
    train.run(folder / "recipe.toml", folder / "data", folder / "again")
    for path in bundle.iterdir():
        assert path.read_bytes() == (folder / "again" / path.name).read_bytes(), path.name


def test_the_card_and_the_manifest_hold_no_text_of_the_data(bundle: Path) -> None:
    card = (bundle / "card.md").read_text(encoding="utf-8")
    assert SENTINEL not in card + (bundle / "manifest.json").read_text(encoding="utf-8")
    assert "CC0-1.0" in card
    assert "Invented for a test" in card


OPTIONS = Options(policy=read_policy(None))


def figures_of(out: Path, name: str) -> dict[str, dict[str, str]]:
    """A table of a report on labelled texts, by label."""
    with (out / name).open(encoding="utf-8") as lines:
        return {line["label"]: line for line in csv.DictReader(lines)}


def test_evaluating_writes_a_page_and_its_tables(folder: Path, bundle: Path) -> None:
    out = folder / "report"
    write(quality.run(bundle, [folder / "data"], OPTIONS), out)
    whole = figures_of(out, "texts-all.csv")
    assert int(whole["any"]["rows"]) == sum(row["part"] == "test" for row in rows())
    assert whole["any"]["AUC"] == ""
    with (out / "texts-language.csv").open(encoding="utf-8") as lines:
        threat = next(line for line in csv.DictReader(lines) if (line["language"], line["label"]) == ("en", "threat"))
    assert float(threat["AUC"]) == pytest.approx(1.0, abs=0.05)
    assert "tiny@0.1" in (out / "report.html").read_text(encoding="utf-8")
    assert SENTINEL not in "".join(path.read_text(encoding="utf-8") for path in out.iterdir())


def test_evaluating_a_file_without_parts_takes_every_row(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,lang,hate\nwhat a windbag,en,1\na calm river,en,0\nnot annotated,en,\n", encoding="utf-8")
    write(quality.run(bundle, [path], OPTIONS), tmp_path / "out")
    assert figures_of(tmp_path / "out", "texts-all.csv")["hate"]["rows"] == "2"


def test_an_unscored_row_counts_in_no_figure(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,lang,offensive\nwhat a windbag,en,1\na calm river,en,0\n@ana http,en,1\n", encoding="utf-8")
    write(quality.run(bundle, [path], OPTIONS), tmp_path / "out")
    found = figures_of(tmp_path / "out", "texts-all.csv")
    assert {(one["rows"], one["unscored"]) for one in found.values()} == {("2", "1")}


def test_data_without_annotations_are_refused(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("text,hate\na calm river,\n", encoding="utf-8")
    with pytest.raises(InputError, match="no annotated row"):
        quality.run(bundle, [path], OPTIONS)


def test_a_missing_set_is_named_before_anything_is_written(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CardError, match="invented"):
        train.run(folder / "recipe.toml", tmp_path, tmp_path / "out")
    (tmp_path / "invented.toml").write_text(CARD, encoding="utf-8")
    with pytest.raises(InputError, match="invented"):
        train.run(folder / "recipe.toml", tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_that_learnt_from_the_research_tier_says_that_it_is_private(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "data" / "invented.parquet", tmp_path)
    (tmp_path / "invented.toml").write_text(CARD.replace('"open"', '"research"'), encoding="utf-8")
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    with pytest.raises(RecipeError, match="invented"):
        train.run(tmp_path / "recipe.toml", tmp_path, tmp_path / "out")
    (tmp_path / "recipe.toml").write_text('tier = "research"' + RECIPE, encoding="utf-8")
    train.run(tmp_path / "recipe.toml", tmp_path, tmp_path / "out")
    assert "Private use: not for redistribution" in (tmp_path / "out" / "card.md").read_text(encoding="utf-8")
    assert read_bundle(tmp_path / "out").manifest.recipe["tier"] == "research"


def test_the_card_of_an_open_model_says_nothing_of_the_kind(bundle: Path) -> None:
    assert "redistribution" not in (bundle / "card.md").read_text(encoding="utf-8")


def test_a_wrong_recipe_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text("kind = 3", encoding="utf-8")
    with pytest.raises(RecipeError):
        train.run(tmp_path / "recipe.toml", tmp_path / "none", tmp_path / "out")
