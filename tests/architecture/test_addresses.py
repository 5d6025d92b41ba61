"""No name, birth date, telephone or address of anybody stands in an address: it would be in histories, bookmarks and the logs of others."""

import ast
import re

from tests.architecture.source import ROOT, modules, tree

TEMPLATES = ROOT / "templates"
INVENTED = "demo/"  # the people of the demonstration are invented
# What a form may put into an address: choices from lists, numbers, words for pages.
ALLOWED = {
    "account", "area", "channel", "count", "first", "from", "hazard", "lang", "more", "number", "programme", "purpose", "second", "sent", "shelter",
    "state", "status", "tab", "why",
}  # fmt: skip
ABOUT_PEOPLE = {
    "address", "birth", "building", "email", "family", "given", "head", "kana", "mail", "name", "owner", "phone", "place", "q", "query", "tel",
    "text", "word", "words",
}  # fmt: skip
_FORM = re.compile(r"<form\b(.*?)>(.*?)</form>", re.S)
_FIELD = re.compile(r"<(?:input|select|textarea|button)\b[^>]*?\bname=[\"']([^\"']+)")
_LINK = re.compile(r"url_for\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_PART = re.compile(r"\b(\w+)=")


def _pages() -> list[tuple[str, str]]:
    found = [(str(path.relative_to(TEMPLATES)), path.read_text()) for path in sorted(TEMPLATES.rglob("*.html"))]
    return [(name, text) for name, text in found if not name.startswith(INVENTED)]


def test_no_form_puts_into_an_address_what_somebody_typed_about_a_person() -> None:
    wrong = [
        f"{name}: {field} of a form that is no method=post"
        for name, text in _pages()
        for head, body in _FORM.findall(text)
        if 'method="post"' not in head
        for field in _FIELD.findall(body)
        if field not in ALLOWED
    ]
    assert wrong == []


def test_no_link_carries_it() -> None:
    wrong = [
        f"{name}: {part}"
        for name, text in _pages()
        for link in _LINK.findall(text)
        if "'static'" not in link
        for part in _PART.findall(link)
        if part in ABOUT_PEOPLE
    ]
    assert wrong == []


def test_no_view_reads_it_from_an_address() -> None:
    wrong = [
        f"{path}:{node.lineno}: {node.args[0].value}"
        for path in modules()
        if "demo" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("request.args.get", "request.values.get")
        if isinstance(node.args[0], ast.Constant) and node.args[0].value in ABOUT_PEOPLE
    ]
    assert wrong == []


def test_the_rule_sees_a_form_without_a_method() -> None:
    forms = _FORM.findall('<form class="row"><input id="q" name="q" value="{{ q }}"></form>')
    assert [_FIELD.findall(body) for head, body in forms if 'method="post"' not in head] == [["q"]]
