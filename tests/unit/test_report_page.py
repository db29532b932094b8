"""The page: well-formed, whole in itself, with a table behind every chart and a CSV file behind every table."""

import csv
import io
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from training.charts import Bin, Row, Scale, dot_chart, nice_scale, reliability_chart
from training.intervals import Estimate, wilson
from training.report import SHOWN, Chart, Headline, Report, Section, Table, as_csv, as_html, write

HALF = Estimate(value=0.5, low=0.25, high=0.75, of=8)
NASTY = '<script>alert("x")</script> & "quoted"'


def table(name: str = "numbers", **changes: object) -> Table:
    values: dict[str, object] = {
        "name": name,
        "caption": f"Numbers {NASTY}",
        "columns": ("what", "share", "rows"),
        "rows": ((NASTY, HALF, 1234), ("none", None, 0)),
    }
    return Table(**{**values, **changes})  # type: ignore[arg-type]


def report(*blocks: Table | Chart) -> Report:
    section = Section(name="one", title=NASTY, lead=(NASTY,), blocks=blocks)
    headline = Headline(what="a rate", value=HALF, goal=0.4, most=True, detail="xx")
    return Report(title=NASTY, facts=((NASTY, NASTY),), headlines=(headline,), sections=(section,))


def picture() -> str:
    return dot_chart([Row(name=NASTY, points=(HALF, None))], title=NASTY, series=("before", "after"))


def test_whatever_a_name_holds_the_page_stays_text() -> None:
    page = as_html(report(table(), Chart(pictures=(picture(),), caption=NASTY, table=table("behind"))))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 10


def test_the_page_loads_nothing() -> None:
    page = as_html(report(table()))
    assert not re.search(r"(?:src|href)=[\"'](?!#)|@import|url\(|https?://", page)


def test_pictures_are_well_formed_and_named() -> None:
    bins = [Bin(said=0.1, found=wilson(1, 9) or HALF), Bin(said=0.9, found=HALF)]
    for drawn in (picture(), reliability_chart(bins, title=NASTY), dot_chart([], title="nothing")):
        root = ET.fromstring(drawn)
        assert root.get("role") == "img"
        assert root.get("aria-label")


def test_marks_stand_where_the_scale_says() -> None:
    scale = Scale(low=-1, high=1, ticks=(-1, 0, 1))
    assert scale.place(-1) < scale.place(0) < scale.place(1) == scale.place(5)
    root = ET.fromstring(dot_chart([Row(name="x", points=(HALF,))], title="t", scale=scale))
    (dot,) = root.iter("circle")
    (whisker,) = (line for line in root.iter("line") if line.get("class") == "whisker")
    assert float(dot.get("cx", "0")) == pytest.approx(scale.place(0.5), abs=0.05)
    assert float(whisker.get("x1", "0")) == pytest.approx(scale.place(0.25), abs=0.05)


def test_a_scale_holds_what_is_shown() -> None:
    for low, high in ((-0.03, 0.007), (0.0, 0.0), (0.2, 0.9), (-3.0, -1.0)):
        scale = nice_scale([Row(name="x", points=(Estimate(value=low, low=low, high=high, of=3), None))])
        assert scale.low <= min(low, 0)
        assert scale.high >= max(high, 0)
        assert 2 <= len(scale.ticks) <= 8


def test_a_table_as_csv_has_three_columns_for_an_estimate() -> None:
    lines = list(csv.reader(io.StringIO(as_csv(table()))))
    assert lines == [
        ["what", "share", "share low", "share high", "rows"],
        [NASTY, "0.5", "0.25", "0.75", "1234"],
        ["none", "", "", "", "0"],
    ]


def test_a_folded_table_shows_its_first_rows_and_keeps_them_all() -> None:
    long = table("long", rows=tuple((f"row{n}", HALF, n) for n in range(SHOWN + 5)), folded=True)
    assert f"row{SHOWN - 1}<" in as_html(report(long))
    assert f"row{SHOWN}<" not in as_html(report(long))
    assert f"row{SHOWN + 4}," in as_csv(long)


def test_writing_gives_a_file_a_table_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    one = report(table("first"), Chart(pictures=(picture(),), caption="c", table=table("second")))
    page = write(one, tmp_path / "a")
    write(one, tmp_path / "b")
    assert {path.name for path in page.parent.iterdir()} == {"report.html", "headlines.csv", "first.csv", "second.csv"}
    for path in page.parent.iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_verdicts_say_whether_a_goal_is_met() -> None:
    assert Headline(what="x", value=HALF, goal=0.5).verdict == "met"
    assert Headline(what="x", value=HALF, goal=0.4, most=True).verdict == "missed"
    assert Headline(what="x", value=HALF).verdict == ""
    assert Headline(what="x", value=None, goal=0.4).verdict == "not measured"
    assert report().summary() == "a rate (xx)  0.500 [0.250, 0.750]  missed"
