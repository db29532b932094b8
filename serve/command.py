"""`detector serve`: the API and the review console, on one address."""

import logging
import signal
import socket
from contextlib import suppress

import click

from detector.commands.shared import data_options, quiet_option, settings_from
from detector.errors import DetectorError
from serve.app import STOP_SECONDS, create_app
from serve.compose import compose
from serve.console.routes import console

_LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


@click.command(epilog="Example: detector serve --host 127.0.0.1 --port 8000")
@click.option("--host", help="Address to listen on [DETECTOR_HOST, 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0: any that is free [DETECTOR_PORT, 8000].")
@click.option("--bundle", metavar="DIR", help="Model bundle [DETECTOR_BUNDLE].")
@click.option("--policy", metavar="FILE", help="Policy [DETECTOR_POLICY].")
@data_options
@quiet_option
def serve(quiet: bool, port: int | None, **flags: str | None) -> None:
    """Serve the HTTP API and the review console until stopped (Ctrl-C or SIGTERM)."""
    import uvicorn  # noqa: PLC0415 - a third of a second that `--help` need not pay

    settings = settings_from(port=port, **flags)
    logging.basicConfig(level=logging.WARNING if quiet else logging.INFO, format=_LOG_FORMAT)
    # uvicorn stops gracefully at SIGTERM and then raises it again: make that an ordinary interrupt, so that we close.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with compose(settings, quiet=quiet) as parts, _listening(settings.host, settings.port) as listener:
        config = uvicorn.Config(
            create_app(parts, pages=console()),
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,  # it would log query strings; `serve.request_log` logs instead
            server_header=False,
            timeout_graceful_shutdown=int(STOP_SECONDS),
        )
        click.echo(f"Serving on {_address(listener)} (Ctrl-C stops)", err=True)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    click.echo("Stopped.", err=True)


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        DetectorError: The address is taken, or none of this machine.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        # The socket module adds the address in brackets, which we have said already.
        why = str(error.strerror).partition(" (")[0]
        raise DetectorError(f"Cannot listen on {host} port {port}: {why}") from error


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
