"""The command line: ``scripts/disaster`` runs it from any folder. Joins the commands of every room and loads only what is asked for."""

import sys
from importlib import import_module

import click
from flask import Flask
from flask.cli import ScriptInfo
from sqlalchemy.exc import OperationalError, ProgrammingError

from disaster.core import logs
from disaster.core.loading import loading
from disaster.core.settings import SettingsError, load

COMMANDS = {
    "audit": ("disaster.staff.cli:audit", "Verify the chain of the audit log."),
    "backup": ("disaster.backup.cli:backup", "Write a sealed copy of database and files."),
    "bounces": ("broadcast.bounces.cli:bounces", "Read letters that could not be delivered."),
    "cap": ("broadcast.cap.cli:cap", "Read CAP files."),
    "check": ("disaster.check:check", "Tell in plain sentences what is not set up."),
    "db": ("disaster.operating:db_group", "Bring the database up to date."),
    "demo": ("disaster.demo.cli:demo", "Fill a demonstration."),
    "first-link": ("disaster.operating:first_link", ""),
    "keys": ("disaster.operating:keys", "Make the key files of a new installation."),
    "intake": ("registry.tablets.cli:intake", "Take in entries that were carried from a tablet."),
    "lalert": ("broadcast.lalert.cli:lalert", "Write documents in the shape of Lアラート."),
    "publish": ("disaster.public.publish_cli:publish", "Write the residents' pages as files."),
    "registry": ("registry.cli:registry", "Find people, retention, protection, PFIF files."),
    "residents": ("registry.residents.cli:residents", "Take in the residents' list."),
    "restore": ("disaster.backup.cli:restore", "Put a copy back, or try one out."),
    "routes": ("disaster.operating:routes", "List every address with its guard."),
    "shelters": ("disaster.shelters.cli:shelters", "Import shelters."),
    "staff": ("disaster.staff.cli:staff", "Add and show staff accounts."),
    "subscribers": ("broadcast.subscribers.cli:subscribers", "Take in the town's list of people to reach."),
    "telegram": ("disaster.bulletins.cli:telegram", "Read telegrams of the weather agency."),
    "worker": ("disaster.operating:worker", "Run the worker that sends."),
}


class _Rooms(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for name, (_, text) in COMMANDS.items() if text)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        with loading():
            found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items()) if text])


def _application() -> Flask:
    with loading():
        app: Flask = import_module("disaster.app").create_app()
    return app


@click.group(cls=_Rooms)
def disaster() -> None:
    """Disaster information system of a municipality (災害情報システム)."""
    logs.configure(load().log_level)


def main() -> None:
    """Run the command line; a wrong setting is one line and exit code 2, never a traceback."""
    try:
        disaster(prog_name="disaster", obj=ScriptInfo(create_app=_application, load_dotenv_defaults=False))
    except SettingsError as error:
        sys.exit(_refused(str(error)))
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).strip().split("\n", 1)[0]
        sys.exit(_refused(f"the database: {reason} (is it up to date? disaster db upgrade)"))


def _refused(reason: str) -> int:
    print(f"disaster: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
