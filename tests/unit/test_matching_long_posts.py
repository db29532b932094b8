"""Posts written to be slow: thousands of handles in one text, each read once."""

from collections.abc import Callable
from datetime import datetime

from detector.domain import Defender, Handle, How, Post, PostId
from detector.stream.native import MAX_TEXT, handles_in
from detector.stream.pipeline import passage
from detector.targets.matcher import ThreadMemory, match
from detector.targets.roster import compile_roster


def test_a_post_of_greatest_length_full_of_handles_is_matched_whole(
    make_defender: Callable[..., Defender], now: datetime
) -> None:
    roster = compile_roster([make_defender(1, handles=(Handle(platform="*", handle="ana"),))], now=now)
    count = MAX_TEXT // len("@ana @bea ")
    text = "@ana @bea " * count
    post = Post(id=PostId("p1"), platform="example", text=text, mentions=handles_in(text))
    (mention,) = match(post, roster, ThreadMemory())
    assert mention.how is How.HANDLE
    assert len(mention.spans) == count
    assert {text[span.start : span.end] for span in mention.spans} == {"@ana"}
    asked = passage(post, mention, (mention,))
    assert len(asked.others) == count
    assert {text[span.start : span.end] for span in asked.others} == {"@bea"}
