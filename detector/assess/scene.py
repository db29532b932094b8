"""A scene: one post read for one defender. Where they stand in the text, where others stand, and what cues there are.

Finds and measures; what it means is said by `detector.assess.direction` and `detector.assess.stance`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from detector.assess.cues import Category, Cue, lexicon
from detector.assess.places import Places, Ruler, longest
from detector.assess.private_details import private_details
from detector.characters import HANDLE
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
_LEADING = re.compile(r"\s*(?:@\w[\w.\-]*[\s,:]*)+")
_QUOTED = re.compile(
    r"“[^“”]{2,200}”|«[^«»]{2,200}»|„[^„“”]{2,200}[“”]|”[^”]{2,200}”|\"[^\"\n]{2,200}\"|「[^「」]{1,200}」|『[^『』]{1,200}』"
    r"|‘[^‘’\n]{2,200}’|‹[^‹›]{2,200}›|״[^״]{2,200}״|(?<!\w)'[^'\n]{2,120}'(?!\w)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is seen in a post, in spans of the original text.

    `targets` name the defender, `others` name somebody else, `parties` are roles of others ("the minister"), `quoted`
    stand in quotation marks, `hostile` are places that speak for a label, `cues` all the rest; `ruler` measures.
    """

    post: Post
    mention: Mention
    kind: DefenderKind
    targets: Places
    others: Places
    parties: Places
    quoted: Places
    ruler: Ruler
    hostile: tuple[tuple[Label, Span], ...]
    cues: tuple[Cue, ...]

    def places(self, category: Category) -> tuple[Span, ...]:
        """Where cues of a category stand."""
        return tuple(cue.span for cue in self.cues if cue.category is category)

    def is_quoted(self, span: Span) -> bool:
        """Whether a span stands in quotation marks."""
        return self.quoted.hold(span)

    @property
    def speaks_to_defender(self) -> bool:
        """Whether the post answers the defender or calls their handle."""
        return self.mention.how in (How.REPLY, How.HANDLE)


def read_scene(
    post: Post, mention: Mention, judgement: Judgement, kind: DefenderKind, others: Sequence[Mention]
) -> Scene:
    """Read a post for one defender. Cues inside the defender's or another's name do not count."""
    text = post.text
    targets = Places(mention.spans)
    named = Places(span for other in others for span in other.spans)
    found = lexicon().find(text, (post.lang, judgement.lang))
    cues = [cue for cue in found if not targets.overlap(cue.span) and not named.overlap(cue.span)]
    mild = _mild(cues)
    return Scene(
        post=post,
        mention=mention,
        kind=kind,
        targets=targets,
        others=Places(span for span in (*named, *_handles(post, mention)) if not targets.overlap(span)),
        parties=Places(cue.span for cue in mild if cue.category is Category.OTHER_PARTY),
        quoted=Places(Span(start=m.start(), end=m.end()) for m in _QUOTED.finditer(text)),
        ruler=Ruler(m.start() for m in _BORDER.finditer(text)),
        hostile=_hostile(cues, text, targets),
        cues=mild,
    )


def _mild(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Cues that speak for no label and are no part of one that does: "report her" is no report. A "you" stays one."""
    hostile = Places(cue.span for cue in cues if cue.category in LABELS)
    return tuple(
        cue
        for cue in cues
        if cue.category not in LABELS
        and (cue.category is Category.SECOND_PERSON or not hostile.hold_more_than(cue.span))
    )


def _hostile(cues: Sequence[Cue], text: str, targets: Places) -> tuple[tuple[Label, Span], ...]:
    """Places that speak for a label. Of overlapping cues the longest: "foreign agent" is one, not two."""
    spans: dict[Label, list[Span]] = {label: [] for label in Label}
    for cue in cues:
        if cue.category in LABELS:
            spans[LABELS[cue.category]].append(cue.span)
    found = [(label, span) for label, some in spans.items() for span in longest(some)]
    details = ((Label.DOXXING, span) for span in private_details(text) if not targets.overlap(span))
    return (*sorted(found, key=lambda one: (one[1].start, one[1].end, one[0])), *details)


def _handles(post: Post, mention: Mention) -> list[Span]:
    """Handles of others; those at the start of an answer only say who is in the thread."""
    leading = _LEADING.match(post.text)
    start = leading.end() if leading and mention.how in (How.REPLY, How.HANDLE) else 0
    return [Span(start=m.start(), end=m.end()) for m in HANDLE.finditer(post.text) if m.start() >= start]


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
