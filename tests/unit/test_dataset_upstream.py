"""Adapters: publishers' layouts, as declared in cards, on invented files. Every adapter that ships is tried."""

import csv
import io
import json

import pytest

from detector.errors import InputError
from training.cards import shipped_cards
from training.upstream import Adapter, Condition, File, Rule, clean, read_upstream

SENTINEL = "zanzibarquux"
RUDE = Rule(when=(Condition(column="rude", one_of=("yes",)),), give={"offensive": 1})
CALM = Rule(when=(Condition(column="rude", one_of=("no",)),), give={"offensive": 0, "hate": 0})
PLAIN = File(path="posts.csv", split="train")
ADAPTER = Adapter(files=(PLAIN,), text="post", lang="en", raw=("rude",), rules=(RUDE, CALM))


def replaced(adapter: Adapter, **changes: object) -> Adapter:
    fields = {name: getattr(adapter, name) for name in adapter.__struct_fields__}
    return Adapter(**(fields | changes))


OBJECTS = [{"post": "a, calm line", "rude": "no"}, {"post": "windbag", "rude": "yes", "id": 2}]
TABS = replaced(ADAPTER, delimiter="\t", quoted=False)
FORMATS = {
    "CSV": (ADAPTER, 'id,post,rude\n1,"a, calm\nline",No\n2,windbag,yes\n'),
    "CSV with a byte order mark": (ADAPTER, '\ufeffpost,rude\n"a, calm line",no\nwindbag,yes\n'),
    "CSV without headings": (replaced(ADAPTER, columns=("post", "rude")), '"a, calm line",no\nwindbag,yes\n'),
    "semicolons": (replaced(ADAPTER, delimiter=";"), "post;rude\na, calm line;no\nwindbag;yes\n"),
    "unquoted tabs": (TABS, "post\trude\na, calm line\tno\r\n\nwindbag\tyes"),
    "JSON lines": (replaced(ADAPTER, format="jsonl"), "".join(json.dumps(row) + "\n" for row in OBJECTS)),
    "JSON": (replaced(ADAPTER, format="json"), json.dumps(OBJECTS)),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_formats_agree(name: str) -> None:
    adapter, content = FORMATS[name]
    calm, rude = read_upstream(adapter, PLAIN, content.encode())
    assert (calm.text, calm.lang, calm.split, dict(calm.labels)) == (
        "a, calm line", "en", "train", {"offensive": 0, "hate": 0},
    )  # fmt: skip
    assert (rude.text, rude.raw, dict(rude.labels)) == ("windbag", "yes", {"offensive": 1})


def test_an_unquoted_line_is_split_from_its_end() -> None:
    adapter = replaced(ADAPTER, delimiter="|", quoted=False, columns=("post", "rude"))
    (only,) = read_upstream(adapter, PLAIN, b'a "calm|line|no\nno label here\n')
    assert only.text == 'a "calm|line'


def test_the_first_rule_that_speaks_of_a_label_decides_it() -> None:
    rules = (Rule(when=RUDE.when, give={"hate": 1}), Rule(give={"hate": 0, "offensive": 0}))
    found = read_upstream(replaced(ADAPTER, rules=rules), PLAIN, b"post,rude\na,yes\nb,no\n")
    assert [dict(one.labels) for one in found] == [{"hate": 1, "offensive": 0}, {"hate": 0, "offensive": 0}]


def test_rows_that_a_rule_drops_are_left_out() -> None:
    found = read_upstream(
        replaced(ADAPTER, rules=(Rule(when=CALM.when, drop=True), RUDE)), PLAIN, b"post,rude\na,yes\nb,no\n"
    )
    assert [one.text for one in found] == ["a"]


CONDITIONS = {
    "starts": (Condition(column="a", starts=("1.",)), {"a": "1.2 Threats"}, {"a": "2.1"}),
    "contains": (Condition(column="a", contains=("hate",)), {"a": "mild_Hateful"}, {"a": "normal"}),
    "contains and lacks": (
        Condition(column="a", contains=("hate",), lacks=("normal",)), {"a": "hateful"}, {"a": "hateful_normal"},
    ),
    "at least": (Condition(column="a", at_least=0.5), {"a": "0.5"}, {"a": "0.49"}),
    "below": (Condition(column="a", below=1), {"a": ""}, {"a": "1.0"}),
    "no number": (Condition(column="a", below=1), {"a": "0"}, {"a": "many"}),
    "a sum": (Condition(columns=("a", "b"), at_least=2), {"a": "1", "b": "1"}, {"a": "1", "b": ""}),
    "a share": (Condition(column="a", over="n", at_least=0.51), {"a": "2", "n": "3"}, {"a": "1", "n": "2"}),
    "a share of nobody": (Condition(column="a", over="n", below=1), {"a": "0", "n": "1"}, {"a": "0", "n": "0"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONS)
def test_conditions(name: str) -> None:
    condition, yes, no = CONDITIONS[name]
    assert condition.holds(yes)
    assert not condition.holds(no)


def test_languages_by_file_column_and_script() -> None:
    content = "post,rude,speech\nkal milenge,no,hi\nकल मिलेंगे ok,no,hi\n".encode()
    by_script = replaced(ADAPTER, lang="hi", latin="hi-Latn")
    assert [one.lang for one in read_upstream(by_script, PLAIN, content)] == ["hi-Latn", "hi"]
    by_column = replaced(ADAPTER, lang="", lang_column="speech")
    assert [one.lang for one in read_upstream(by_column, PLAIN, content)] == ["hi", "hi"]
    by_file = read_upstream(ADAPTER, File(path="x", lang="de"), content)
    assert [one.lang for one in by_file] == ["de", "de"]


def test_texts_are_one_line_without_names_and_links() -> None:
    text = ' "RT @someone_else: see\nhttps://example.org/a?b now &amp; then, a@example.org" '
    assert clean(text, unescape=True, strip='"') == "RT @user: see http now & then, a@example.org"


BROKEN = {
    "a column is missing": (ADAPTER, f"post,polite\n{SENTINEL},no\n".encode(), "no column rude"),
    "no UTF-8": (ADAPTER, b"post,rude\n\xff\xfe,no\n", "table"),
    "no JSON": (replaced(ADAPTER, format="json"), f'[{{"post": "{SENTINEL}"'.encode(), "json"),
    "no list": (replaced(ADAPTER, format="json"), f'{{"post": "{SENTINEL}"}}'.encode(), "json"),
    "no objects": (replaced(ADAPTER, format="jsonl"), f'"{SENTINEL}"\n'.encode(), "jsonl"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_says_so_without_showing_the_row(name: str) -> None:
    adapter, content, hint = BROKEN[name]
    with pytest.raises(InputError, match=hint) as caught:
        list(read_upstream(adapter, PLAIN, content))
    assert SENTINEL not in str(caught.value)


SHIPPED = [
    (f"{card.name}-{number}", adapter)
    for card in shipped_cards().values()
    for number, adapter in enumerate(card.fetch.adapters)
]


@pytest.mark.parametrize("adapter", [adapter for _, adapter in SHIPPED], ids=[name for name, _ in SHIPPED])
def test_every_adapter_that_ships_reads_a_file_of_its_layout(adapter: Adapter) -> None:
    """For each rule a row that fulfils it: the row is read, and a rule that drops drops it."""
    rules = adapter.rules or (Rule(),)
    rows = [row_for(adapter, rule, number) for number, rule in enumerate(rules)]
    for rule, row in zip(rules, rows, strict=True):
        assert all(condition.holds(row) for condition in rule.when)
        found = list(read_upstream(adapter, adapter.files[0], as_file(adapter, [row]).encode()))
        assert len(found) == (0 if rule.drop else 1)
        assert all(one.lang for one in found)
        if not rule.drop:
            assert set(rule.give) <= set(found[0].labels)


def row_for(adapter: Adapter, rule: Rule, number: int) -> dict[str, str]:
    names = adapter.columns or adapter.named
    row = {name: "1" if any(name == c.over for r in adapter.rules for c in r.when) else "" for name in names}
    row[adapter.text] = f"an invented post, number {number}"
    for condition in rule.when:
        words = (*(condition.one_of or ()), *(condition.starts or ()), *(condition.contains or ()))
        for name in (condition.column, *condition.columns):
            if name:
                row[name] = words[0] if words else f"{condition.at_least or (condition.below or 1) - 1}"
    return row


def as_file(adapter: Adapter, rows: list[dict[str, str]]) -> str:
    if adapter.format != "table":
        return json.dumps(rows) if adapter.format == "json" else "".join(json.dumps(row) + "\n" for row in rows)
    lines = [list(row.values()) for row in rows]
    lines = lines if adapter.columns else [list(rows[0]), *lines]
    if not adapter.quoted:
        return "\n".join(adapter.delimiter.join(line) for line in lines)
    out = io.StringIO()
    csv.writer(out, delimiter=adapter.delimiter).writerows(lines)
    return out.getvalue()
