# expect: ok or raises MemoryError or ends host-memory
# why: a value that JSON cannot hold is described, and the description is cut
class Long:
    def __repr__(self):
        return "r" * 20_000_000
[Long()]
