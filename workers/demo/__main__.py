"""`python -m workers.demo [--host HOST] [--port N]`: serve the demonstration repository until it is stopped."""

import signal

import click

from workers.demo.server import serve_demo


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, help="Port to listen on; 0 takes a free one.")
def main(host: str, port: int) -> None:
    """Serve a small OAI-PMH repository of made-up records and print its base URL."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both signals end it in the same orderly way
    try:
        with serve_demo(host, port) as server:
            click.echo(server.url)
            server.wait()
    except KeyboardInterrupt:
        return
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another --port"
        ) from error


if __name__ == "__main__":
    main()
