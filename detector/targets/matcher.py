"""Matching: which defenders a post concerns, and how. Not whether it attacks them.

A defender is found by handle, as the one answered or quoted, in a thread about them, or by name. All ways are weighed
together; the strongest gives `how`, all places in the text are kept, and every doubt lowers the confidence and is said.
Works on whole batches: folding and the automata run once for all texts, and only hits cost Python.

The author of a post is never one of the defenders it concerns: what defenders say themselves is no attack on them
(other defenders in it are found as ever).
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from detector.domain import How, Mention, Post, PostRef, Span
from detector.normalize import Normalized, normalize
from detector.targets.evidence import LEAST_PLAIN, WEAK, NameHit, alike_hit, name_hit, sounds_like
from detector.targets.folding import fold_batch
from detector.targets.names import Sound
from detector.targets.reading import Reading
from detector.targets.roster import Roster, handle_key
from detector.targets.scripts import word_script
from detector.targets.threads import ThreadEntry, ThreadMemory
from detector.targets.transliterate import skeleton_batch

__all__ = ["FLOOR", "ThreadMemory", "match", "match_batch"]

FLOOR = 0.3
"""Confidence below which a mention is no mention."""

IN_THREAD = "it answers a post about the defender without naming them"
SHARED_NAME = "another defender bears the same name"
_CONFIDENCE = {How.HANDLE: 0.99, How.REPLY: 0.97, How.QUOTE: 0.95}
_THREAD = (0.0, 0.6, 0.45, 0.35)  # by depth
_SHARED = 0.55  # what is left of a name that two defenders bear: a first name alone falls below the floor
_HANDLE = re.compile(r"@[\w.\-]+(?:@[\w\-.]+)?", re.UNICODE)


@dataclass(slots=True)
class _Found:
    """What has been found about one defender in one post."""

    ways: dict[How, float] = field(default_factory=dict)
    spans: dict[Span, float] = field(default_factory=dict)
    doubts: dict[How, tuple[str, ...]] = field(default_factory=dict)  # those of each way's best
    weak: dict[Span, None] = field(default_factory=dict)
    depth: int = 1

    def add(self, how: How, confidence: float, *, span: Span | None = None, doubts: Sequence[str] = ()) -> None:
        if confidence <= WEAK and span is not None:
            self.weak[span] = None
            return
        if confidence > self.ways.get(how, 0.0):
            self.ways[how] = confidence
            self.doubts[how] = tuple(doubts)
        if span is not None:
            self.spans[span] = max(confidence, self.spans.get(span, 0.0))


def match(post: Post, roster: Roster, threads: ThreadMemory) -> tuple[Mention, ...]:
    """The mentions of one post; `threads` learns from it."""
    matched = match_batch([post], roster, threads)
    return matched[0][1] if matched else ()


def match_batch(posts: Sequence[Post], roster: Roster, threads: ThreadMemory) -> list[tuple[Post, tuple[Mention, ...]]]:
    """The posts of a batch that concern somebody, in order, with their mentions.

    Args:
        posts: In the stream's order: a thread is understood only if its start was seen before.
        roster: The compiled roster.
        threads: The memory of recent posts, read and written.

    Returns:
        Only posts with mentions; each mention's spans are code points of the original text, best first.
    """
    if not posts or not len(roster):
        return []
    named = _named(posts, roster)
    matched = []
    for number, post in enumerate(posts):
        found = _by_account(post, roster, threads)
        for hit in named.get(number, ()):
            found[hit.defender].add(How.NAME, hit.confidence, span=hit.span, doubts=hit.doubts)
        own = _own(post, roster)
        mentions = _mentions(found, roster, own) if found else ()
        _remember(post, found, roster, own, mentions, threads)
        if mentions:
            matched.append((post, mentions))
    return matched


# --- by account -------------------------------------------------------------------------------------------------------


def _own(post: Post, roster: Roster) -> frozenset[int]:
    handle = post.author.handle
    return frozenset(roster.by_handle(post.platform, handle)) if handle else frozenset()


def _by_account(post: Post, roster: Roster, threads: ThreadMemory) -> defaultdict[int, _Found]:
    found: defaultdict[int, _Found] = defaultdict(_Found)
    for key in dict.fromkeys(map(handle_key, post.mentions)):  # each handle once: a post may repeat one by thousands
        for defender in roster.by_handle(post.platform, key):
            _add_handle(found[defender], post.text, key)
    for how, ref in ((How.REPLY, post.in_reply_to), (How.QUOTE, post.quote_of), (How.QUOTE, post.repost_of)):
        if ref is None:
            continue
        for defender in _bearers(ref, post.platform, roster):
            found[defender].add(how, _CONFIDENCE[how])
        for entry in threads.about(post.platform, ref.id) if ref.id else ():
            _add_thread(found[entry.defender], entry, how)
    return found


def _bearers(ref: PostRef, platform: str, roster: Roster) -> tuple[int, ...]:
    handle = ref.author.handle if ref.author else None
    return roster.by_handle(platform, handle) if handle else ()


def _add_handle(found: _Found, text: str, key: str) -> None:
    found.add(How.HANDLE, _CONFIDENCE[How.HANDLE])
    for place in _HANDLE.finditer(text):
        if handle_key(place.group().rstrip(".-")) == key:
            span = Span(start=place.start(), end=place.start() + len(place.group().rstrip(".-")))
            found.add(How.HANDLE, _CONFIDENCE[How.HANDLE], span=span)


def _add_thread(found: _Found, entry: ThreadEntry, how: How) -> None:
    if entry.depth == 0:
        found.add(how, _CONFIDENCE[how])  # the defender's own post, although its author was not given
        return
    found.depth = entry.depth + 1
    if entry.depth < len(_THREAD):
        found.add(How.THREAD, _THREAD[entry.depth], doubts=(IN_THREAD,))


# --- by name ----------------------------------------------------------------------------------------------------------


def _named(posts: Sequence[Post], roster: Roster) -> dict[int, list[NameHit]]:
    """Names found, by the post's place in the batch."""
    texts = [post.text for post in posts]
    langs = [post.lang for post in posts]
    named: defaultdict[int, list[NameHit]] = defaultdict(list)
    mixed = _collect(texts, langs, roster, named)
    for number, hit in _alike(texts, roster):
        named[number].append(hit)
    if mixed:
        # Words of several scripts are put into one, and the texts are searched once more.
        plain = [normalize(texts[number]) for number in mixed]
        again: defaultdict[int, list[NameHit]] = defaultdict(list)
        _collect([each.text for each in plain], [langs[number] for number in mixed], roster, again)
        for place, hits in again.items():
            named[mixed[place]] += [_original(hit, plain[place]) for hit in hits]
    return named


