"""Starts the whole service on one machine and keeps it up: what ``scripts/serve`` runs.

Before the start: data folder, keys, database. Then web server and worker (with ``--demo`` the simulated providers too); a process that
ends is started again, and Ctrl-C or TERM ends all of them.
"""

import argparse
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from disaster.core.settings import SettingsError, load
from disaster.serving import greeting
from disaster.serving.children import Child
from disaster.serving.preparation import PYTHON, ROOT, CannotStart, command, data_folder, environment, port_is_free

READY_SECONDS = 60


def main() -> None:
    """Run until told to end; exit code 2 where the start is refused."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    options = _arguments()
    children: list[Child] = []
    try:
        _serve(options, children)
    except (CannotStart, SettingsError) as error:
        print(f"\n{error}", file=sys.stderr)
        code = 2
    except SystemExit:
        code = 0
    finally:
        _stop(children)
    sys.exit(code)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/serve", description="Run the service on this machine.")
    parser.add_argument(
        "--demo", action="store_true", help="sample town with simulated providers, in a data folder of its own"
    )
    parser.add_argument("--port", type=int, default=8000, help="port of the web server (8000)")
    parser.add_argument("--bind", default="127.0.0.1", help="address of the web server (127.0.0.1: this machine only)")
    parser.add_argument("--data-dir", type=Path, help="data folder (var, or var/demo with --demo)")
    options = parser.parse_args()
    if options.demo and not _is_loopback(options.bind):
        parser.error("--demo has accounts whose passwords everyone knows: it listens on this machine only")
    return options


def _is_loopback(address: str) -> bool:
    return address == "localhost" or address.startswith("127.") or address == "::1"


def _serve(options: argparse.Namespace, children: list[Child]) -> None:
    folder = data_folder(options)
    port_is_free(options.bind, options.port)
    variables = environment(options, folder)
    load(variables)

    def started(name: str, *words: str) -> Child:
        child = Child(name, (*PYTHON, "-m", *words), variables, _log(folder, name) if options.demo else None)
        children.append(child)
        child.start()
        return child

    if options.demo:
        _providers_answer(started("providers", "disaster.demo.providers"), variables)
    command(variables, "db", "upgrade")
    if options.demo:
        command(variables, "demo", "seed")
    address = f"{options.bind}:{options.port}"
    web = started("web", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--bind", address, "disaster.wsgi:app")
    started("worker", "disaster.cli", "worker")
    _web_answers(web, f"http://{address}/health")
    greeting.show(variables["DISASTER_PUBLIC_URL"], folder, demo=options.demo, link=_setup_link(variables))
    _watch(children)


def _log(folder: Path, name: str) -> Path:
    (folder / "log").mkdir(exist_ok=True)
    return folder / "log" / f"{name}.log"


def _setup_link(environment: Mapping[str, str]) -> str:
    """The one-time link for the first account, empty where there are accounts."""
    if environment.get("DISASTER_DEMO"):
        return ""
    return command(environment, "first-link").strip()


def _providers_answer(child: Child, environment: Mapping[str, str]) -> None:
    port = int(environment.get("DISASTER_SMTP_PORT", "0"))
    until = time.monotonic() + READY_SECONDS
    while port and time.monotonic() < until:
        _still_there(child)
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    if port:
        raise CannotStart("デモの模擬事業者が応答しません。 / The simulated providers do not answer.")


def _web_answers(child: Child, address: str) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        _still_there(child)
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own address
                return
        except urllib.error.HTTPError as error:
            error.close()
            return  # it answers; what it complains about is for the health page
        except OSError:
            time.sleep(0.1)
    raise CannotStart(f"Web サーバーが {READY_SECONDS} 秒たっても応答しません。 / The web server does not answer.")


def _still_there(child: Child) -> None:
    if child.ended():
        raise CannotStart(f"{child.name} が起動できませんでした。{child.last_words()} / {child.name} could not start.")


def _watch(children: list[Child]) -> None:
    while True:
        for child in children:
            child.keep_up(time.monotonic())
        time.sleep(0.25)


def _stop(children: list[Child]) -> None:
    """End all of them together; the providers last, because the worker may be talking to them."""
    for child in reversed(children):
        child.terminate()
    until = time.monotonic() + 25
    for child in children:
        child.wait(until)


def _end(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(0)


if __name__ == "__main__":
    main()
