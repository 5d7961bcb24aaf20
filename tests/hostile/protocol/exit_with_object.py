# expect: raises SystemExit
# why: or no number at all
class E(SystemExit):
    code = property(lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
raise SystemExit([object()] * 100)
