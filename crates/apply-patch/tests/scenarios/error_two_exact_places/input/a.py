def one():
    y = 1

def two():
    y = 1
