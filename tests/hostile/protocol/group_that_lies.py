# expect: raises Group or ends crash, wall-time, memory
# wall: 0.5
# why: a group whose members are made by code, without end
class Group(ExceptionGroup):
    @property
    def exceptions(self):
        return [Group("g", [ValueError()])] * 4
raise Group("g", [ValueError()])
