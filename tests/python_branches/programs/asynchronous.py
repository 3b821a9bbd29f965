# Coroutines, and loops that wait for each item.
import asyncio


class Context:
    async def __aenter__(self):
        await asyncio.sleep(0)

    async def __aexit__(self, *error):
        await asyncio.sleep(0)


async def numbers(limit):
    for number in range(limit):
        await asyncio.sleep(0)
        if number > 7:
            return
        yield number


async def looped(limit):
    async for number in numbers(limit):
        if number == 1:
            await asyncio.sleep(0)
        last = number
    else:
        last = None
    return last


async def nothing():
    async for number in numbers(0):
        print(number)


async def contexts(a):
    async with Context():
        if a:
            a = 2
    if await asyncio.sleep(0, a):
        a = 3
    else:
        a = 4
    return a


async def main():
    await asyncio.gather(looped(1), looped(2), looped(9))
    await nothing()
    await contexts(0)
    return [number async for number in numbers(2) if number]


asyncio.run(main())