def _original(hit: NameHit, back: Normalized) -> NameHit:
    return NameHit(hit.defender, back.original(hit.span.start, hit.span.end), hit.confidence, hit.doubts)


def _collect(
    texts: Sequence[str], langs: Sequence[str | None], roster: Roster, named: defaultdict[int, list[NameHit]]
) -> tuple[int, ...]:
    """Search folded texts; returns the places of those that need unmasking."""
    folded = fold_batch(texts)
    borders, starts = folded.borders.tolist(), folded.starts.tolist()
    readings: dict[int, Reading] = {}
    for pattern, _, end in roster.folded.find_matches_as_indexes(folded.text, overlapping=True):
        number = bisect_right(borders, end - 1) - 1
        if number not in readings:
            readings[number] = Reading(folded, texts[number], starts[number], langs[number])
        for lead in roster.leads[pattern]:
            hit = name_hit(readings[number], lead, end)
            if hit is not None:
                named[number].append(hit)
    return folded.mixed


_LONGEST_ENDING = 2
"""Consonants that an ending may add to a name in another script."""
_WORD = re.compile(r"[^\W\d_](?:[^\W_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u0670\u0900-\u109f\u17b4-\u17d3'’])*")


def _alike(texts: Sequence[str], roster: Roster) -> Iterator[tuple[int, NameHit]]:
    """Names written in another script than the roster's."""
    stream = skeleton_batch(texts)
    joined = "\n" + "\n".join(texts) + "\n"
    starts = stream.starts.tolist()
    judged: dict[tuple[int, str], tuple[Sound, ...]] = {}  # most candidates are frequent words: judge each once
    for pattern, start, end in roster.skeletons.find_matches_as_indexes(stream.text, overlapping=True):
        close = stream.text.find(" ", end - 1, end + _LONGEST_ENDING + 1)
        if close < 0:
            continue  # the word goes on for longer than any ending
        first = _word_start(joined, int(stream.places[start + 1]))
        piece = joined[first : int(stream.places[close])]
        number = bisect_right(starts, first) - 1
        if first + len(piece) >= starts[number + 1]:
            continue  # words of two posts
        sounds = judged.get((pattern, piece))
        if sounds is None:
            sounds = judged[pattern, piece] = _judged(piece, roster.sounds[pattern])
        for sound in sounds:
            begin, last = first - starts[number], list(_WORD.finditer(piece))[-1]
            yield number, alike_hit(sound, Span(start=begin, end=begin + last.end()))


