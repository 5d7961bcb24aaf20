# Runs a program the way the `python` command would. `cargo eryx run` puts a call of `_run` behind this.
def _run(source, argv):
    import linecache
    import sys

    main = sys.modules["__main__"].__dict__
    del main["_run"]
    sys.argv = argv
    name = argv[0]
    if name == "-c":
        name = "<string>"
    elif name == "-":
        name = "<stdin>"
    else:
        main["__file__"] = name
    # Without this, tracebacks have no source lines.
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    try:
        exec(compile(source, name, "exec", dont_inherit=True), main)
    except SystemExit:
        raise
    except BaseException as error:
        # Our own frame is no news for the user.
        error.__traceback__ = error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1
    else:
        return
    raise SystemExit(code)
