"""Runs coroutines for the session: what `await` outside of any function is run by.

The event loop itself is where asyncio looks for it, in `asyncio/unix_events.py`.
"""

import asyncio

_loop = None


def run(coroutine):
    """Run `coroutine` to its end, on a loop that the session keeps.

    Tasks that it leaves behind go on when the next one is run: queues, locks and tasks of one execution can be awaited in
    the next. Callbacks that nobody awaits are dropped.
    """
    global _loop
    if _loop is None or _loop.is_closed():
        _loop = asyncio.EventLoop()
    return _loop.run_until_complete(coroutine)


def reset():
    """Forget the loop, and the tasks in it without running them any further."""
    global _loop
    if _loop is not None and not _loop.is_closed():
        for task in asyncio.all_tasks(_loop):
            # It is no mistake of the code's that they are not done.
            task._log_destroy_pending = False
        _loop.close()
    _loop = None
