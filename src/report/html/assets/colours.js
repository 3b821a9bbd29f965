// Colours of sources: small readers of tokens, one for each language. They colour what they know and leave the rest.

// More lines than this, or a longer line, are not coloured.
const MOST_LINES = 20000;
const LONGEST_LINE = 2000;

const words = (text) => new Set(text.split(" "));
const NUMBER = String.raw`(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)\w*`;
const STRING = String.raw`"(?:[^"\\]|\\.)*"?`;
const CHARACTER = String.raw`'(?:[^'\\]|\\.[^']*)'`;
const WORD = String.raw`[A-Za-z_]\w*`;

// Of each language: `tokens`, patterns in order, each with its class; `spans`, what may go on over lines, each with
// how it begins and ends; and its keywords.
const LANGUAGES = {
    c: {
        tokens: [["comment", String.raw`\/\/.*`], ["meta", String.raw`^\s*#\s*\w+(?:\s*<[^>]*>)?`], ["string", `(?:u8|[uUL])?${STRING}`],
            ["string", `[uUL]?${CHARACTER}`], ["number", NUMBER], ["word", WORD]],
        spans: [["comment", String.raw`\/\*`, () => /\*\//], ["string", String.raw`(?:u8|[uUL])?R"[^(\s]{0,16}\(`, (start) => ends(`)${/"(.*)\(/.exec(start)[1]}"`)]],
        keywords: words("alignas alignof asm auto bool break case catch char class co_await co_return co_yield concept const const_cast " +
            "consteval constexpr constinit continue decltype default delete do double dynamic_cast else enum explicit export extern false " +
            "final float for friend goto if inline int long mutable namespace new noexcept nullptr operator override private protected public " +
            "register reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch template " +
            "this thread_local throw true try typedef typeid typename typeof union unsigned using virtual void volatile wchar_t while NULL"),
    },
    rust: {
        tokens: [["comment", String.raw`\/\/.*`], ["meta", String.raw`#!?\[[^\]]*\]?`], ["string", `[bc]?${CHARACTER}`],
            ["meta", String.raw`'[A-Za-z_]\w*`], ["number", NUMBER], ["meta", String.raw`[A-Za-z_]\w*!(?!=)`], ["word", WORD]],
        spans: [["comment", String.raw`\/\*`, () => /\*\//], ["string", String.raw`[bc]?r#*"`, (start) => ends(`"${start.replace(/[^#]/g, "")}`)],
            ["string", String.raw`[bc]?"`, () => /^(?:[^"\\]|\\.)*?"/]],
        keywords: words("as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut " +
            "pub ref return self Self static struct super trait true type union unsafe use where while"),
    },
    go: {
        tokens: [["comment", String.raw`\/\/.*`], ["string", STRING], ["string", CHARACTER], ["number", NUMBER], ["word", WORD]],
        spans: [["comment", String.raw`\/\*`, () => /\*\//], ["string", "`", () => /`/]],
        keywords: words("break case chan const continue default defer else fallthrough for func go goto if import interface map package " +
            "range return select struct switch type var true false nil iota"),
    },
    zig: {
        tokens: [["comment", String.raw`\/\/.*`], ["string", String.raw`\\\\.*`], ["string", STRING], ["string", CHARACTER], ["number", NUMBER],
            ["meta", String.raw`@[A-Za-z_]\w*`], ["word", WORD]],
        spans: [],
        keywords: words("addrspace align allowzero and anyframe anytype asm break callconv catch comptime const continue defer else enum " +
            "errdefer error export extern fn for if inline linksection noalias noinline nosuspend opaque or orelse packed pub resume return " +
            "struct suspend switch test threadlocal try union unreachable usingnamespace var volatile while true false null undefined"),
    },
    python: {
        tokens: [["comment", "#.*"], ["string", String.raw`[rRbBuUfFtT]{0,2}(?:${STRING}|'(?:[^'\\]|\\.)*'?)`], ["number", NUMBER],
            ["meta", String.raw`^\s*@[\w.]+`], ["word", WORD]],
        spans: [["string", `[rRbBuUfFtT]{0,2}"""`, () => /^(?:[^"\\]|\\.|"(?!""))*?"""/], ["string", `[rRbBuUfFtT]{0,2}'''`, () => /^(?:[^'\\]|\\.|'(?!''))*?'''/]],
        keywords: words("and as assert async await break case class continue def del elif else except False finally for from global if " +
            "import in is lambda match None nonlocal not or pass raise return True try while with yield"),
    },
    shell: {
        tokens: [["comment", String.raw`(?<![^\s;&|()])#.*`], ["meta", String.raw`\$(?:\w+|[@*#?$!-]|\{[^}]*\}?)`], ["plain", String.raw`\\.`],
            ["number", String.raw`(?<![\w.\/-])\d+(?![\w.\/-])`], ["word", String.raw`[A-Za-z_][\w-]*`]],
        spans: [["string", "'", () => /'/], ["string", `"`, () => /^(?:[^"\\]|\\.)*?"/],
            ["string", String.raw`<<-?\s*(['"]?)\w+\1`, (start) => new RegExp(`^\\s*${/\w+/.exec(start.slice(2))[0]}$`), "from the next line"]],
        keywords: words("case coproc do done elif else esac exit export fi for function if in local return select set shift then time trap " +
            "unset until while readonly declare source eval exec"),
    },
};

const ends = (text) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));

// A function that gives the tokens of each line that it is given in turn: class, from, to.
function readerOf({ tokens, spans, keywords }) {
    const patterns = [...spans.map(([kind, start, end, isLater]) => ({ kind, start, end, isLater })), ...tokens.map(([kind, start]) => ({ kind, start }))]
        .map((pattern) => ({ ...pattern, start: new RegExp(pattern.start, "y") }));
    // What goes on from the line before.
    let open = null;
    return (line) => {
        const found = [];
        let at = 0;
        let later = null;
        while (at < line.length) {
            if (open) {
                const end = open.end.exec(line.slice(at));
                const to = end ? at + end.index + end[0].length : line.length;
                // With what it began with, if that is on this line.
                if (found.at(-1)?.[0] === open.kind && found.at(-1)[2] === at) found.at(-1)[2] = to;
                else found.push([open.kind, at, to]);
                if (end) open = null;
                at = to;
                continue;
            }
            const pattern = patterns.find(({ start }) => ((start.lastIndex = at), start.test(line)));
            if (!pattern) {
                at++;
                continue;
            }
            const to = Math.max(pattern.start.lastIndex, at + 1);
            const text = line.slice(at, to);
            if (pattern.kind !== "word") found.push([pattern.kind, at, to]);
            else if (keywords.has(text)) found.push(["keyword", at, to]);
            else if (line[to] === "(") found.push(["call", at, to]);
            if (pattern.end && pattern.isLater) later = { kind: pattern.kind, end: pattern.end(text) };
            else if (pattern.end) open = { kind: pattern.kind, end: pattern.end(text) };
            at = to;
        }
        open ??= later;
        return found;
    };
}

// Colours the lines of each part of a source when it is first seen.
function colourSource(source) {
    const language = LANGUAGES[source.dataset.language];
    const parts = all(".part", source);
    const lines = parts.reduce((sum, part) => sum + Number(part.dataset.lines), 0);
    if (!language || lines > MOST_LINES) return;
    const read = readerOf(language);
    // The parts before it must have been read: they say what goes on.
    let next = 0;
    const known = new Map();
    const readUpTo = (part) => {
        while (next <= parts.indexOf(part)) {
            known.set(parts[next], all("code", parts[next]).map((code) => [code, code.textContent.length > LONGEST_LINE ? [] : read(code.textContent)]));
            next++;
        }
        return known.get(part);
    };
    const seen = new IntersectionObserver((entries) => {
        for (const { target, isIntersecting } of entries) {
            if (!isIntersecting) continue;
            seen.unobserve(target);
            for (const [code, tokens] of readUpTo(target)) colour(code, tokens);
            known.set(target, []);
        }
    }, { rootMargin: "500px" });
    parts.forEach((part) => seen.observe(part));
}

function colour(code, tokens) {
    const text = code.textContent;
    const content = [];
    let at = 0;
    for (const [kind, from, to] of tokens) {
        content.push(text.slice(at, from), kind === "plain" ? text.slice(from, to) : made("span", { className: `t-${kind}` }, text.slice(from, to)));
        at = to;
    }
    if (content.length) code.replaceChildren(...content, text.slice(at));
}
