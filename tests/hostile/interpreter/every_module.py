# expect: ok or ends wall-time, memory or raises MemoryError, SystemExit
# spoils: session
# wall: 8
# why: so can the whole library
import pkgutil, warnings
warnings.simplefilter("ignore")
for one in pkgutil.iter_modules(["/usr/lib/python3.14"]):
    if one.name in ("antigravity", "this", "idlelib", "turtledemo", "__main__"):
        continue
    try:
        __import__(one.name)
    except Exception:
        pass
