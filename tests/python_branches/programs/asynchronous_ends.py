# Asynchronous loops that end in every way, and whose suites begin in every way.
import asyncio


async def agen(n):
    for i in range(n):
        try:
            if i == 3:
                return
            yield i
        except ValueError:
            if n:
                yield -1
        finally:
            await asyncio.sleep(0)


async def breaks(n):
    async for i in agen(n):
        if i == 1:
            break
    return i


async def loops(n):
    for j in range(n):
        async for i in agen(j):
            if i:
                continue
            j = i
    while n:
        n -= 1
        async for i in agen(n):
            pass


async def body_loops(n):
    async for i in agen(n):
        while True:
            if i:
                i -= 1
            else:
                break
    async for i in agen(n):
        for k in range(i):
            pass
    async for i in agen(n):
        while i > 0:
            i -= 1
    async for i in agen(n): i = 2


async def same_end(n):
    if n:
        async for i in agen(n):
            if i == 0:
                break
            n = 1
    n = 2
    return n


async def same_end_2(n):
    try:
        async for i in agen(n):
            if i == 2:
                raise KeyError
    except KeyError:
        n = 1
    finally:
        n = 3
    async for i in agen(n):
        async for j in agen(i):
            if j:
                n = 1


async def ends(n):
    async for i in agen(n):
        if i == 1:
            return 1


async def else_(n):
    async for i in agen(n):
        if i == 5:
            break
    else:
        n = 1
    async for i in agen(n):
        if i == 0:
            break
    else:
        n = 1


async def comps(n):
    a = [i async for i in agen(n) if i]
    b = {
        i
        async for i in agen(n)
        if i
    }
    c = [
        x
        for x in [await asyncio.sleep(0, k) for k in range(n)]
    ]
    if [i async for i in agen(n)]:
        d = 1
    return a, b, c


class Manager:
    async def __aenter__(self):
        await asyncio.sleep(0)
    async def __aexit__(self, *e):
        return True


async def withs(n):
    async with Manager():
        if n:
            raise KeyError
    async with Manager() as m, Manager():
        async for i in agen(2):
            if i:
                return 1
    for i in range(2):
        async with Manager():
            if i: continue
            n = 1


async def sends():
    g = agen(5)
    await g.asend(None)
    await g.athrow(ValueError)
    await g.aclose()
    try:
        async for x in g:
            x = 1
    finally:
        x = 2


async def once(x):
    async for i in agen(1):
        if x:
            x = 0


async def never(x):
    async for i in agen(0):
        x = 1
    async for i in agen(0):
        if x:
            break


async def main():
    await breaks(1)
    await breaks(3)
    await loops(3)
    await body_loops(3)
    await same_end(3)
    await same_end_2(3)
    await ends(1)
    await ends(3)
    await else_(2)
    await comps(3)
    await withs(0)
    await withs(1)
    await sends()
    await once(0)
    await never(0)
    await asyncio.gather(loops(2), breaks(5))



asyncio.run(main())
