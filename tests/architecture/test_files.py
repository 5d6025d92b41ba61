"""What every file must be like, so that the house stays easy to walk through."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import ROOT, committed, modules, tree

NO_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "common",
    "misc",
    "base_utils",
    "services",
    "dao",
}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
READS_ENVIRONMENT = {
    Path("disaster/core/settings.py"),  # the only reader of DISASTER_… variables
    Path("disaster/serving/preparation.py"),  # hands the variables on to the processes that it starts
}
FETCHES = re.compile(
    r"""(?:src|srcset|action|poster|data)\s*=\s*["']?\s*(?:https?:)?//|<link[^>]+href=["']?(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//"""
)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_every_init_is_a_docstring_and_nothing_more() -> None:
    wrong = [
        path
        for path in modules()
        if path.name == "__init__.py" and not (ast.get_docstring(tree(path)) and len(tree(path).body) == 1)
    ]
    assert wrong == []


def test_nothing_is_named_after_a_heap_of_things() -> None:
    assert [path for path in modules() if NO_NAMES & set(path.with_suffix("").parts)] == []


def test_every_module_says_what_it_is() -> None:
    assert [path for path in modules() if not ast.get_docstring(tree(path))] == []


def _public(node: ast.Module | ast.ClassDef, within: str) -> Iterator[tuple[str, Definition]]:
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield f"{within}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, f"{within}{child.name}.")


def _inherits_its_words(name: str, found: dict[str, Definition]) -> bool:
    """A method that overrides one of a base class from elsewhere means what that class says."""
    owner = found.get(name.rpartition(".")[0])
    return isinstance(owner, ast.ClassDef) and bool(owner.bases)


def test_everything_public_says_what_it_does() -> None:
    silent = []
    for path in modules():
        found = dict(_public(tree(path), ""))
        silent += [
            f"{path}:{node.lineno} {name}"
            for name, node in found.items()
            if not ast.get_docstring(node) and not _inherits_its_words(name, found)
        ]
    assert silent == []


def test_only_the_settings_read_the_environment() -> None:
    wrong = []
    for path in modules():
        reads = [
            node.lineno
            for node in ast.walk(tree(path))
            if (
                isinstance(node, ast.Attribute)
                and node.attr in ("environ", "getenv", "environb")
                and isinstance(node.value, ast.Name)
                and node.value.id == "os"
            )
            or (
                isinstance(node, ast.ImportFrom)
                and node.module == "os"
                and {name.name for name in node.names} & {"environ", "getenv"}
            )
        ]
        if reads and path not in READS_ENVIRONMENT:
            wrong.append((str(path), reads))
    assert wrong == []


def _says_why(path: Path, line: int) -> bool:
    """A comment stands on the import's line or on the one above."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return "#" in lines[line - 1] or lines[line - 2].lstrip().startswith("#")


def test_hardly_anything_is_imported_inside_a_function_and_if_so_it_says_why() -> None:
    inside = [
        f"{path}:{node.lineno}"
        for path in modules()
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom) and not _says_why(path, node.lineno)
    ]
    assert inside == []


def test_no_file_is_so_long_that_nobody_reads_it() -> None:
    lengths = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_so_long_that_nobody_reads_it() -> None:
    long = [
        f"{path}:{node.lineno} {node.name} ({node.end_lineno - node.lineno + 1})"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_pages_fetch_nothing_from_elsewhere() -> None:
    pages = [
        path
        for path in committed()
        if path.parts[0] in ("templates", "static") and path.suffix in (".html", ".css", ".js", ".svg", ".xml")
    ]
    assert pages
    fetching = [
        f"{path}: {match.group(0)}"
        for path in pages
        if "vendor" not in path.parts
        for match in FETCHES.finditer((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert fetching == []


def test_pages_hold_no_inline_script_style_or_handler() -> None:
    inline = re.compile(
        r"<style|\sstyle\s*=|\son(?:click|change|submit|load|error|input|focus|blur|toggle|(?:key|mouse|pointer|touch)\w+)\s*=|javascript:|<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)",
        re.IGNORECASE,
    )
    pages = [path for path in committed() if path.parts[0] == "templates" and path.suffix == ".html"]
    found = [
        f"{path}: {match.group(0)}"
        for path in pages
        for match in inline.finditer((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_table_in_the_code_names_a_thing_twice() -> None:
    """Of two lines for the same key the last one silently wins, as when two people add to a table at the same time."""
    twice = []
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Dict):
                keys = [ast.unparse(key) for key in node.keys if key is not None]
                twice += [f"{path}:{node.lineno} {key}" for key in sorted(set(keys)) if keys.count(key) > 1]
    assert twice == []
