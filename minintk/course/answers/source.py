"""What a student's file shows without being run.

read_steps           the text of a file of a derivation's steps
called_from          the functions of the file that one of them may call
reached_nodes        what these, and the constants of the file, are made of
name_alike           the function of nearly that name, or one inside a class
set_at               where the name of a function is set to something else
what_is_kept         what a function keeps from call to call
return_in_a_loop     where a loop ends in its first round
calls_arccos         whether an arccos is called
copied_from_minintk  what a file, or a module beside it that it imports, has from the package
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path

from ..._require import require_path
from .nodes import called
from .notebook import source_of
from .one_change import reached_from
from .trees import syntax_tree

_CORE = Path(__file__).parents[2]
_LEAST = 60  # nodes: shorter functions come out alike without any copying
_LARGEST_FILE = 10_000_000


def read_steps(file: Path) -> str:
    """The text of a file of steps. Raises ValueError for one that is not text in UTF-8, or is huge.

    >>> read_steps(Path(__file__).parents[1] / "derivations" / "kappa0.txt").splitlines()[0]
    '# minintk check kappa0 --steps kappa0.txt'
    """
    path = require_path("file", file)
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} must be a file")
    with path.open("rb") as stream:
        data = stream.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise ValueError(f"{path} must have at most {_LARGEST_FILE} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path} must be text in UTF-8; line {line} is not") from None


def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file, which is parsed once for all questions; of what is none, empty."""
    try:
        tree: ast.Module = _parsed(source_of(str(path)))
        return tree
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, RecursionError, MemoryError):
        return ast.Module([], [])


_parsed = lru_cache(maxsize=8)(syntax_tree)


def _functions_of(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef)]


def called_from(path: Path, name: str, without: Iterable[str] = ()) -> set[str]:
    """The functions of a file that one of them may call, and itself, `without` some."""
    return reached_from(tree_of(path), name, without)


def reached_nodes(path: Path, name: str) -> list[ast.AST]:
    """The nodes of a function of a file, of those that it may call, and of the file's constants."""
    reached = called_from(path, name)
    own = [f for f in _functions_of(path) if f.name in reached]
    constants = [s for s in tree_of(path).body if isinstance(s, ast.Assign)]
    return [node for part in (*own, *constants) for node in ast.walk(part)]


def name_alike(path: Path, name: str, others: Collection[str] = ()) -> str:
    """The function whose name differs from `name` by case alone, or that is inside something.

    "X.relu" is inside X, a class or another function. Then one that is none of the `others`, and
    differs in a letter or two, as is_circulent. Not kappa: it is as near to two of them.
    """
    every = ast.walk(tree_of(path))
    parents = ((getattr(p, "name", ""), c) for p in every for c in ast.iter_child_nodes(p))
    functions = [(p, c.name) for p, c in parents if isinstance(c, ast.FunctionDef)]
    same = [f"{p}.{n}".lstrip(".") for p, n in functions if n.lower() == name.lower()]
    own = (n for p, n in functions if not p and n not in others)
    near = [n for n in own if len(get_close_matches(n, others, 2, 0.85)) < 2]
    return next(iter([*same, *get_close_matches(name, near, 1, 0.85)]), "")


def set_at(path: Path, name: str) -> str:
    """Where the name of a function is set to something else; empty where it is not."""
    outside = [s for s in tree_of(path).body if not isinstance(s, (ast.FunctionDef, ast.ClassDef))]
    names = [n for s in outside for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == name]
    lines = [n.lineno for n in names if isinstance(n.ctx, ast.Store)]
    after = ", after its def" * any(f.name == name for f in _functions_of(path))
    return f"{name} is set to it (line {lines[-1]}){after}" if lines else ""


def what_is_kept(path: Path, name: str, without: Iterable[str] = ()) -> str:
    """What a function keeps from call to call: a mutable default, or a global name."""
    reached = called_from(path, name, without)
    for node in (function for function in _functions_of(path) if function.name in reached):
        kept = [*node.args.defaults, *node.args.kw_defaults]
        if any(isinstance(d, (ast.List, ast.Dict, ast.Set, ast.Call)) for d in kept):
            return f"a default of {node.name} is made once, and kept"
        if names := [n for s in ast.walk(node) if isinstance(s, ast.Global) for n in s.names]:
            return f"{node.name} changes the global {', '.join(names)}"
    return ""


def return_in_a_loop(path: Path, name: str, without: Iterable[str] = ()) -> tuple[int, str] | None:
    """Line and text of a return that ends a loop in its first round, where one is reached."""
    reached = called_from(path, name, without)
    functions = (function for function in _functions_of(path) if function.name in reached)
    for loop in (n for f in functions for n in ast.walk(f) if isinstance(n, ast.For)):
        last, goes_on = loop.body[-1], any(isinstance(n, ast.Continue) for n in ast.walk(loop))
        if isinstance(last, ast.Return) and not goes_on:
            return last.lineno, ast.unparse(last)
    return None


def calls_arccos(path: Path) -> bool:
    """Whether an arccos is called in a file."""
    return any(called(node) in ("arccos", "acos") for node in ast.walk(tree_of(path)))


def copied_from_minintk(path: Path) -> str:
    """The first function that is minintk's, name aside; empty where there is none."""
    for module in (path, *_modules_beside(path)):
        for function, shape in _shapes(module):
            if shape in _own_shapes():
                where = "" if module == path else f" (in {module.name})"
                return f"minintk's own {_own_shapes()[shape]}, as {function}{where}"
    return ""


@cache
def _own_shapes() -> dict[str, str]:
    files = [path for path in sorted(_CORE.glob("*.py")) if not path.name.startswith("__")]
    return {shape: name for path in files for name, shape in _shapes(path)}


def _shapes(path: Path) -> Iterator[tuple[str, str]]:
    """Name and body of every function that is long enough to tell."""
    for node in _functions_of(path):
        body = node.body[1:] if ast.get_docstring(node, clean=False) else node.body
        if sum(1 for s in body for _ in ast.walk(s)) >= _LEAST:
            yield node.name, " ".join(map(ast.dump, body))


def _modules_beside(path: Path) -> Iterator[Path]:
    """Modules and packages in the file's folder that it imports."""
    nodes = [*ast.walk(tree_of(path))]
    modules = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    modules |= {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}
    for name in sorted({module.partition(".")[0] for module in modules}):
        module, package = path.parent / f"{name}.py", path.parent / name
        if module.is_file() and module != path:
            yield module
        elif (package / "__init__.py").is_file():
            yield from sorted(package.glob("*.py"))
