# Threads are born and end while others run the same lines for the first time.
# processes: 1
import threading
from role import role

total = 0
lock = threading.Lock()


def work(n):  # hit: main
    global total
    for number in range(n):  # hit: main
        if number % 7 == 3:  # hit: main
            with lock:  # hit: main
                total += 1  # hit: main


def born_in_thread():  # hit: main
    child = threading.Thread(target=work, args=(10,))  # hit: main
    child.start()  # hit: main
    child.join()  # hit: main


role("main")  # hit: main
for _ in range(20):  # hit: main
    threads = [threading.Thread(target=born_in_thread) for _ in range(20)]  # hit: main
    for thread in threads:  # hit: main
        thread.start()  # hit: main
    for thread in threads:  # hit: main
        thread.join()  # hit: main
print(total)  # hit: main
