def f():
    if a:
        if c:
            b()
