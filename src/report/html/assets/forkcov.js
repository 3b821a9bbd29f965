// The interactive parts of the pages: sorting, filtering, listing the processes that ran a line, and showing only what
// chosen processes ran.
"use strict";

// Filled by processes.js, files.js and tests.js.
var forkcov = { processes: [], files: null, tests: [] };

document.addEventListener("DOMContentLoaded", () => {
    const processes = forkcov.processes;
    const one = (selector, within = document) => within.querySelector(selector);
    const all = (selector, within = document) => [...within.querySelectorAll(selector)];
    const made = (tag, properties = {}, ...content) => {
        const element = Object.assign(document.createElement(tag), properties);
        element.append(...content);
        return element;
    };
    const counted = (number, one, many) => `${number} ${number === 1 ? one : many}`;

    // ---- The choice of processes: a set of indices, or null for all. Links pass it on in the query, `?p=0-3,7`.

    let chosen = fromQuery(location.search);
    // For each n: how many of the first n processes are chosen, and how many of these are parents.
    let upTo, parentsUpTo;
    count();

    function fromQuery(query) {
        const indices = new Set();
        for (const range of (new URLSearchParams(query).get("p") ?? "").split(",")) {
            const match = /^(\d+)(?:-(\d+))?$/.exec(range);
            if (!match) continue;
            const last = Math.min(Number(match[2] ?? match[1]), processes.length - 1);
            for (let index = Number(match[1]); index <= last; index++) indices.add(index);
        }
        return indices.size ? indices : null;
    }

    function toQuery() {
        if (!chosen) return "";
        const ranges = [];
        for (const index of [...chosen].sort((one, other) => one - other)) {
            const last = ranges.at(-1);
            if (last && last[1] === index - 1) last[1] = index;
            else ranges.push([index, index]);
        }
        return "?p=" + ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
    }

    function count() {
        upTo = new Uint32Array(processes.length + 1);
        parentsUpTo = new Uint32Array(processes.length + 1);
        processes.forEach((process, index) => {
            const isChosen = !chosen || chosen.has(index);
            upTo[index + 1] = upTo[index] + isChosen;
            parentsUpTo[index + 1] = parentsUpTo[index] + (isChosen && process.parent === null);
        });
    }

    // The number of chosen processes in a set, which is a list of ranges: first and last of each.
    function within(set, counts = upTo) {
        let sum = 0;
        for (let at = 0; at < set.length; at += 2) sum += counts[set[at + 1] + 1] - counts[set[at]];
        return sum;
    }

    function membersOf(set) {
        const members = [];
        for (let at = 0; at < set.length; at += 2) {
            for (let index = set[at]; index <= set[at + 1]; index++) {
                if (!chosen || chosen.has(index)) members.push(index);
            }
        }
        return members;
    }

    function familyOf(set) {
        const [number, parents] = [within(set), within(set, parentsUpTo)];
        return parents === 0 ? "c" : parents === number ? "p" : "";
    }

    function choose(indices) {
        chosen = indices && indices.size && indices.size < processes.length ? indices : null;
        const address = location.pathname + toQuery() + location.hash;
        try {
            history.replaceState(null, "", address);
        } catch {
            // Some browsers do not allow this on a page from a file.
            location.search = toQuery();
            return;
        }
        show();
    }

    function show() {
        count();
        for (const link of all("a[href]")) {
            const [, path, hash] = /^([^?#]*)(?:\?[^#]*)?(#.*)?$/.exec(link.getAttribute("href"));
            if (path) link.setAttribute("href", path + toQuery() + (hash ?? ""));
        }
        showChosen();
        pages.forEach((page) => page());
    }

    function showChosen() {
        const place = one("#chosen");
        place.hidden = !chosen;
        if (!chosen) return;
        const named = [...chosen].slice(0, 5).map((index) => processes[index].pid).join(", ");
        const more = chosen.size > 5 ? "…" : "";
        place.replaceChildren(
            `Only what ${counted(chosen.size, "process", "processes")} of ${processes.length} ran: ${named}${more} `,
            made("button", { id: "all", onclick: () => choose(null) }, "Show what all ran"),
        );
    }

    // Rounds as forkcov does: to 0 and 100 only if exact.
    function percentage(hit, lines, precision) {
        if (lines === 0 || hit === lines) return (100).toFixed(precision);
        if (hit === 0) return (0).toFixed(precision);
        const smallest = 10 ** -precision;
        return Math.min(Math.max((100 * hit) / lines, smallest), 100 - smallest).toFixed(precision);
    }

    function drawBar(within, hit, lines) {
        one(".bar rect", within).setAttribute("width", lines ? (100 * hit) / lines : 100);
    }

    function matches(text, words) {
        const lower = text.toLowerCase();
        return words.every((word) => lower.includes(word));
    }

    function wordsOf(input) {
        return input.value.toLowerCase().split(/\s+/).filter(Boolean);
    }

    // ---- The table of files

    function filesPage(table) {
        const { sets, files } = forkcov.files;
        const precision = Number(table.dataset.precision);
        const body = one("tbody", table);
        // The place of each column. That of the branches is missing if they were not measured.
        const column = {};
        all("thead button", table).forEach((button, index) => (column[button.dataset.key] = index));
        const rows = [...body.rows].map((row, index) => {
            const lines = Number(row.cells[column.lines].textContent);
            const ofAll = (name) => Number(row.cells[column[name]]?.textContent.split("/")[1] ?? 0);
            const all = { lines, functions: ofAll("functions"), branches: ofAll("branches") };
            return { row, ...files[index], data: files[index], ...all, shown: true };
        });
        const filter = one("#filter");
        let [key, sign] = ["name", 1];

        function measure(row) {
            const [marks, sum] = [new Uint8Array(processes.length), { hit: 0, children: 0 }];
            for (const [number, lines] of row.data.lines) {
                const set = sets[number];
                if (!within(set)) continue;
                sum.hit += lines;
                if (familyOf(set) === "c") sum.children += lines;
                for (let at = 0; at < set.length; at += 2) marks.fill(1, set[at], set[at + 1] + 1);
            }
            let ran = 0;
            marks.forEach((mark, index) => (ran += mark && upTo[index + 1] - upTo[index]));
            const reached = (pairs) => pairs.reduce((sum, [number, count]) => sum + (within(sets[number]) ? count : 0), 0);
            const entered = reached(row.data.functions);
            const taken = reached(row.data.branches ?? []) + (row.data.waived ?? 0);
            Object.assign(row, sum, { missed: row.lines - sum.hit, entered, taken, processes: ran });
            const of = row.lines + row.branches;
            row.cover = of ? (sum.hit + taken) / of : 1;
            fill(row.row, row);
        }

        function fill(row, { hit, lines, entered, functions, taken, branches, children, processes }) {
            const cell = (name) => row.cells[column[name]];
            cell("lines").textContent = lines;
            cell("missed").textContent = lines - hit;
            drawBar(cell("cover"), hit + taken, lines + branches);
            one("span", cell("cover")).textContent = percentage(hit + taken, lines + branches, precision) + "%";
            cell("functions").textContent = `${entered}/${functions}`;
            if (column.branches) cell("branches").textContent = `${taken}/${branches}`;
            cell("children").textContent = children;
            cell("processes").textContent = processes;
        }

        function total() {
            const sum = { processes: upTo[processes.length] };
            for (const name of ["hit", "lines", "entered", "functions", "taken", "branches", "children"]) {
                sum[name] = rows.reduce((total, row) => total + (row.shown ? row[name] : 0), 0);
            }
            fill(table.tFoot.rows[0], sum);
            const percent = percentage(sum.hit + sum.taken, sum.lines + sum.branches, precision);
            const number = rows.filter((row) => row.shown).length;
            one("h1").replaceChildren(made("span", { id: "percent" }, percent), `% of ${counted(number, "file", "files")}`);
        }

        function narrow() {
            const words = wordsOf(filter);
            for (const row of rows) {
                row.shown = matches(row.name, words);
                row.row.hidden = !row.shown;
            }
            total();
        }

        function sort() {
            const values = {
                name: (row) => row.name,
                functions: (row) => (row.functions ? row.entered / row.functions : 1),
                branches: (row) => (row.branches ? row.taken / row.branches : 1),
            };
            const value = values[key] ?? ((row) => row[key]);
            const order = (one, other) => (one < other ? -1 : one > other ? 1 : 0);
            rows.sort((one, other) => sign * order(value(one), value(other)) || order(one.name, other.name));
            body.append(...rows.map((row) => row.row));
            for (const heading of all("thead th", table)) {
                heading.removeAttribute("aria-sort");
                if (one("button", heading).dataset.key !== key) continue;
                heading.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
            }
        }

        all("thead button", table).forEach((button) => {
            button.onclick = () => {
                // Numbers are first sorted in descending order, but coverage in ascending order.
                const first = ["name", "cover", "functions", "branches"].includes(button.dataset.key) ? 1 : -1;
                sign = button.dataset.key === key ? -sign : first;
                key = button.dataset.key;
                sort();
            };
        });
        filter.oninput = narrow;
        document.addEventListener("keydown", (event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
            const links = rows.filter((row) => row.shown).map((row) => one("a", row.row));
            const at = links.indexOf(document.activeElement);
            if (at < 0 && step < 0) return;
            (links[at + step] ?? (step < 0 ? filter : links.at(-1)))?.focus();
            event.preventDefault();
        });
        return () => {
            // Without a choice the page already shows these numbers, but sorting needs them.
            rows.forEach(measure);
            if (key !== "name") sort();
            narrow();
        };
    }

    // ---- The tree of processes

    function processesPage() {
        const boxes = all(".processes input");
        const rows = boxes.map((box) => box.closest("tr"));
        const filter = one("#filter");
        let last = null;

        const where = (isWanted) => new Set(boxes.map((box) => Number(box.value)).filter(isWanted));
        const isShown = new Map();
        const ways = {
            none: () => null,
            parents: () => where((index) => processes[index].parent === null),
            children: () => where((index) => processes[index].parent !== null),
            failed: () => where((index) => processes[index].kind !== "good"),
            shown: () => where((index) => isShown.get(index) ?? true),
        };
        for (const button of all("[data-choose]")) button.onclick = () => choose(ways[button.dataset.choose]());

        boxes.forEach((box, place) => {
            box.onclick = (event) => {
                const indices = new Set(chosen ?? []);
                const from = event.shiftKey && last !== null ? Math.min(last, place) : place;
                const to = event.shiftKey && last !== null ? Math.max(last, place) : place;
                for (const other of boxes.slice(from, to + 1)) {
                    if (other !== box && other.closest("tr").hidden) continue;
                    if (box.checked) indices.add(Number(other.value));
                    else indices.delete(Number(other.value));
                }
                last = place;
                choose(indices);
            };
        });
        for (const button of all("button.run")) {
            const ofRun = () => all("input", button.closest("section")).map((box) => Number(box.value));
            button.onclick = () => choose(new Set([...(chosen ?? []), ...ofRun()]));
        }
        for (const button of all(".family")) {
            button.onclick = () => {
                const family = new Set([Number(one("input", button.closest("tr")).value)]);
                // A parent precedes its children.
                processes.forEach((process, index) => family.has(process.parent) && family.add(index));
                choose(new Set([...(chosen ?? []), ...family]));
            };
        }
        filter.oninput = () => {
            const words = wordsOf(filter);
            rows.forEach((row, place) => {
                const index = Number(boxes[place].value);
                const { pid, what, end, label } = processes[index];
                row.hidden = !matches(`${pid} ${what} ${end} ${label ?? ""}`, words);
                isShown.set(index, !row.hidden);
            });
        };
        return () => {
            boxes.forEach((box, place) => {
                box.checked = chosen?.has(Number(box.value)) ?? false;
                rows[place].classList.toggle("on", box.checked);
            });
        };
    }

    // ---- The table of tests

    function testsPage(table) {
        one("#filter").oninput = (event) => {
            const words = wordsOf(event.target);
            for (const row of one("tbody", table).rows) {
                row.hidden = !matches(`${row.cells[0].textContent} ${row.cells[2].textContent}`, words);
            }
        };
        return () => {};
    }

    // ---- A source

    function sourcePage(source) {
        const sets = JSON.parse(one("#sets").textContent);
        const precision = Number(source.dataset.precision);
        const panel = one("#ran-by");
        const buttons = all(".l > [data-set]", source);
        const setOf = (button) => sets[Number(button.dataset.set)];
        // Sets of tests, and by line the number of one.
        const tests = JSON.parse(one("#tests")?.textContent ?? "null");
        // By line: the jump, the way and the set of processes of each direction.
        const branches = JSON.parse(one("#branches")?.textContent ?? "{}");
        const waysOf = (line) => branches[line.id.slice(1)] ?? [];
        const wentTo = ([, , set]) => (set === null ? 0 : within(sets[set]));
        // Gives the browser the height of the parts that it has not laid out.
        for (const part of all(".part", source)) part.style.containIntrinsicHeight = `${1.5 * part.dataset.lines}em`;

        function mark() {
            // If only parents, or only children, ran the file at all, lines are not marked.
            const hasParents = sets.some((set) => within(set, parentsUpTo));
            const hasChildren = sets.some((set) => within(set) > within(set, parentsUpTo));
            const isMixed = hasParents && hasChildren;
            for (const button of buttons) {
                const [set, line] = [setOf(button), button.parentElement];
                const number = within(set);
                const family = number && isMixed ? familyOf(set) : "";
                button.textContent = number;
                const isPartial = waysOf(line).some((way) => !wentTo(way));
                line.className = number ? ["l h", family, isPartial ? "b" : ""].filter(Boolean).join(" ") : "l m";
            }
            const went = { taken: 0, all: 0 };
            for (const button of all(".ways", source)) {
                const ways = waysOf(button.parentElement);
                const taken = ways.filter(wentTo).length;
                button.textContent = `${taken}/${ways.length}`;
                went.taken += taken;
                went.all += ways.length;
            }
            for (const button of all("#functions button")) button.textContent = within(setOf(button));
            for (const button of all("[data-jump]")) {
                one("span", button).textContent = all(`.l.${button.dataset.jump}`, source).length;
            }
            const [hit, missed] = ["h", "m"].map((kind) => all(`.l.${kind}`, source).length);
            one("#percent").textContent = percentage(hit + went.taken, hit + missed + went.all, precision);
            drawBar(one(".measure"), hit + went.taken, hit + missed + went.all);
        }

        const MOST = 500;
        function listOf(members) {
            const entries = members.slice(0, MOST).map((index) => {
                const { pid, parent, what, end, kind } = processes[index];
                const of = parent === null ? "" : `, child of ${processes[parent].pid}`;
                return made("li", {},
                    made("a", { href: `../processes.html${toQuery()}#p${index}` }, String(pid)), ` ${what}: `,
                    made("span", { className: `key ${kind}` }, end), of, " ",
                    made("button", { onclick: () => choose(new Set([index])) }, "only this one"));
            });
            if (members.length > MOST) entries.push(made("li", {}, `and ${members.length - MOST} more`));
            return made("ul", {}, ...entries);
        }

        function ask(button, what) {
            const members = membersOf(setOf(button));
            const line = button.closest(".l");
            answer(button, `${what} was run by ${counted(members.length, "process", "processes")}`,
                listOf(members), ...(line ? testsOf(line) : []));
        }

        // The tests that ran a line, whichever processes are chosen.
        function testsOf(line) {
            const set = tests?.sets[tests.lines[line.id.slice(1)]];
            if (!set) return [];
            const all = [];
            for (let at = 0; at < set.length; at += 2) {
                for (let index = set[at]; index <= set[at + 1]; index++) all.push(index);
            }
            const entries = all.slice(0, MOST).map((index) =>
                made("li", {}, made("a", { href: `../tests.html${toQuery()}#t${index}` }, forkcov.tests[index])));
            if (all.length > MOST) entries.push(made("li", {}, `and ${all.length - MOST} more`));
            return [made("h3", {}, counted(all.length, "test", "tests")), made("ul", { className: "tests" }, ...entries)];
        }

        function nameOf([jump, way], ways) {
            const ofJump = ways.filter(([other]) => other === jump);
            const name = source.dataset.runtime ? (way > 0 ? `to line ${way}` : "exit")
                : ofJump.length > 2 ? `case ${way + 1} of ${ofJump.length}`
                : way ? "jump" : "no jump";
            return ofJump.length < ways.length ? `Branch ${jump + 1}, ${name}` : name[0].toUpperCase() + name.slice(1);
        }

        function askWays(button) {
            const line = button.parentElement;
            const ways = waysOf(line);
            const parts = ways.flatMap((way) => {
                const members = way[2] === null ? [] : membersOf(sets[way[2]]);
                return [made("h3", {}, `${nameOf(way, ways)}: ${counted(members.length, "process", "processes")}`), listOf(members)];
            });
            answer(button, `Ways of line ${line.id.slice(1)}`, ...parts);
        }

        function answer(button, heading, ...content) {
            panel.replaceChildren(
                made("button", { className: "close", onclick: close }, "Close"), made("h2", {}, heading), ...content);
            panel.hidden = false;
            all(".asked").forEach((line) => line.classList.remove("asked"));
            button.parentElement.classList.add("asked");
            button.parentElement.scrollIntoView({ block: "nearest" });
        }

        function close() {
            panel.hidden = true;
            all(".asked").forEach((line) => line.classList.remove("asked"));
        }

        document.addEventListener("click", (event) => {
            const ways = event.target.closest(".ways");
            if (ways) return askWays(ways);
            const button = event.target.closest("button[data-set]");
            if (!button) return;
            const line = button.closest(".l");
            ask(button, line ? `Line ${line.id.slice(1)}` : one("th", button.closest("tr")).textContent);
        });

        // Goes to the next line of a kind after the last one shown; with -1, to the previous one.
        let at = -1;
        function jump(kind, step = 1) {
            const lines = all(".l", source);
            const isIt = (index) => lines[index]?.classList.contains(kind);
            let index = at;
            // Adjacent lines of the kind count as one.
            while (isIt(index) && isIt(index + step)) index += step;
            for (let steps = 0; steps < lines.length; steps++) {
                index = (index + step + lines.length) % lines.length;
                if (isIt(index)) {
                    at = index;
                    location.replace(`#${lines[index].id}`);
                    return;
                }
            }
        }
        for (const button of all("[data-jump]")) button.onclick = () => jump(button.dataset.jump);
        document.addEventListener("keydown", (event) => {
            if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
            if (event.key === "Escape") close();
            else if (event.key === "j") jump("m");
            else if (event.key === "k") jump("m", -1);
            else if (event.key === "b") jump("b");
            else if (event.key === "c") jump("c");
        });
        let isAsMade = true;
        return () => {
            if (chosen || !isAsMade) mark();
            isAsMade = !chosen;
            if (!panel.hidden) close();
        };
    }

    document.addEventListener("keydown", (event) => {
        const filter = one("#filter");
        if (!filter) return;
        if (event.key === "/" && document.activeElement !== filter) {
            filter.focus();
            event.preventDefault();
        } else if (event.key === "Escape" && filter.value) {
            filter.value = "";
            filter.dispatchEvent(new Event("input"));
        }
    });

    const pages = [];
    if (one("#files")) pages.push(filesPage(one("#files")));
    if (one(".processes")) pages.push(processesPage());
    if (one("table.tests")) pages.push(testsPage(one("table.tests")));
    if (one("#source")) pages.push(sourcePage(one("#source")));
    show();
});
