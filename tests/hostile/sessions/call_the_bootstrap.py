# expect: ok or raises RuntimeError, SystemError, TypeError, RecursionError or ends crash
# needs: eryx
# spoils: session
# why: an execution in an execution, by the bootstrap's own functions
def main():
    import eryx._session as session
    session.execute("x = 5", None, None, None)
    assert session.execute("x + y", "f", '{"y": 1}', None) == "6"
    session.reset()
    session.reset()
    session.execute("import eryx._session as s\ns.reset()\n1", None, None, None)
main()
