# expect: raises GeneratorExit
# why: and another one
raise GeneratorExit("x")
