"""A scene: one post read for one defender. Where they stand in the text, where others stand, and what cues there are.

Finds and measures; what it means is said by `detector.assess.direction` and `detector.assess.stance`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from detector.assess.cues import Category, Cue, lexicon
from detector.assess.private_details import private_details
from detector.domain import DefenderKind, How, Judgement, Label, Mention, Post, Span

LABELS: dict[Category, Label] = {
    Category.THREAT: Label.THREAT,
    Category.INCITEMENT: Label.INCITEMENT,
    Category.DOXXING: Label.DOXXING,
    Category.SEXUAL: Label.SEXUAL,
    Category.DEHUMANISING: Label.HATE,
    Category.INSULT: Label.INSULT,
    Category.SMEAR: Label.SMEAR,
}
"""The label for which a hostile cue speaks."""

_BORDER = re.compile(r"[.!?;…\n]+|[。！？；।॥؟؛۔።፣]|\s[-–—]\s")
_HANDLE = re.compile(r"(?<![\w@/.])@\w[\w.\-]*")
_LEADING = re.compile(r"\s*(?:@\w[\w.\-]*[\s,:]*)+")
_QUOTED = re.compile(
    r"“[^“”]{2,200}”|«[^«»]{2,200}»|„[^„“”]{2,200}[“”]|”[^”]{2,200}”|\"[^\"\n]{2,200}\"|「[^「」]{1,200}」|『[^『』]{1,200}』"
    r"|‘[^‘’\n]{2,200}’|‹[^‹›]{2,200}›|״[^״]{2,200}״|(?<!\w)'[^'\n]{2,120}'(?!\w)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is seen in a post, in spans of the original text.

    `targets` name the defender, `others` name somebody else, `quoted` stand in quotation marks, `hostile` are places
    that speak for a label, `cues` all the rest.
    """

    post: Post
    mention: Mention
    kind: DefenderKind
    targets: tuple[Span, ...]
    others: tuple[Span, ...]
    quoted: tuple[Span, ...]
    borders: tuple[int, ...]
    hostile: tuple[tuple[Label, Span], ...]
    cues: tuple[Cue, ...]

    def places(self, category: Category) -> tuple[Span, ...]:
        """Where cues of a category stand."""
        return tuple(cue.span for cue in self.cues if cue.category is category)

    def distance(self, one: Span, two: Span) -> int:
        """Letters between two spans, and twenty for each sentence border between."""
        low, high = sorted((one, two), key=lambda span: span.start)
        crossed = sum(low.start <= border < high.start for border in self.borders)
        return max(0, high.start - low.end) + 20 * crossed

    def from_target(self, span: Span) -> int:
        """Distance to the nearest place that names the defender (there must be one)."""
        return min(self.distance(span, target) for target in self.targets)

    def is_quoted(self, span: Span) -> bool:
        """Whether a span stands in quotation marks."""
        return any(quote.start <= span.start and span.end <= quote.end for quote in self.quoted)

    @property
    def speaks_to_defender(self) -> bool:
        """Whether the post answers the defender or calls their handle."""
        return self.mention.how in (How.REPLY, How.HANDLE)


def read_scene(
    post: Post, mention: Mention, judgement: Judgement, kind: DefenderKind, others: Sequence[Mention]
) -> Scene:
    """Read a post for one defender. Cues inside the defender's or another's name do not count."""
    text = post.text
    named = tuple(span for other in others for span in other.spans)
    cues = [
        cue
        for cue in lexicon().find(text, (post.lang, judgement.lang))
        if not any(_overlap(cue.span, name) for name in (*mention.spans, *named))
    ]
    return Scene(
        post=post,
        mention=mention,
        kind=kind,
        targets=mention.spans,
        others=tuple(span for span in (*named, *_handles(post, mention)) if not _any_overlap(span, mention.spans)),
        quoted=tuple(Span(start=m.start(), end=m.end()) for m in _QUOTED.finditer(text)),
        borders=tuple(m.start() for m in _BORDER.finditer(text)),
        hostile=_hostile(cues, text, mention),
        cues=tuple(cue for cue in cues if cue.category not in LABELS and not _is_part_of_hostile(cue, cues)),
    )


def _is_part_of_hostile(cue: Cue, cues: Sequence[Cue]) -> bool:
    """Whether a hostile cue holds this one and more: "report her" is no report. A "you" stays one."""
    return cue.category is not Category.SECOND_PERSON and any(
        other.category in LABELS and other.span != cue.span and _is_inside(cue.span, other.span) for other in cues
    )


def _is_inside(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _hostile(cues: Sequence[Cue], text: str, mention: Mention) -> tuple[tuple[Label, Span], ...]:
    found = [(LABELS[cue.category], cue.span) for cue in cues if cue.category in LABELS]
    details = (span for span in private_details(text) if not _any_overlap(span, mention.spans))
    return (*_longest(found), *((Label.DOXXING, span) for span in details))


def _longest(found: Sequence[tuple[Label, Span]]) -> list[tuple[Label, Span]]:
    """Of overlapping cues for one label, the longest: "foreign agent" is one, not two."""
    kept: list[tuple[Label, Span]] = []
    for label, span in sorted(found, key=lambda one: (one[1].start - one[1].end, one[1].start)):
        if not any(label is other and _overlap(span, place) for other, place in kept):
            kept.append((label, span))
    return sorted(kept, key=lambda one: (one[1].start, one[1].end, one[0]))


def _handles(post: Post, mention: Mention) -> list[Span]:
    """Handles of others; those at the start of an answer only say who is in the thread."""
    leading = _LEADING.match(post.text)
    start = leading.end() if leading and mention.how in (How.REPLY, How.HANDLE) else 0
    return [Span(start=m.start(), end=m.end()) for m in _HANDLE.finditer(post.text) if m.start() >= start]


def _overlap(one: Span, two: Span) -> bool:
    return one.start < two.end and two.start < one.end


def _any_overlap(span: Span, others: Sequence[Span]) -> bool:
    return any(_overlap(span, other) for other in others)


@cache
def _news(patterns: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, patterns))
    return re.compile(rf"^(?:{words})|(?:{words})\d*$|_(?:{words})_")


def is_news_account(post: Post, patterns: tuple[str, ...]) -> bool:
    """Whether the author's handle starts or ends like a news outlet's."""
    return bool(patterns and _news(patterns).search((post.author.handle or "").casefold()))


def is_own(post: Post, mention: Mention) -> bool:
    """Whether the author signs with the very handle by which the text names the defender."""
    handle = (post.author.handle or "").casefold().removeprefix("@")
    named = {post.text[span.start : span.end].casefold() for span in mention.spans}
    return bool(handle) and f"@{handle}" in named
