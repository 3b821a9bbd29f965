"""What starts.py starts."""


def work():
    x = 0
    x += 1


work()
