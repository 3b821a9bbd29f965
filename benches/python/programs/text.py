"""Strings and dictionaries: words are made, counted, and grouped by their letters."""

import time


def words(count):
    seed = 1
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) % 2**31
        length = 2 + seed // 65536 % 3
        word = ""
        for place in range(length):
            word += "abcdefgh"[seed >> (8 + 3 * place) & 7]
        yield word


def count(of):
    counts = {}
    for word in of:
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts


def group(counts):
    groups = {}
    for word, times in counts.items():
        key = "".join(sorted(word))
        group = groups.setdefault(key, [])
        group.append(f"{word}: {times}")
    return groups


start = time.process_time()
counts = count(words(120000))
assert sum(counts.values()) == 120000
assert sum(len(group) for group in group(counts).values()) == len(counts)
print(time.process_time() - start)
