# expect: ok or raises MemoryError or ends host-memory, wall-time, memory
# needs: eryx
# wall: 5
# spoils: session
# why: code can replace the encoder, and so hand over any text as the value's JSON
import eryx._session
eryx._session.to_json = lambda value: "[" * 10_000_000
1
