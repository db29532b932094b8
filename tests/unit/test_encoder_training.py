"""The whole way of an encoder, on a tiny base: fit in two stages, go on after a break, pack, calibrate, judge."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

torch = pytest.importorskip("torch")

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors  # noqa: E402

from detector.domain import Label, Passage, Scored, Span, Unscored  # noqa: E402
from detector.text.bundle import load_model  # noqa: E402
from detector.text.encoder import EncoderModel  # noqa: E402
from detector.text.marking import marked  # noqa: E402
from training.corpus import CorpusPost  # noqa: E402
from training.export import packed_rows  # noqa: E402

WORDS = "the a thief liar meeting today court office report coffee rain we you they is was at on and of to in".split()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two layers with a small Unigram vocabulary, as `transformers` keeps one."""
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(f"▁{word}", -2.0 - i / 50) for i, word in enumerate(WORDS)]
    pieces += [(letter, -9.0) for letter in "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?'@[]0123456789"]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces) + 8,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=256,
        max_position_embeddings=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


RECIPE = """
kind = "encoder"
name = "tiny"
version = "0.1"
base = "{base}"
vocabulary = 200
longest = 32
weigh = true
[[stages]]
posts = 1600
rate = 2e-3
longest = 32
[[stages]]
posts = 3200
corpus = 0.8
rate = 2e-3
longest = 32
blank = 0.05
[thresholds]
anybody = 0.2
alike = 0.2
ordinary = 0.1
[sets]
tiny = {{}}
"""


