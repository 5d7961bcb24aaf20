# expect: raises MemoryError or ends host-memory, wall-time, memory
# needs: eryx
# wall: 15
# spoils: session
# why: forged JSON is denser than any that the encoder writes
import eryx._session
eryx._session.to_json = lambda value: "[" + "[]," * 9_000_000 + "[]]"
1
