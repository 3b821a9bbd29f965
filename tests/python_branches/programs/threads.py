# Threads that run the same code, each of which goes its own ways.
import threading


def work(number, results):
    if number == 1:
        results.append("one")
    elif number == 2:
        results.append("two")
    else:
        for item in range(number):
            if item > 90:
                results.append(item)
    while number:
        number -= 1
        if number == 50:
            break


results = []
threads = [threading.Thread(target=work, args=(number, results)) for number in (1, 2, 99)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if len(results) > 9:
    print(len(results))
