# expect: ok or raises ImportError, AttributeError, OSError or ends crash
# needs: eryx
# spoils: session
# why: functions that the host calls around a copy, found in the guest
def main():
    import sys
    for name, module in list(sys.modules.items()):
        if name.startswith("eryx"):
            for what in ("release", "resume", "reopen", "survey", "run", "prepare", "begin", "install", "reset"):
                function = getattr(module, what, None)
                if callable(function):
                    try:
                        function()
                    except BaseException:
                        pass
main()
