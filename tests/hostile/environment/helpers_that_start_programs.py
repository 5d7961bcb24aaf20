# expect: ok
# why: library functions that start programs must fail
import platform, webbrowser
done = []
for function in (
    lambda: webbrowser.open("http://127.0.0.1/"), lambda: webbrowser.get().open("x"), lambda: __import__("pydoc").pipepager("x", "cat"),
    lambda: __import__("ensurepip").bootstrap(), lambda: __import__("venv").create("/tmp/v", with_pip=True),
    lambda: __import__("uuid")._ifconfig_getter(), lambda: __import__("ctypes.util").util.find_library("c"),
):
    try:
        done.append(function())
    except Exception:
        pass
assert not [one for one in done if one], done
