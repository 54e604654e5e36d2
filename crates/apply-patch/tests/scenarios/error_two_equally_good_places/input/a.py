def one():
        y = 1
        return y

def two():
    y = 1
