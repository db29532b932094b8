"""Can the corpus be solved without reading it? Measures what a model that sees only the surface could learn.

Two questions. Do punctuation, emoji, hashtags, links, length and the place of the handle tell attacks from the rest in
languages that were left out? And does a bag of words tell the halves of twins apart in their own language? Both must
stay near chance (area under the ROC curve .5), or a model would learn how our writers write and not what they say.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from detector.characters import EMOJI
from training.corpus import PLACEHOLDER, CorpusPost

Floats = npt.NDArray[np.float64]

QUOTES = '«»“”„‟「」『』"'
FINAL = "。।۔"
UNSPACED = frozenset({"zh-Hans", "zh-Hant", "ja", "th", "lo", "km", "my"})

_EMOJI = re.compile(f"[{EMOJI}]")
_SINGLE_MARKS = ".,!?:;-—…#()/"


def surface(post: CorpusPost) -> tuple[float, ...]:
    """What can be seen without reading: counts of marks, length, and where and how the defender stands."""
    text = post.text
    size = max(1, len(text))
    return (
        *(float(text.count(mark)) for mark in _SINGLE_MARKS),
        float(sum(map(text.count, QUOTES))),
        float(sum(map(text.count, "！？؟"))),
        float(sum(map(text.count, FINAL + "،"))),
        float(len(_EMOJI.findall(text))),
        float(text.count("http")),
        float(size),
        float(len(text.split())),
        text.find("{@T") / size,
        text.find("{T") / size,
        float(text.count("{@T")),
        float(text.count("{T")),
        float(text.rstrip()[-1:] in f".!?！？{FINAL}"),
    )


def surface_auc(posts: Sequence[CorpusPost], *, folds: int = 4) -> tuple[float, Floats]:
    """How well the surface tells attacks in languages left out.

    Args:
        posts: The corpus.
        folds: The languages are dealt into so many groups; each is judged by what the others taught.

    Returns:
        The area under the ROC curve over all posts, and each post's score, shape (posts,).
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - slow to import
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    features = np.array([surface(post) for post in posts])
    truth = np.array([post.attack for post in posts])
    order = {lang: place for place, lang in enumerate(sorted({post.lang for post in posts}))}
    fold = np.array([order[post.lang] % folds for post in posts])
    scores = np.zeros(len(posts))
    for number in range(folds):
        model = HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, random_state=0)
        model.fit(features[fold != number], truth[fold != number])
        scores[fold == number] = model.predict_proba(features[fold == number])[:, 1]
    return float(roc_auc_score(truth, scores)), scores


def words_auc(posts: Sequence[CorpusPost], *, folds: int = 5) -> Mapping[str, float]:
    """How well a bag of words tells the halves of twins apart, by language; both halves are always in one fold.

    Languages with fewer than 40 pairs are left out.
    """
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    found = {}
    for lang in sorted({post.lang for post in posts}):
        twins = [post for post in posts if post.lang == lang and post.twin]
        pairs = sorted({min(post.id, post.twin or "") for post in twins})
        if len(pairs) < 40:
            continue
        place = {pair: number % folds for number, pair in enumerate(pairs)}
        fold = np.array([place[min(post.id, post.twin or "")] for post in twins])
        bag = CountVectorizer(analyzer="char" if lang in UNSPACED else "word", min_df=2)
        words = bag.fit_transform([PLACEHOLDER.sub(" ", post.text) for post in twins])
        truth = np.array([post.attack for post in twins])
        scores = np.zeros(len(twins))
        for number in range(folds):
            model = LogisticRegression(C=0.5, max_iter=300).fit(words[fold != number], truth[fold != number])
            scores[fold == number] = model.decision_function(words[fold == number])
        found[lang] = float(roc_auc_score(truth, scores))
    return found


def differences(one: CorpusPost, other: CorpusPost) -> tuple[str, ...]:
    """On which counts the surfaces of twins differ; at most one is forgiven."""
    pairs = {
        "quotes": [any(mark in post.text for mark in QUOTES) for post in (one, other)],
        "emoji": [bool(_EMOJI.search(post.text)) for post in (one, other)],
        "hashtags": ["#" in post.text for post in (one, other)],
        "links": ["http" in post.text for post in (one, other)],
        "exclamation": [any(mark in post.text for mark in "!！") for post in (one, other)],
        "question": [any(mark in post.text for mark in "?？؟") for post in (one, other)],
        "handle first": [post.text.startswith("{@T}") for post in (one, other)],
        "reply": [post.reply for post in (one, other)],
    }
    found = [name for name, (left, right) in pairs.items() if left != right]
    ratio = len(one.text) / max(1, len(other.text))
    return (*found, *(["length"] if not 0.6 < ratio < 1.65 else []))