def _judged(piece: str, sounds: Sequence[Sound]) -> tuple[Sound, ...]:
    """The forms that a piece of text sounds like; most pieces are ruled out by script or capitals alone."""
    script = word_script(piece[0].lower())
    is_plain = piece.islower()
    worth = [
        sound for sound in sounds if sound.script is not script and not (is_plain and sound.consonants < LEAST_PLAIN)
    ]
    words = _WORD.findall(piece) if worth else []
    return tuple(sound for sound in worth if sounds_like(sound, words))


def _word_start(joined: str, place: int) -> int:
    """Where the word around a letter begins: vowels before it are not in the stream."""
    while joined[place - 1].isalpha() or joined[place - 1] in "'’":
        place -= 1
    return place


# --- together ---------------------------------------------------------------------------------------------------------


def _mentions(found: dict[int, _Found], roster: Roster, own: frozenset[int]) -> tuple[Mention, ...]:
    bearers: defaultdict[Span, set[int]] = defaultdict(set)
    for defender, one in found.items():
        for span in one.spans:
            bearers[span].add(defender)
    mentions = [
        _mention(defender, one, roster, bearers) for defender, one in sorted(found.items()) if defender not in own
    ]
    return tuple(mention for mention in mentions if mention is not None)


def _mention(defender: int, found: _Found, roster: Roster, bearers: dict[Span, set[int]]) -> Mention | None:
    if not found.ways:
        return None
    how = max(found.ways, key=lambda way: (found.ways[way], -list(How).index(way)))
    rest = 1.0
    for confidence in found.ways.values():
        rest *= 1 - confidence
    confidence, doubts = 1 - rest, list(dict.fromkeys(doubt for each in found.doubts.values() for doubt in each))
    if set(found.ways) == {How.NAME} and any(len(bearers[span]) > 1 for span in found.spans):
        confidence, doubts = confidence * _SHARED, [*doubts, SHARED_NAME]
    if confidence >= 0.9 and len(found.ways) > 1:
        doubts = []
    if confidence < FLOOR:
        return None
    spans = sorted(found.spans, key=lambda span: (-found.spans[span], span.start))
    return Mention(
        defender_id=roster.ids[defender],
        how=how,
        confidence=round(min(confidence, 0.99), 4),
        spans=tuple(_outermost([*spans, *found.weak])),
        doubts=tuple(doubts),
    )


def _outermost(spans: Sequence[Span]) -> list[Span]:
    """Spans that no other one covers, in the order given, each once. Sorted, one pass does: there may be thousands."""
    kept, reach = set(), -1
    for span in sorted(set(spans), key=lambda each: (each.start, -each.end)):
        if span.end > reach:  # nothing that starts before it, or with it and is longer, ends behind it
            kept.add(span)
            reach = span.end
    return [span for span in dict.fromkeys(spans) if span in kept]


def _remember(
    post: Post,
    found: dict[int, _Found],
    roster: Roster,
    own: frozenset[int],
    mentions: Sequence[Mention],
    threads: ThreadMemory,
) -> None:
    if not mentions and not own:
        return
    sure = {mention.defender_id for mention in mentions}
    about = [
        ThreadEntry(d, 1 if How.THREAD not in one.ways else one.depth)
        for d, one in found.items()
        if roster.ids[d] in sure
    ]
    threads.remember(post.platform, post.id, [*(ThreadEntry(d, 0) for d in own), *about])
