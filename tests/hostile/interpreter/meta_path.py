# expect: ok
# spoils: session
# why: a finder that runs at every later import
import sys
class Finder:
    def find_spec(self, *arguments):
        raise SystemExit("gotcha")
sys.meta_path.insert(0, Finder())
sys.path_hooks.clear()
sys.path_importer_cache.clear()
