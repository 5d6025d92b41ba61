"""What leaves otherwise than by a page that is opened: files made by a button, mail, the published pages, the copy of everything, logs.

Nothing of a protected person and no My Number is in any of it; the one who may be seen is, where the file is about people, so the search would have found them.
"""

import json
import logging
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry as channels
from broadcast.channels.email import EmailChannel
from disaster.backup import cli as copies
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.public import publish_cli
from disaster.staff.permissions import Role
from registry.cli import registry as commands
from registry.disclosure.files import SHAPES
from registry.models.certificates import Certificate
from registry.models.protection import RegistryProposal
from registry.my_number import vault
from tests.broadcast.town import Town
from tests.doors import canaries, numbers, pictures
from tests.doors.world import World, world
from tests.fakes.smtp_server import FakeSmtp, serving_smtp
from tests.fakes.staff import fresh_code, make_account, sign_in

WIDE = {
    "ground": "86-8",
    "recipient_class": "government",
    "recipient": "いなべ市",
    "purpose": "一時滞在",
    "confirmed": "1",
    "reason": "一時滞在の受入れ",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("exits")) as found:
        yield found


@pytest.fixture(autouse=True)
def log() -> Iterator[StringIO]:
    """Everything that is logged meanwhile holds nothing of anybody either."""
    heard = StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    yield heard
    logging.getLogger().removeHandler(handler)
    clean(heard.getvalue().encode())
    assert not canaries.OPEN_FOUND.search(heard.getvalue().encode())


def clean(content: bytes) -> None:
    assert not canaries.FOUND.search(content)
    assert not pictures.found(content)
    assert not numbers.FOUND.search(content)


def post(made: World, role: Role, path: str, **form: object) -> TestResponse:
    client = made.app.test_client()
    client.set_cookie("session", made.cookies[role])
    answer = client.post(path, data=form, buffered=True)
    db.session.rollback()
    return answer


def second(made: World, login: str, role: Role, path: str) -> TestResponse:
    """The yes of another officer, with a code."""
    account = make_account(login, role)
    client = sign_in(made.app.test_client(), account)
    answer = client.post(path, data={"code": fresh_code(account.id)}, buffered=True)
    if "/disclosures/" in answer.headers.get("Location", ""):  # the page of the record, and the file there
        clean(client.get(answer.headers["Location"]).get_data())
        answer = client.get(f"{answer.headers['Location']}/file")
    db.session.rollback()
    return answer


def waiting(kind: str) -> int:
    return (
        db.session.scalars(
            select(RegistryProposal.id).where(RegistryProposal.kind == kind).order_by(RegistryProposal.id.desc())
        ).first()
        or 0
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_a_disclosure_of_many_by_two_officers(made: World, shape: str) -> None:
    numbers_of = f"{900 + canaries.OWN}、{900 + canaries.OTHER}"
    post(made, Role.REGISTRY, "/registry/disclosures", act="give", numbers=numbers_of, shape=shape, **WIDE)
    file = second(
        made, f"second-{shape}", Role.REGISTRY, f"/registry/disclosures/proposals/{waiting('disclosure')}/confirm"
    )
    assert file.status_code == 200, file.get_data(as_text=True)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert canaries.OPEN_FOUND.search(file.get_data())
    clean(file.get_data())


@pytest.mark.parametrize("act", ["look", "give"])
def test_no_disclosure_of_a_protected_person_by_who_is_not_cleared(made: World, act: str) -> None:
    every = f"{900 + canaries.OWN}-{900 + canaries.OTHER}"
    answer = post(made, Role.REGISTRY, "/registry/disclosures", act=act, numbers=every, **WIDE)
    assert answer.status_code == 404
    clean(answer.get_data())


def test_pfif_by_two_officers(made: World) -> None:
    post(made, Role.REGISTRY, "/registry/retention/pfif", reason="安否の公表のため")
    file = second(made, "second-pfif", Role.REGISTRY, f"/registry/retention/pfif/{waiting('pfif')}/confirm")
    assert file.mimetype == "application/pfif+xml"
    clean(file.get_data())


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils reads the text of papers")
def test_the_papers_that_an_officer_prints_in_one_file(made: World, tmp_path: Path) -> None:
    every = db.session.execute(select(Certificate.id, Certificate.application_id)).all()
    mine = [row.id for row in every if row.application_id == canaries.application_id(canaries.OWN)]
    theirs = [row.id for row in every if row.id not in mine]
    assert mine
    assert theirs
    for letters in ("", "1"):
        assert (
            post(
                made, Role.REGISTRY, "/registry/certificates/papers.pdf", paper=[*mine, *theirs], letters=letters
            ).status_code
            == 404
        )
    file = post(made, Role.REGISTRY, "/registry/certificates/papers.pdf", paper=mine)
    (tmp_path / "papers.pdf").write_bytes(file.get_data())
    read = subprocess.run(["pdftotext", str(tmp_path / "papers.pdf"), "-"], capture_output=True, check=True).stdout
    assert canaries.OPEN_FOUND.search(read)
    clean(read)


def get(made: World, role: Role, path: str) -> TestResponse:
    client = made.app.test_client()
    client.set_cookie("session", made.cookies[role])
    answer = client.get(path, buffered=True)
    db.session.rollback()
    return answer


def test_a_protected_photograph_is_there_for_a_named_officer_without_its_metadata_and_for_nobody_else(
    made: World,
) -> None:
    mine, theirs = (f"/registry/certificates/{canaries.application_id(number)}/files" for number in (canaries.OWN, 1))
    shown = get(made, Role.PROTECTION, f"{theirs}/{made.secret['file_id']}")
    assert shown.mimetype == "image/jpeg"
    assert pictures.found(shown.get_data()), "the search would have found it"
    assert not any(mark.encode() in shown.get_data() for mark in pictures.MARKS), "nothing but the picture is kept"
    heads = str(shown.headers)
    assert not canaries.FOUND.search(heads.replace(canaries.application_id(1), "").encode())
    nothing = get(made, Role.REGISTRY, f"{mine}/{canaries.person_id(77)}")
    for role in Role:
        if role == Role.PROTECTION:
            continue
        for path in (f"{theirs}/{made.secret['file_id']}", f"{mine}/{made.secret['file_id']}"):
            answer = get(made, role, path)
            assert answer.status_code in (403, 404)
            clean(answer.get_data())
            if role == Role.REGISTRY and path.startswith(mine):
                assert answer.get_data() == nothing.get_data()


@pytest.mark.parametrize("role", [Role.REGISTRY, Role.PROTECTION])
def test_what_is_refused_is_told_without_the_name_of_the_file(made: World, role: Role) -> None:
    number = canaries.OWN if role == Role.REGISTRY else 1
    path = f"/registry/certificates/{canaries.application_id(number)}/files"
    name = f"{canaries.name(1)}{pictures.MARKS[0]}.jpg"
    for content in (b"", b"GIF89a", pictures.photograph(3)[:900], b"%PDF-1.4 /JavaScript %%EOF"):
        client = made.app.test_client()
        client.set_cookie("session", made.cookies[role])
        files = {"files": (BytesIO(content), name)}
        answer = client.post(path, data=files, content_type="multipart/form-data", buffered=True)
        db.session.rollback()
        assert answer.status_code == 422
        assert pictures.MARKS[0].encode() not in answer.get_data()


def test_no_picture_and_nothing_of_its_file_lies_open_in_the_database_or_on_the_disk(made: World) -> None:
    folder = settings().data_dir
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in files)
    for path in files:
        assert not pictures.found(path.read_bytes()), path


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.REGISTRY, Role.SHELTER, Role.WELFARE])
@pytest.mark.parametrize("typed", ["金糸雀", canaries.name(7), f"{canaries.MARK}07 KANARIA", "0905550"])
def test_a_search_by_a_button(made: World, role: Role, typed: str) -> None:
    answer = post(made, role, "/registry/search", words=typed, why="support")
    assert answer.status_code == (403 if role == Role.OPERATOR else 200)
    clean(answer.get_data().replace(typed.encode(), b""))


