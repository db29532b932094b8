"""Rendering: the Jinja2 environment with its filters, and one function that turns a template into an answer."""

from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from detector.assess.reasons import reasons
from serve.console import wording
from serve.console.languages import language_name


@cache
def environment() -> Environment:
    """Templates with autoescaping; an undefined name is an error, not an empty string."""
    made = Environment(
        loader=PackageLoader("serve"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    titles = {reason.code: reason.title for reason in reasons()}
    made.filters.update(
        ago=wording.ago,
        defanged=wording.defanged,
        how_words=wording.HOW_WORDS.__getitem__,
        label_title=wording.label_title,
        language=language_name,
        reason_title=lambda code: titles.get(code, ""),
        score_words=wording.score_words,
        status_words=wording.STATUS_WORDS.__getitem__,
    )
    made.globals.update(mirrored=False, me=None, csrf="", here="")
    return made


def page(template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render a template."""
    return HTMLResponse(environment().get_template(template).render(**values), status_code=status)
