# The code behind a handler is too long to be copied, so the handler jumps back to it.
class Parser:
    def __init__(self, context, resilient):
        self.context = context
        self.resilient = resilient
        self.seen = []

    def parse(self, words):
        try:
            self.take(words)
            self.take(words)
        except KeyError:
            if self.context is None or not self.resilient:
                raise
        return self.context, self.resilient, self.seen, self.resilient, self.context

    def take(self, words):
        self.seen.append(words.pop())
        if not words:
            raise KeyError(self.seen)


def loops(words):
    for word in words:
        try:
            int(word)
        except ValueError:
            if word == "stop":
                break
        words = words[1:] + words[:1] + [word, word] + words[2:2]
    return words


for context, resilient, words in [(1, False, "ab"), (None, True, "ab"), (1, True, "abc"), (1, True, "ab")]:
    try:
        Parser(context, resilient).parse(list(words))
    except KeyError:
        pass
loops(["stop"])
loops(["go", "1"])
