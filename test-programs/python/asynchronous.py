# Coroutines: awaited, gathered, cancelled, never awaited to their end; async for and async with.
# processes: 1
import asyncio
from role import role


class Lock:  # hit: main
    async def __aenter__(self):  # hit: main
        await asyncio.sleep(0)  # hit: main
        return self  # hit: main

    async def __aexit__(self, kind, value, trace):  # hit: main
        await asyncio.sleep(0)  # hit: main


async def numbers():  # hit: main
    for number in range(3):  # hit: main
        await asyncio.sleep(0)  # hit: main
        yield number  # hit: main


async def total():  # hit: main
    result = 0  # hit: main
    async for number in numbers():  # hit: main
        result += number  # hit: main
    return result  # hit: main


async def cancelled(started):  # hit: main
    started.set()  # hit: main
    try:
        await asyncio.sleep(3600)  # hit: main
        role("nobody")  # miss
    except asyncio.CancelledError:  # hit: main
        print("cancelled")  # hit: main
        raise  # hit: main


async def main():  # hit: main
    async with Lock() as lock:  # hit: main
        print(type(lock).__name__)  # hit: main
    print(await asyncio.gather(total(), total()))  # hit: main
    started = asyncio.Event()  # hit: main
    task = asyncio.ensure_future(cancelled(started))  # hit: main
    await started.wait()  # hit: main
    task.cancel()  # hit: main
    try:
        await task  # hit: main
    except asyncio.CancelledError:  # hit: main
        print([number async for number in numbers()])  # hit: main


role("main")  # hit: main
asyncio.run(main())  # hit: main
