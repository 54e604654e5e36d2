class A:
    def f(self):
        pass

class B:
    def e(self):
        pass

    def f(self):
        pass
