# Before 3.14 an annotation of a module or a class is evaluated where it stands.
# python: 3.9-3.13
# processes: 1
from role import role

always: int  # hit: main


class Plain:  # hit: main
    number: (  # hit: main
        int
    )
    text: str = "x"  # hit: main

    def method(self, item: int) -> str:  # hit: main
        local: int  # none
        return str(item)  # hit: main


role("main")  # hit: main
print(Plain().method(1), Plain.__annotations__, __annotations__)  # hit: main
