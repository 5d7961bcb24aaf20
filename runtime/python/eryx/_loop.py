"""Runs coroutines for the session: code with a top-level `await`.

The event loop itself is in `asyncio/unix_events.py`, where asyncio looks for it.
"""

import asyncio

_loop = None


def run(coroutine):
    """Run `coroutine` to its end, on a loop that the session keeps.

    Tasks that it leaves behind continue when the next one runs: the next execution can await queues, locks and tasks of
    this one. Callbacks without an awaiter are dropped.
    """
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = asyncio.EventLoop()
    return _loop.run_until_complete(coroutine)


def reset():
    """Drop the loop and its tasks, without running them any further."""
    global _loop
    if _loop is not None and not _loop.is_closed():
        for task in asyncio.all_tasks(_loop):
            # Pending tasks are not a mistake of the code.
            task._log_destroy_pending = False
        _loop.close()
    _loop = None
