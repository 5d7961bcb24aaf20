# expect: raises MemoryError or ends memory, wall-time
# wall: 0.4
# why: compiled code and interned names take memory
made = []
n = 0
while True:
    n += 1
    made.append(compile("\n".join(f"name_{n}_{k} = {k} + 'text {n} {k}'" for k in range(100)), "x", "exec"))
