# expect: ok or raises RecursionError, MemoryError or ends crash, memory
# why: and the decoder
import json
json.loads("[" * 1_000_000)
