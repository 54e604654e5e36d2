def f():
  one()
        two()
