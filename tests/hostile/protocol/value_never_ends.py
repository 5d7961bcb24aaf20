# expect: ends wall-time, memory, crash or raises MemoryError
# wall: 0.2
# why: a value that is made while it is encoded, without end
class L(list):
    def __iter__(self):
        while True:
            yield 1
class Model:
    def model_dump(self, mode):
        return Model()
L([1])
{"a": Model()}
