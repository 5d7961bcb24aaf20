# expect: ok
# why: there are no threads; asking for one is an error
import _thread, concurrent.futures, threading
done = []
for function in (
    lambda: threading.Thread(target=print).start(), lambda: _thread.start_new_thread(print, ()), lambda: _thread.start_joinable_thread(print),
    lambda: concurrent.futures.ThreadPoolExecutor(1).submit(print).result(1), lambda: threading.Timer(0, print).start(),
    lambda: __import__("multiprocessing.dummy").dummy.Pool(2),
):
    try:
        function()
        done.append(function)
    except (RuntimeError, OSError, ImportError, AttributeError):
        pass
assert not done, done
