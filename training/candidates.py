"""What of a stream can be labelled, held in bounded memory.

Without a roster a candidate is a post, and the question whether it attacks anybody. With one it is a mention: a post
that names a defender or answers them, with the place marked as the detector marks it. A mention that is only a quote or
a thread is left out, since nothing in the file could say who is meant.

A stream may be endless, so a *reservoir* comes first: a uniform random sample of each language (Vitter 1985,
algorithm R), and when the whole exceeds its room, the largest language gives way. Nothing is scored here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from detector.characters import HANDLE
from detector.domain import Passage, Post, Span
from detector.stream.pipeline import passage
from detector.targets.matcher import ThreadMemory, match_batch
from detector.targets.roster import Roster
from detector.text.language import detect_language
from training.annotation import Task

LONGEST = 5_000
"""Code points; what is longer is no task for an annotator."""

UNKNOWN = "und"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?=-|$)", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A task that could be given out, and the passage that asks a model the same question."""

    task: Task
    passage: Passage

    @property
    def language(self) -> str:
        """Its language without region ("ur-Latn" stays apart from "ur"), or `UNKNOWN`."""
        found = _LANGUAGE.match(self.task.lang)
        latin = "-Latn" if "-latn" in self.task.lang.casefold() else ""
        return found[0].casefold() + latin if found else UNKNOWN


@dataclass(slots=True, kw_only=True)
class LeftOut:
    """What cannot be labelled: `wordless` (handles and links alone), `long`, `unmarkable` (a quote or thread alone)."""

    wordless: int = 0
    long: int = 0
    unmarkable: int = 0


def candidates(
    posts: Sequence[Post], *, roster: Roster | None, threads: ThreadMemory, left_out: LeftOut
) -> Iterator[Candidate]:
    """The candidates in a batch of posts, in order.

    Args:
        posts: In the stream's order.
        roster: Whom to look for; None makes every post a candidate.
        threads: The memory of recent posts, read and written.
        left_out: Counts what is not given out.
    """
    if roster is None:
        for post in posts:
            yield from _checked(post, Passage(text=post.text, lang=post.lang), "", left_out)
        return
    for post, mentions in match_batch(posts, roster, threads):
        for mention in mentions:
            asked = passage(post, mention, mentions)
            if asked.targets or asked.replies_to_target:
                yield from _checked(post, asked, mention.defender_id, left_out)
            else:
                left_out.unmarkable += 1


def _checked(post: Post, asked: Passage, defender: str, left_out: LeftOut) -> Iterator[Candidate]:
    if len(post.text) > LONGEST:
        left_out.long += 1
    elif _is_wordless(post.text, asked.targets):
        left_out.wordless += 1
    else:
        yield Candidate(task=_task(post, asked, defender), passage=asked)


def _task(post: Post, asked: Passage, defender: str) -> Task:
    # Every wording that names the defender, best first: `training.own_labels` finds them again.
    wordings = dict.fromkeys(post.text[span.start : span.end].strip() for span in asked.targets)
    return Task(
        text=post.text.strip(),
        post_id=post.id,
        platform=post.platform,
        defender_id=defender,
        lang=post.lang or detect_language(post.text) or "",
        target="|".join(words for words in wordings if words and "|" not in words),
        reply=asked.replies_to_target,
    )


def _is_wordless(text: str, targets: Sequence[Span]) -> bool:
    for span in targets:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return not HANDLE.sub(" ", _LINK.sub(" ", text)).strip()


@dataclass(slots=True)
class _Drawn:
    """What is held of one language; `whole` until something had to give way."""

    held: list[Candidate] = field(default_factory=list)
    seen: int = 0
    whole: bool = True


@dataclass(slots=True, kw_only=True)
class Reservoir:
    """A random sample of a stream, uniform within each language, of at most `room` candidates."""

    room: int
    chance: Random
    _languages: dict[str, _Drawn] = field(default_factory=dict)
    _size: int = 0

    @property
    def seen(self) -> int:
        """Candidates that came by."""
        return sum(drawn.seen for drawn in self._languages.values())

    def __len__(self) -> int:
        return self._size

    def held(self) -> list[Candidate]:
        """What is held, by language and then in no order that means anything."""
        return [one for _, drawn in sorted(self._languages.items()) for one in drawn.held]

    def add(self, candidate: Candidate) -> None:
        """Take a candidate, or do not, by chance."""
        drawn = self._languages.setdefault(candidate.language, _Drawn())
        drawn.seen += 1
        if drawn.whole:
            drawn.held.append(candidate)
            self._size += 1
            if self._size > self.room:
                self._give_way()
            return
        place = self.chance.randrange(drawn.seen)
        if place < len(drawn.held):
            drawn.held[place] = candidate

    def _give_way(self) -> None:
        """Drop one of the largest language by chance: what is left of it is still a uniform sample."""
        _, largest = max(self._languages.items(), key=lambda entry: (len(entry[1].held), entry[0]))
        place = self.chance.randrange(len(largest.held))
        largest.held[place] = largest.held[-1]
        largest.held.pop()
        largest.whole = False
        self._size -= 1
