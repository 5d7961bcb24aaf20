# expect: raises AttributeError
# why: attribute look-up that ends in itself
class A:
    pass
A.__getattr__ = lambda self, name: self.__getattribute__(name)
A().y
