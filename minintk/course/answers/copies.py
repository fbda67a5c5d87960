"""minintk's own source, handed in under another name.

copied_from_minintk   what a file, or a module beside it that it imports, has from the package
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from .source import tree_of

__all__ = ["copied_from_minintk"]

_CORE = Path(__file__).parents[2]
_LEAST = 60  # nodes: shorter functions come out alike without any copying


def copied_from_minintk(path: Path) -> str:
    """The first function that is minintk's, name aside; empty where there is none.

    >>> copied_from_minintk(_CORE / "ntk.py").startswith("minintk's own")
    True
    """
    for module in (path, *_modules_beside(path)):
        for function, shape in _functions(module):
            if shape in _own_shapes():
                where = "" if module == path else f" (in {module.name})"
                return f"minintk's own {_own_shapes()[shape]}, as {function}{where}"
    return ""


@lru_cache(maxsize=1)
def _own_shapes() -> dict[str, str]:
    files = [path for path in sorted(_CORE.glob("*.py")) if not path.name.startswith("__")]
    return {shape: name for path in files for name, shape in _functions(path)}


def _nodes(path: Path) -> list[ast.AST]:
    try:
        return list(ast.walk(tree_of(path)))
    except (OSError, SyntaxError, ValueError, KeyError, RecursionError, MemoryError):
        return []


def _functions(path: Path) -> Iterator[tuple[str, str]]:
    """Name and shape of every function that is long enough to tell."""
    for node in _nodes(path):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node, clean=False) else node.body
            if sum(1 for s in body for _ in ast.walk(s)) >= _LEAST:
                yield node.name, " ".join(ast.dump(statement) for statement in body)


def _modules_beside(path: Path) -> Iterator[Path]:
    """Modules and packages in the file's folder that it imports."""
    names = set()
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    for name in sorted(names):
        module, package = path.parent / f"{name}.py", path.parent / name
        if module.is_file() and module != path:
            yield module
        elif (package / "__init__.py").is_file():
            yield from sorted(package.glob("*.py"))
