"""Annotation files of every format behind two functions: write tasks, read answers. Knows no format's inside."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from detector.errors import InputError
from training import annotation_argilla, annotation_csv, annotation_label_studio
from training.annotation import Annotations, Task
from training.annotation_json import read_records

FORMATS = ("csv", "label-studio", "argilla")

Reader = Callable[[Path, Sequence[Any], Annotations], None]


def write_tasks(path: Path, tasks: Sequence[Task], *, form: str) -> list[Path]:
    """Write tasks in one of `FORMATS`; returns what was written. For Argilla, `path` is a folder."""
    if form == "csv":
        annotation_csv.write_tasks(path, tasks)
        return [path]
    if form == "label-studio":
        return [path, annotation_label_studio.write_tasks(path, tasks)]
    annotation_argilla.write_dataset(path, tasks, name=path.resolve().name or "posts")
    return [path]


def read_annotations(paths: Sequence[Path]) -> Annotations:
    """Read what annotators answered, from files of any format, several together.

    Raises:
        InputError: A file cannot be read, or a record of it is malformed.
    """
    annotations = Annotations()
    for number, path in enumerate(paths, 1):
        if path.suffix.lower() in (".csv", ".tsv"):
            annotation_csv.read_annotations(path, annotations, annotator=f"file {number}")
            continue
        file = path / "records.json" if path.is_dir() else path
        records = read_records(file)
        _reader(file, records)(file, records, annotations)
    return annotations


def _reader(path: Path, records: Sequence[dict[str, Any]]) -> Reader:
    """Who reads such records, told by their fields."""
    names = {name for record in records for name in record}
    if "fields" in names or any(name.endswith(".responses") for name in names) or "post" in names:
        return annotation_argilla.read_annotations
    if "data" in names:
        return annotation_label_studio.read_annotations
    if "text" in names and names & {"annotator", "annotation_id", "attack", "labels"}:
        return annotation_label_studio.read_minimal
    raise InputError(f"{path} is no export of Label Studio (JSON, JSON-MIN) or Argilla (records), and no .csv")
