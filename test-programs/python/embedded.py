# A program in C that begins and ends Python twice.
# sources: python/native/embed.c python/native/flags.py
# needs: headers
# needs: libpython
# after-build: cc -g -O0 -Wall native/embed.c -o embed $("$PYTHON" native/flags.py link)
# host: ./embed
# processes: 1
from role import role

role("main")  # hit: main


def once(round):  # hit: main
    if round == 0:  # hit: main
        print("first")  # hit: main
    else:
        print("second")  # hit: main


def never():  # hit: main
    print("third")  # miss
