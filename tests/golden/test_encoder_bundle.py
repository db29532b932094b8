"""The encoder that ships: as good packed as it was in torch, faithful in its reasons, and far above the floor."""

from random import Random

import numpy as np
import pytest

from detector.domain import Passage, Scored, Span
from detector.text.bundle import default_bundle, floor_bundle, load_model, read_bundle
from detector.text.encoder import EncoderModel
from detector.text.marking import marked
from training.answers import ask
from training.corpus import CorpusPost, read_corpus
from training.figures import area_under_curve
from training.target_level import ask_about


@pytest.fixture(scope="module")
def posts() -> list[CorpusPost]:
    """A few of each language, whole twins not needed."""
    test = [post for post in read_corpus() if post.part == "test"]
    return Random(3).sample(test, 600)


@pytest.fixture(scope="module")
def encoder() -> EncoderModel:
    return EncoderModel.load(read_bundle(default_bundle()), explain=False)


def test_packed_it_decides_like_the_network_in_torch(encoder: EncoderModel, posts: list[CorpusPost]) -> None:
    torch = pytest.importorskip("torch", reason="the network needs torch (the extra `train`)")
    from training.fit_network import encoded
    from training.reopen import reopened

    bundle = read_bundle(default_bundle())
    network, tokenizer = reopened(bundle)
    texts = [marked(ask_about(post, "T", seed=0)) for post in posts[:256]]
    with torch.no_grad():
        rows = [
            network(*encoded(tokenizer, texts[start : start + 32], longest=96))[1].numpy()
            for start in range(0, len(texts), 32)
        ]
    exact, packed = np.concatenate(rows)[:, -1], encoder.raw(texts).target[:, -1]
    head = bundle.manifest.target["attack"]
    cut = (np.log(head.threshold / (1 - head.threshold)) - head.intercept) / head.slope
    assert ((exact >= cut) == (packed >= cut)).mean() >= 0.985


def test_it_ranks_attacks_far_above_the_floor(encoder: EncoderModel, posts: list[CorpusPost]) -> None:
    truth = np.array([post.attack for post in posts])
    passages = [ask_about(post, "T", seed=0) for post in posts]
    areas = [
        area_under_curve(truth, np.nan_to_num(ask(model, passages).ranking, nan=-99.0))
        for model in (encoder, load_model(floor_bundle(), explain=False))
    ]
    assert areas[0] > areas[1] + 0.15


def test_the_words_it_names_are_those_it_needs() -> None:
    """Deletion (Samek et al. 2017): without the named words a score falls much further than without others as long."""
    model = load_model(default_bundle())
    spaced = [
        post for post in read_corpus() if post.part == "dev" and post.lang in ("en", "es", "fr", "id", "sw", "tr")
    ]
    passages = [ask_about(post, "T", seed=0) for post in spaced if post.attack][:120]
    named: list[float] = []
    others: list[float] = []
    chance = Random(1)
    for passage, judgement in zip(passages, model.judge(passages), strict=True):
        flagged = [(label, words) for label, words in judgement.words.items() if words]
        if not flagged:
            continue
        label, words = flagged[0]
        score = judgement.scores[label]
        free = [span for span in _words(passage) if not any(_touch(span, one) for one in (*words, *passage.targets))]
        if not isinstance(score, Scored) or len(free) < len(words):
            continue
        blind = chance.sample(free, len(words))
        for spans, drops in ((words, named), (blind, others)):
            (less,) = model.judge([_without(passage, spans)])
            left = less.scores[label]
            drops.append(score.probability - (left.probability if isinstance(left, Scored) else 0.0))
    assert len(named) >= 20
    assert np.mean(named) > 2 * np.mean(others)
    assert np.mean(named) > 0.1


def _words(passage: Passage) -> list[Span]:
    spans, place = [], 0
    for word in passage.text.split(" "):
        spans.append(Span(start=place, end=place + len(word)))
        place += len(word) + 1
    return [span for span in spans if span.end > span.start]


def _touch(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _without(passage: Passage, spans: tuple[Span, ...] | list[Span]) -> Passage:
    text = passage.text
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return Passage(
        text=text,
        lang=passage.lang,
        targets=passage.targets,
        others=passage.others,
        replies_to_target=passage.replies_to_target,
    )
