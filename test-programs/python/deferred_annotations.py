# From 3.14 on annotations are evaluated by functions that the compiler makes, if at all. They have no statements; what is
# left at an annotation notes that it was reached, where that is not certain.
# python: 3.14+
# processes: 1
import dataclasses
import typing
from role import role

always: int  # hit: main
default: int = 3  # hit: main


class Plain:  # hit: main
    nobody: undefined  # none
    number: (  # none
        int
    )
    if default:  # hit: main
        text: str = "x"  # hit: main
        seldom: int  # hit: main

    def method(  # hit: main
        self,
        item: list[  # none
            int
        ],
    ) -> str:
        local: int  # none
        bound: int = len(item)  # hit: main
        self.kept: int  # hit: main
        return str(bound)  # hit: main

    def never(self, item: int) -> str:  # hit: main
        return str(item)  # miss


@dataclasses.dataclass  # hit: main
class Evaluated:  # hit: main
    number: int  # none
    text: str = "x"  # hit: main
    nested: [  # hit: main
        item for item in (
            lambda:
                [int]  # none
        )()
    ] = None


class Own:  # hit: main
    def __annotate__(self):  # hit: main
        return {"own": self}  # hit: main


role("main")  # hit: main
print(Plain().method([1]), typing.get_type_hints(Plain.method))  # hit: main
print(Evaluated(1), typing.get_type_hints(Evaluated.__init__)["number"])  # hit: main
print(Own().__annotate__().keys())  # hit: main
