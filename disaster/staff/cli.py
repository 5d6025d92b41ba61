"""Commands for accounts and for the audit log: ``scripts/disaster staff …`` and ``scripts/disaster audit verify``."""

import sys

import click
from flask.cli import with_appcontext

from disaster.core import audit as chain
from disaster.core.errors import DomainError
from disaster.staff import accounts, setup
from disaster.staff.models import Account
from disaster.staff.permissions import Role


@click.group()
def staff() -> None:
    """Staff accounts."""


@staff.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name, as records show it.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option(
    "--password-stdin",
    is_flag=True,
    help="Read a password from standard input; the link then still sets the second factor.",
)
@with_appcontext
def add(login: str, name: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Add LOGIN and print the one-time link where the person sets password and second factor."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    try:
        account = accounts.add(login, name, [Role(role) for role in roles], actor="cli", password=password)
        _print_link(setup.link_for(account, actor="cli"))
    except DomainError as error:
        raise click.ClickException(error.message) from None


@staff.command("list")
@with_appcontext
def list_() -> None:
    """Show every account: login, name, roles, state."""
    for account in accounts.everyone():
        state = "disabled" if not account.active else "ready" if account.ready else "not set up"
        click.echo(f"{account.login}\t{account.name}\t{','.join(account.roles)}\t{state}")


@staff.command()
@click.argument("login")
@with_appcontext
def disable(login: str) -> None:
    """Close the account LOGIN and end its sessions."""
    try:
        accounts.disable(_found(login).id, actor="cli")
    except DomainError as error:
        raise click.ClickException(error.message) from None


@staff.command("setup-link")
@click.argument("login", required=False)
@with_appcontext
def setup_link(login: str | None) -> None:
    """Print a one-time link: for LOGIN, or without it for the first administrator while there is no account."""
    if login:
        _print_link(setup.link_for(_found(login), actor="cli"))
        return
    link = setup.first_start_link()
    if link is None:
        raise click.ClickException("there are accounts already; name one: staff setup-link LOGIN")
    _print_link(link)


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@with_appcontext
def verify() -> None:
    """Verify the chain of the audit log; exit code 1 and the first broken entry where something was changed or removed."""
    findings = chain.verify()
    if not findings:
        click.echo("the audit log is whole")
        return
    click.echo(findings[0].problem)
    if len(findings) > 1:
        click.echo(f"and {len(findings) - 1} more findings after it")
    sys.exit(1)


def _found(login: str) -> Account:
    account = accounts.find(login)
    if account is None:
        raise click.ClickException(f"there is no account {login!r}")
    return account


def _print_link(link: str) -> None:
    click.echo(link)
    click.echo(f"(valid for {int(setup.VALID.total_seconds() // 3600)} hours, usable once)", err=True)
