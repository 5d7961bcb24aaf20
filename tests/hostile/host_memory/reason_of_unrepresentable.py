# expect: ok or raises MemoryError or ends host-memory
# why: and so is the reason
class Model:
    @staticmethod
    def model_dump(self, mode):
        raise ValueError("because " * 5_000_000)
Model()
