"""The event loop of a sandbox, at the place where `asyncio` looks for the one of Unix.

It is asyncio's selector loop with another selector, which waits in a call of the host: for callbacks that are
in flight, for sockets if there are any, and for time. While it waits, only this interpreter is blocked, and the
host applies limits and cancellation.
"""

import errno
import selectors

from eryx import _calls

from . import events, selector_events

__all__ = ("SelectorEventLoop", "EventLoop")


class _HostSelector(selectors._BaseSelectorImpl):
    """Waits in the host."""

    def register(self, fileobj, events, data=None):
        if _calls.poll_sockets is None:
            # epoll also refuses files that cannot be waited for.
            raise PermissionError(errno.EPERM, "only sockets can be waited for, and there is no network")
        return super().register(fileobj, events, data)

    def select(self, timeout=None):
        keys = self._fd_to_key
        if timeout is None:
            if not keys and not _calls.in_flight:
                # Without threads and signals, no event could ever wake this loop.
                raise RuntimeError(
                    "the event loop would wait for ever: no timer, no callback and no socket is pending, "
                    "so no task can go on"
                )
            nanoseconds = None
        else:
            # Rounded up, so that a timer is due when the wait ends.
            nanoseconds = int(timeout * 1e9) + 1 if timeout > 0 else 0
        if not keys:
            if nanoseconds != 0 or _calls.in_flight:
                _calls.wait(nanoseconds)
            return []
        ready = []
        for fd, events in _calls.wait_for_sockets([(fd, key.events) for fd, key in keys.items()], nanoseconds):
            key = keys.get(fd)
            if key is not None and events & key.events:
                ready.append((key, events & key.events))
        return ready


class EventLoop(selector_events.BaseSelectorEventLoop):
    """The event loop of a sandbox."""

    def __init__(self, selector=None):
        super().__init__(_HostSelector() if selector is None else selector)

    # No thread runs beside the loop, so it needs no wake-up.

    def _make_self_pipe(self):
        pass

    def _close_self_pipe(self):
        pass

    def _write_to_self(self):
        pass

    def _run_forever_setup(self):
        super()._run_forever_setup()
        _calls.running = True

    def _run_forever_cleanup(self):
        _calls.running = False
        super()._run_forever_cleanup()

    def run_in_executor(self, executor, func, *args):
        """Without an executor, run `func` at once, because there are no threads."""
        if executor is not None or self._default_executor is not None:
            return super().run_in_executor(executor, func, *args)
        self._check_closed()
        future = self.create_future()
        try:
            result = func(*args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
        return future


SelectorEventLoop = EventLoop


class _DefaultEventLoopPolicy(events._BaseDefaultEventLoopPolicy):
    _loop_factory = EventLoop