def corpus_posts() -> list[CorpusPost]:
    chance = Random(5)
    posts = []
    for part, count in (("train", 120), ("dev", 60), ("test", 40)):
        for number in range(count):
            place = chance.choice(["court", "office", "rain", "report"])
            ids = [f"{part}-{number}-{half}" for half in "ab"]
            texts = [f"{{T}} is a thief at the {place}", f"{{O}} is a thief at the {place} and {{T}} was in"]
            labels: list[dict[str, tuple[Label, ...]]] = [{"T": (Label.SMEAR,)}, {"T": (), "O": (Label.SMEAR,)}]
            posts += [
                CorpusPost(
                    id=ids[half],
                    text=texts[half],
                    lang="en",
                    who=chance.choice(["woman", "man"]),
                    register="tweet",
                    kind=("corruption", "other_target")[half],
                    labels=labels[half],
                    certainty=3,
                    writer="a",
                    part=part,  # type: ignore[arg-type]
                    twin=ids[1 - half],
                )
                for half in (0, 1)
            ]
    return posts


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of twins and one public set, invented."""
    import msgspec

    folder = tmp_path_factory.mktemp("data")
    (folder / "corpus").mkdir()
    lines = [msgspec.json.encode(post) for post in corpus_posts()]
    (folder / "corpus" / "en.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    chance = Random(1)
    rows = []
    for number in range(1200):
        bad = chance.random() < 0.5
        text = f"you {'are a liar' if bad else 'at the meeting'} {chance.choice(WORDS)} {chance.choice(WORDS)} {number}"
        rows.append(
            {
                "text": text,
                "lang": "en",
                "part": ("dev", "train", "train", "test")[number % 4],
                "offensive": int(bad),
                "insult": int(bad),
            }
        )
    pq.write_table(pa.Table.from_pylist(rows), folder / "tiny.parquet")
    (folder / "tiny.toml").write_text(
        'name = "tiny"\nlicence = "CC0-1.0"\ncitation = "invented for this test"\ntier = "open"\n', encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def trained(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.train_encoder import run

    out = tmp_path_factory.mktemp("out")
    (out / "recipe.toml").write_text(RECIPE.format(base=base), encoding="utf-8")
    run(out / "recipe.toml", data, out / "tiny", corpus=data / "corpus")
    return out


def test_the_bundle_tells_who_is_attacked(trained: Path) -> None:
    model = load_model(trained / "tiny")
    assert isinstance(model, EncoderModel)
    text = "Ada Moss is a thief at the court"
    aimed = Passage(text=text, lang="en", targets=(Span(start=0, end=8),))
    elsewhere = Passage(
        text="Bo Reed is a thief at the court and Ada Moss was in", lang="en", targets=(Span(start=36, end=44),)
    )
    attack, none = model.judge([aimed, elsewhere])
    one, other = attack.scores[Label.SMEAR], none.scores[Label.SMEAR]
    assert isinstance(one, Scored)
    assert isinstance(other, Scored)
    assert one.probability > other.probability + 0.3
    assert one.probability >= one.threshold
    assert attack.aimed
    assert isinstance(attack.scores[Label.DOXXING], Unscored | Scored)
    assert {text[one.start : one.end] for one in attack.words[Label.SMEAR]} <= set(text.split())


def test_a_batch_answers_like_its_members(trained: Path) -> None:
    model = load_model(trained / "tiny")
    passages = [Passage(text=f"you are a {word} today", lang="en") for word in WORDS]
    for alone, together in zip([model.judge([one])[0] for one in passages], model.judge(passages), strict=True):
        for label in Label:
            one, other = alone.scores[label], together.scores[label]
            assert type(one) is type(other)
            if isinstance(one, Scored) and isinstance(other, Scored):
                assert one.probability == pytest.approx(other.probability, abs=0.02)


def test_a_run_goes_on_from_its_checkpoint(trained: Path, data: Path) -> None:
    from training.train_encoder import run

    seen: list[float] = []
    run(
        trained / "recipe.toml",
        data,
        trained / "tiny",
        corpus=data / "corpus",
        report=lambda _w, done: seen.append(done),
    )
    fitting = [one for one in seen if one < 1]
    assert len(fitting) < 10, "every stage was done already"


def test_long_texts_are_read_around_the_defender_and_to_their_end(trained: Path) -> None:
    model = load_model(trained / "tiny")
    assert isinstance(model, EncoderModel)
    whole = Tokenizer.from_file(str(trained / "tiny" / "tokenizer.json"))
    filler = "the meeting at the office today " * 20
    named = [
        whole.decode(ids, skip_special_tokens=False)
        for ids in model._windows(f"{filler}[DEFENDER] is a thief {filler}")
    ]
    assert len(named) == 1
    assert "[DEFENDER]" in named[0]
    assert "thief" in named[0]
    reply = [whole.decode(ids, skip_special_tokens=False) for ids in model._windows(f"[REPLY] {filler}you liar")]
    assert all("[REPLY]" in window for window in reply)
    assert "liar" in reply[-1]
    assert all(len(ids) <= 32 for ids in model._windows(f"[REPLY] {filler * 9}"))


def test_what_cannot_be_read_is_unscored(trained: Path) -> None:
    model = load_model(trained / "tiny")
    unreadable, empty = model.judge([Passage(text="ߒߞߏ ߞߊ߲ ߠߎ߬"), Passage(text="!!! ")])
    assert all(isinstance(score, Unscored) for score in unreadable.scores.values())
    assert "language not covered" in unreadable.scores[Label.THREAT].reason  # type: ignore[union-attr]
    assert all(isinstance(score, Unscored | Scored) for score in empty.scores.values())


def test_packing_rows_again_changes_nothing() -> None:
    table = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    packed, scales = packed_rows(table)
    nibbles = np.stack([packed & 15, packed >> 4], axis=-1).reshape(64, -1).astype(np.int8)
    weights = np.where(nibbles > 7, nibbles - 16, nibbles).astype(np.float32) * np.repeat(
        scales.astype(np.float32), 32, axis=1
    )
    again, scales_again = packed_rows(weights)
    assert (again == packed).all()
    assert (scales == scales_again).all()
    assert np.abs(weights - table).max() <= np.abs(table).max() / 7


def test_marks_stand_for_people_and_cannot_be_forged() -> None:
    text = "@ada_m look, [DEFENDER] and @bo at https://example.org/x"
    passage = Passage(text=text, targets=(Span(start=0, end=6),), replies_to_target=True)
    assert marked(passage) == "[REPLY] [DEFENDER] look, DEFENDER and [OTHER] at http"


def test_the_tokeniser_that_ships_reads_like_the_whole_one(trained: Path, base: Path) -> None:
    small = Tokenizer.from_file(str(trained / "tiny" / "tokenizer.json"))
    whole = Tokenizer.from_file(str(base / "tokenizer.json"))
    assert json.loads(small.to_str())["model"]["unk_id"] == small.token_to_id("<unk>")
    for text in ("the meeting at the court", "a thief"):
        assert small.encode(text).tokens == whole.encode(text).tokens


def test_a_bundle_can_be_opened_for_training_again(trained: Path) -> None:
    from detector.text.bundle import read_bundle
    from training.fit_network import encoded
    from training.reopen import reopened

    network, tokenizer = reopened(read_bundle(trained / "tiny"))
    texts = ["[DEFENDER] is a thief at the court", "[REPLY] you are a liar", "[OTHER] at the meeting"]
    with torch.no_grad():
        anybody, target = network(*encoded(tokenizer, texts, longest=32))
    packed = load_model(trained / "tiny")
    assert isinstance(packed, EncoderModel)
    raw = packed.raw(texts)
    wanted = [head.column for head in packed._target.values()]
    assert np.abs(target.numpy()[:, wanted] - raw.target).max() < 0.35
    wanted = [head.column for head in packed._anybody.values()]
    assert np.abs(anybody.numpy()[:, wanted] - raw.anybody).max() < 0.35


def own_labels(path: Path, *, rows: int = 200) -> Path:
    """Posts of a kind that the bundle has not seen, as a researcher would hand them in."""
    chance = Random(9)
    lines = ["text,target,reply,smear,attack"]
    for number in range(rows):
        place, who = chance.choice(["court", "office", "rain", "coffee"]), chance.choice(["Ida", "Cy"])
        bad = chance.random() < 0.5
        what = "of rain and coffee" if bad else "of the meeting"
        lines.append(f"{who} {what} at {place} {number},{who},0,{int(bad)},{int(bad)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_researcher_teaches_a_language_and_the_others_stay(trained: Path, data: Path) -> None:
    from training.teach import run

    table = own_labels(trained / "own.csv")
    before, after = run(table, "xx", trained / "taught", start=trained / "tiny", corpus=data / "corpus", rate=3e-3)
    assert after.own_balanced > max(0.8, before.own_balanced + 0.1)
    assert after.others_balanced > before.others_balanced - 0.1
    taught = load_model(trained / "taught")
    assert taught.id == "tiny-xx@0.1"
    assert "xx" in taught.languages
    card = (trained / "taught" / "card.md").read_text(encoding="utf-8")
    assert "200 own labels" in card


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("Ida is here,Bo,0,1,1", "does not stand in the text"),
        ("Ida is here,Ida,0,2,1", "something other than 0, 1"),
        ("Ida is here,Ida,0,1,0", "though `attack` is 0"),
        (",Ida,0,1,1", "there is no text"),
    ],
)
def test_own_labels_that_cannot_be_used_name_their_line(tmp_path: Path, row: str, what: str) -> None:
    from detector.errors import InputError
    from training.own_labels import read_own_labels

    table = own_labels(tmp_path / "own.csv", rows=60)
    table.write_text(table.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 62") as caught:
        read_own_labels(table, lang="xx")
    assert what in str(caught.value)


def test_own_labels_need_both_sides(tmp_path: Path) -> None:
    from detector.errors import InputError
    from training.own_labels import read_own_labels

    table = tmp_path / "own.csv"
    table.write_text("text,attack\n" + "".join(f"a thief {n} at court,1\n" for n in range(40)), encoding="utf-8")
    with pytest.raises(InputError, match="40 attacks and 0"):
        read_own_labels(table, lang="xx")


def test_a_target_is_found_in_all_its_wordings_and_not_inside_other_words(tmp_path: Path) -> None:
    from training.own_labels import read_own_labels

    table = own_labels(tmp_path / "own.csv", rows=60)
    with table.open("a", encoding="utf-8") as file:
        file.write("@ana_q: Ana sells a Banana to Ana Moss,Ana|Ana Moss|@ana_q,0,1,1\n")
    post = read_own_labels(table, lang="xx")[-1]
    assert [post.passage.text[one.start : one.end] for one in post.passage.targets] == ["@ana_q", "Ana", "Ana Moss"]


def test_sets_are_weighed_on_their_dev_rows_and_what_packing_costs_is_known(trained: Path) -> None:
    from detector.text.bundle import read_bundle

    manifest = read_bundle(trained / "tiny").manifest
    believed = json.loads((trained / "tiny.run" / "weights.json").read_text(encoding="utf-8"))
    assert believed == {"tiny": 1.0}, "its labels are without noise"
    assert manifest.recipe["weights"] == {}
    assert manifest.figures["packing"]["8 bits against fp32"]["posts decided alike"] >= 0.9


def test_the_card_keeps_figures_by_language_label_and_set(trained: Path) -> None:
    from detector.text.bundle import read_bundle

    figures = read_bundle(trained / "tiny").manifest.figures
    whole = figures["corpus test"]["all posts"]
    assert whole["posts"] == 80
    assert whole["balanced accuracy"] > 0.8
    assert whole["twins ranked right"] > 0.9
    assert figures["corpus test, by language"]["en"]["recall"] == whole["recall"]
    assert figures["corpus test, by label"]["smear"]["attacks"] == 40
    card = (trained / "tiny" / "card.md").read_text(encoding="utf-8")
    assert "### Corpus test, by language" in card
    assert figures["public test parts, offensive, by set"]["tiny"]["macro F1"] > 0.9
    assert f"| en | 80 | {whole['balanced accuracy']} |" in card


def test_a_set_whose_labels_are_noise_counts_little(trained: Path) -> None:
    from detector.text.bundle import read_bundle
    from training.examples import COLUMNS, Examples
    from training.reopen import reopened
    from training.set_weights import LEAST, set_weights

    network, tokenizer = reopened(read_bundle(trained / "tiny"))
    chance = Random(3)
    bad = [chance.random() < 0.5 for _ in range(300)]
    labels = np.full((600, len(COLUMNS)), -1, np.int8)
    labels[:300, -1] = bad
    labels[300:, -1] = [chance.random() < 0.5 for _ in range(300)]
    dev = Examples(
        texts=[f"you {'are a liar' if one else 'at the meeting'} {n}" for n, one in enumerate((*bad, *bad))],
        langs=["en"] * 600,
        sets=["sound"] * 300 + ["noise"] * 300,
        parts=["dev"] * 600,
        labels=labels,
    )
    weights = set_weights(network, tokenizer, dev, longest=32)
    assert weights["sound"] == 1.0
    assert weights["noise"] < 0.5
    assert weights["noise"] >= LEAST


def test_hidden_pieces_are_words_only(trained: Path) -> None:
    from training.fit_network import blanked, encoded

    tokenizer = Tokenizer.from_file(str(trained / "tiny" / "tokenizer.json"))
    ids, mask = encoded(tokenizer, ["[DEFENDER] is a thief at the court"] * 200, longest=32)
    torch.manual_seed(0)
    hidden = blanked(ids, 0.3, tokenizer)
    changed = (hidden != ids) & (mask == 1)
    assert 0.2 < changed.float().mean() < 0.3
    assert (hidden[:, 0] == ids[:, 0]).all()
    mark = tokenizer.token_to_id("[DEFENDER]")
    assert torch.equal(hidden == mark, ids == mark)


def test_a_bundle_goes_on_learning(trained: Path, data: Path) -> None:
    from detector.text.bundle import read_bundle
    from training.train_encoder import run

    recipe = trained / "more.toml"
    recipe.write_text(
        'like = "recipe.toml"\nname = "more"\nweigh = false\n'
        f'base = "bundle:{trained / "tiny"}"\n[[stages]]\nposts = 64\ncorpus = 0.5\nrate = 1e-5\nlongest = 32\n',
        encoding="utf-8",
    )
    run(recipe, data, trained / "more", corpus=data / "corpus")
    first, more = read_bundle(trained / "tiny").manifest, read_bundle(trained / "more").manifest
    assert more.name == "more"
    assert {one.name for one in more.origins} == {one.name for one in first.origins}
    tokenizers = [(trained / name / "tokenizer.json").read_bytes() for name in ("tiny", "more")]
    assert tokenizers[0] == tokenizers[1], "the vocabulary stays"


def test_kinds_and_languages_can_be_left_out(trained: Path, data: Path) -> None:
    from training.encoder_recipe import read_encoder_recipe
    from training.material import read_material

    path = trained / "without.toml"
    path.write_text('like = "recipe.toml"\nwithout_kinds = ["other_target"]\n', encoding="utf-8")
    material = read_material(read_encoder_recipe(path), data, corpus=data / "corpus")
    kinds = {part: {post.kind for post in material.corpus if post.part == part} for part in ("train", "dev", "test")}
    assert kinds == {"train": {"corruption"}, "dev": {"corruption"}, "test": {"corruption", "other_target"}}
