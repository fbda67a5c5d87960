"""A Dask cluster that the reader has, as an executor for the units."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor

__all__ = ["ClusterError", "dask_executor"]


class ClusterError(ValueError):
    """The cluster cannot be used."""


@contextlib.contextmanager
def dask_executor(address: str, timeout: float = 20.0) -> Iterator[Executor]:
    """The workers of the scheduler at an address, which need this minintk too."""
    try:
        from dask.distributed import Client  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise ClusterError(
            "--dask needs dask.distributed in this environment: pip install distributed"
        ) from error
    try:
        client = Client(address, timeout=timeout)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(f"--dask found no scheduler at {address!r}: {reason}") from error
    try:
        yield client.get_executor()
    finally:
        client.close()