def test_a_safety_inquiry(made: World) -> None:
    form = {"name": "甲", "address": "乙", "relation": "spouse", "proof": "licence", "tier": "together", "reason": "丙"}
    wanted = {"wanted_kana": f"カナリア{canaries.MARK}07 名{canaries.MARK}07", "wanted_birth": "19600412"}
    answer = post(made, Role.INQUIRY, "/registry/inquiries", **form, **wanted)
    client = made.app.test_client()
    client.set_cookie("session", made.cookies[Role.INQUIRY])
    for path in (answer.headers["Location"], answer.headers["Location"] + "/print"):
        shown = client.get(path, buffered=True)
        assert shown.status_code == 200
        clean(shown.get_data().replace(wanted["wanted_kana"].encode(), b""))  # whom the officer asked after, as typed


def test_mail_on_the_wire(made: World) -> None:
    with serving_smtp(FakeSmtp()) as smtp:
        channel = EmailChannel(
            host="127.0.0.1",
            port=smtp.port,
            starttls="off",
            sender="東員町 <bosai@town.example>",
            connections=1,
            link=lambda path: f"https://x.example{path}",
        )
        town = Town(made.app, *(made.accounts[role] for role in (Role.OPERATOR, Role.APPROVER)))
        with patch.dict(made.app.extensions[channels.KEY][Mode.LIVE], email=channel):
            lane = town.lane("email")
            while lane.step():
                pass
            lane.wire.close()
        channel.close()
        sent = [message.content for message in smtp.received]
    assert sent
    for content in sent:
        clean(content)


def test_the_published_pages(made: World, tmp_path: Path) -> None:
    done = made.app.test_cli_runner().invoke(publish_cli.publish, [str(tmp_path / "site"), "--json"])
    assert done.exit_code == 0, done.output
    files = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        clean(path.read_bytes())
    clean(done.output.encode())


def test_the_copy_of_everything_and_its_report(made: World, tmp_path: Path) -> None:
    told = made.app.test_cli_runner().invoke(copies.backup, [str(tmp_path), "--json"])
    assert told.exit_code == 0, told.output
    (file,) = tmp_path.glob("*")
    for content in (told.output.encode(), file.read_bytes(), file.name.encode()):
        clean(content)
    assert json.loads(told.output)["rows"] > 100
    checked = made.app.test_cli_runner().invoke(copies.restore, [str(tmp_path), "--check"])
    assert checked.exit_code == 0
    clean(checked.output.encode())


@pytest.mark.parametrize(
    "command", [["retention", "--json"], ["rearm"], ["search", "金糸雀"], ["search", canaries.name(3)]]
)
def test_commands(made: World, command: list[str]) -> None:
    told = made.app.test_cli_runner().invoke(commands, command)
    assert told.exit_code == 0, told.output
    clean(told.output.replace(command[-1], "").encode())


def test_the_numbers_are_there_and_are_found_where_they_may_be_shown(made: World) -> None:
    assert len(vault.held([canaries.victim_id(number) for number in range(canaries.COUNT + 2)])) == len(numbers.NUMBERS)
    shown = vault.show(canaries.victim_id(3), "支給の審査", actor="cli")
    assert numbers.FOUND.search(shown.encode())
    assert numbers.FOUND.search(f"{shown[:4]}-{shown[4:8]}-{shown[8:]}".encode())
