-- A script for Lua: strings, tables, closures, coroutines, metatables, errors, files, and the collector.
local size = tonumber((...)) or 50

local function sorted(n, less)
  local list = {}
  for i = 1, n do list[i] = (i * 7919) % 101 end
  table.sort(list, less)
  return table.concat(list, ",", 1, math.min(n, 10))
end
print(sorted(size), sorted(size, function(a, b) return a > b end))
print(pcall(table.sort, { 3, 1, "x" }), select("#", table.unpack({ 1, 2, nil, 4 }, 1, 4)))

-- Strings and patterns.
for _, format in ipairs { "%5d|%-5d|%05d", "%x %X %o", "%g %e %.3f", "%s %10.3s %q", "%c%c", "%i", "%a" } do
  print(pcall(string.format, format, 42, 255, 8))
end
for word, number in ("one=1, two=22, three=333"):gmatch("(%a+)=(%d+)") do io.write(word, " ", number, "; ") end
print(("hello world"):gsub("o", { o = "0" }), ("abc"):gsub("%w", "%0%0", 2), ("x"):rep(3, "-"))
print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"), ("[[nested]]"):find("[", 1, true), ("f(a(b)c)"):match("%b()"))
print(pcall(string.rep, "x", 1 << 40), pcall(string.find, "a", "[a"), ("THE (quick) fox"):find("%((%a+)%)"))
print(("%d"):byte(1, -1), string.char(72, 105), ("abc"):reverse(), ("Abc"):upper(), ("Abc"):lower(), ("abcdef"):sub(-3, -2))
print(string.pack("<i4 >i2 z s1", 1, 2, "three", "four"):byte(1, -1))
print(string.unpack("<i4", "\1\0\0\0"), pcall(string.unpack, "i17", "x"), utf8.char(228, 8364, 128512))
for p, c in utf8.codes("aä€") do io.write(p, ":", c, " ") end
print(utf8.len("\xff"), utf8.codepoint("ä", 1), utf8.offset("aä€", 3))

-- Numbers.
print(7 // 2, -7 // 2, 7 % -3, 2 ^ 10, 7 / 2, 1 << 62, ~0, 5 & 3 | 8 ~ 1, 3.0 == 3, math.maxinteger + 1 == math.mininteger)
print(pcall(function() return 1 // 0 end), pcall(function() return 1 % 0 end), 1 / 0, -1 / 0, 0x10, 0x.8p1, 1e3)
print(math.floor(-3.5), math.ceil(3.2), math.fmod(7, 3), math.tointeger(3.0), math.type(1), math.type(1.0), math.type("1"))
print(tonumber("0x1F"), tonumber("z", 36), tonumber("  12  "), tonumber("1e"), tonumber("8", 8), "10" + 5, "3" * "4")
for i = 10, 1, -3 do io.write(i, " ") end
for i = 1.0, 2.0, 0.25 do io.write(i, " ") end
print(pcall(function() for i = 1, 10, 0 do end end))

-- Tables and metatables.
local Point = {}
Point.__index = Point
Point.__add = function(a, b) return setmetatable({ x = a.x + b.x }, Point) end
Point.__eq = function(a, b) return a.x == b.x end
Point.__lt = function(a, b) return a.x < b.x end
Point.__le = function(a, b) return a.x <= b.x end
Point.__tostring = function(p) return "Point(" .. p.x .. ")" end
Point.__call = function(p, n) return p.x * n end
Point.__len = function(p) return p.x end
Point.__concat = function(a, b) return tostring(a) .. tostring(b) end
Point.__close = function(p) io.write("closed ", p.x, "\n") end
local one, two = setmetatable({ x = 1 }, Point), setmetatable({ x = 2 }, Point)
print(tostring(one + two), one == two, one < two, one <= two, one(5), #two, one .. two, one .. "s", rawequal(one, one))
do local held <close> = one; local const <const> = 5; io.write("held ", const, "\n") end
local defaults = setmetatable({}, { __index = function(_, k) return k .. "?" end, __newindex = function(t, k, v) rawset(t, k, v) end })
defaults.set = 1
print(defaults.set, defaults.unset, pcall(function() return one.x.y.z end), pcall(function() return {} < {} end))
local mixed = { 1, 2, 3, [10] = 10, key = "v", [1.5] = "f", [true] = "b" }
for i = 1, 300 do mixed["k" .. i] = i end
for i = 1, 300, 2 do mixed["k" .. i] = nil end
local count = 0
for _ in pairs(mixed) do count = count + 1 end
print(count, #mixed, next({}), table.remove(mixed), table.insert(mixed, 1, 0), table.move({ 1, 2, 3 }, 1, 3, 2)[3])

-- Functions, goto, coroutines, errors.
local function vararg(...) local a, b = ..., select(-1, ...); return a, b, select("#", ...) end
print(vararg(1, 2, 3), (vararg(4)))
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(9), (function(n) ::again:: if n < 5 then n = n + 1 goto again end return n end)(1))
local made = coroutine.wrap(function(a) for i = 1, 3 do a = coroutine.yield(a + i) end error("done") end)
print(made(1), made(2), made(3), pcall(made, 4), pcall(made))
local thread = coroutine.create(function() local x <close> = one; coroutine.yield() end)
print(coroutine.resume(thread), coroutine.status(thread), coroutine.close(thread), coroutine.status(thread), coroutine.isyieldable())
print(pcall(error, "message", 0), pcall(error), xpcall(function() error { code = 1 } end, function(e) return e.code end))
local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
print(deep(150))
for _, text in ipairs { "x = ", "return 1 +", "for", "goto nowhere", "local x <const> = 1; x = 2", "break", "'open", "[[open", "x = 1e", "\"\\q\"",
  "return '\\x41\\u{48}\\065\\z  \\n'", "if a then elseif b then else end", "repeat local x = 1 until x", "while false do end return #'a', not a, -b == ~c" } do
  local f, message = load(text, "chunk", "t")
  print(f and pcall(f) or message)
end
local copy = load(string.dump(function(a) local b = a; return function() b = b + 1; return b end end))
print(copy, pcall(load, "\27Lua"), load(function() return nil end), debug.traceback("trace", 1):match("^trace"))
debug.sethook(function() end, "crl", 10)
fib(5)
debug.sethook()
print(debug.getinfo(fib, "SlnuLf").short_src:match("[^/]*$"), debug.getlocal(1, 1))

-- Files and the system.
local name = os.tmpname()
local file = assert(io.open(name, "w+"))
file:setvbuf("full", 100)
file:write("first\n", 12, " ", 3.5, "\nthird")
file:seek("set", 0)
print(file:read("l", "n", "n", "L", "a", "a"))
print(file:close(), pcall(file.read, file), io.type(file), io.open("/no/such/file"))
for line in io.lines(name) do io.write("<", line, ">") end
print(os.remove(name), os.remove(name), os.getenv("NO_SUCH"), os.time { year = 2020, month = 1, day = 1, hour = 12 }, os.date("!%Y", 0))
print(pcall(require, "no_such_module_at_all"), type(os.clock()), pcall(os.date, "%Ez"))

-- The collector, in each of its ways.
local weak = setmetatable({}, { __mode = "k" })
for i = 1, 500 do weak[{}] = { i, tostring(i) } end
collectgarbage()
collectgarbage("step", 10)
collectgarbage("generational")
local kept = {}
for i = 1, 800 do kept[i % 100] = { i, function() return i end, setmetatable({}, { __gc = function() count = count + 1 end }) } end
collectgarbage("incremental", 100, 200)
collectgarbage("stop")
print(next(weak), collectgarbage("isrunning"), count > 100)
os.exit(true, true)
