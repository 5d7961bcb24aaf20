# Runs a program as the `python` command would. `cargo eryx run` appends a call of one of these functions.
def _run(source, argv):
    import linecache
    import sys

    main = sys.modules["__main__"].__dict__
    _prepare(main, argv)
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
        # Users should not see the frame of this function.
        error.__traceback__ = error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        # The host reads the cause.
        raise SystemExit(1) from error


def _run_module(name, argv):
    import runpy
    import sys

    _prepare(sys.modules["__main__"].__dict__, argv)
    try:
        runpy._run_module_as_main(name)
    except SystemExit:
        raise
    except BaseException as error:
        # Skip the frames of runpy too: this one, the one that finds the module, and the one that calls its
        # code.
        trace = error.__traceback__.tb_next
        while trace.tb_next and trace.tb_frame.f_code.co_filename == "<frozen runpy>":
            trace = trace.tb_next
        error.__traceback__ = trace
        sys.excepthook(type(error), error, trace)
        raise SystemExit(1) from error


def _prepare(main, argv):
    import sys

    for name in ("_run", "_run_module", "_prepare"):
        del main[name]
    sys.argv = argv
