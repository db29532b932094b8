"""Putting the application together from settings: store, keys, policy, model.

The one place of `serve` that opens things, and closes them again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from detector.assess.policy import read_policy
from detector.commands.shared import keys_for, now
from detector.settings import Settings
from detector.store import open_store
from detector.stream.pipeline import Pipeline
from detector.targets.roster import compile_roster
from detector.text.bundle import default_bundle, load_model
from serve.parts import Parts


@contextmanager
def compose(settings: Settings, *, quiet: bool = False) -> Iterator[Parts]:
    """The parts, open for as long as the context lasts.

    Raises:
        DetectorError: Something that is needed cannot be opened; the error says what and what to do.
    """
    keys = keys_for(settings, quiet=quiet)
    # What can fail without a store comes first.
    policy = read_policy(settings.policy)
    model = load_model(settings.bundle or default_bundle())
    store = open_store(settings.store_url, keys)
    try:
        yield Parts(
            store=store,
            pipeline=Pipeline(roster=compile_roster((), now=now()), model=model, policy=policy),
            flag_id=keys.flag_id,
            secure_cookies=settings.secure_cookies,
            session_length=timedelta(hours=settings.session_hours),
            max_body=int(settings.max_body_mb * 1_000_000),
        )
    finally:
        store.close()
