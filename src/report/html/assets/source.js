// A source: the processes that ran each line, the ways of its branches, and going from line to line.

function sourcePage(source) {
    const setOf = setsOf(JSON.parse(one("#sets").textContent));
    const panel = one("#ran-by");
    const buttons = all(".l > [data-set]", source);
    const ofButton = (button) => setOf(Number(button.dataset.set));
    // Sets of tests, and by line the number of one.
    const tests = JSON.parse(one("#tests")?.textContent ?? "null");
    const testSet = setsOf(tests?.sets ?? []);
    // By line: the jump, the way, the set of processes and the set of tests of each direction.
    const branches = JSON.parse(one("#branches")?.textContent ?? "{}");
    const waysOf = (line) => branches[line.id.slice(1)] ?? [];
    const wentTo = ([, , set]) => (set === null ? 0 : within(setOf(set)));
    // Gives the browser the height of the parts that it has not laid out.
    for (const part of all(".part", source)) part.style.containIntrinsicHeight = `${1.5 * part.dataset.lines}em`;
    colourSource(source);

    function mark() {
        const sets = [...new Set(buttons.map((button) => Number(button.dataset.set)))].map(setOf);
        // If only parents, or only children, ran the file at all, lines are not marked.
        const hasParents = sets.some((set) => within(set, parentsUpTo));
        const hasChildren = sets.some((set) => within(set) > within(set, parentsUpTo));
        const isMixed = hasParents && hasChildren;
        for (const button of buttons) {
            const [set, line] = [ofButton(button), button.parentElement];
            const number = within(set);
            const family = number && isMixed ? familyOf(set) : "";
            button.textContent = number;
            const isPartial = waysOf(line).some((way) => !wentTo(way));
            line.className = number ? ["l h", family, isPartial ? "b" : ""].filter(Boolean).join(" ") : "l m";
        }
        for (const button of all("#functions button")) button.textContent = within(ofButton(button));
    }

    // Counts what is marked.
    function sum() {
        const went = { taken: 0, all: 0 };
        for (const button of all(".ways", source)) {
            const ways = waysOf(button.parentElement);
            went.taken += ways.filter(wentTo).length;
            went.all += ways.length;
        }
        for (const button of all("[data-jump]")) {
            one("span", button).textContent = all(`.l.${button.dataset.jump}`, source).length;
        }
        const [hit, missed] = ["h", "m"].map((kind) => all(`.l.${kind}`, source).length);
        one("#percent").textContent = percentage(hit + went.taken, hit + missed + went.all);
        one(".measure .bar rect").setAttribute("width", hit + missed ? (100 * (hit + went.taken)) / (hit + missed + went.all) : 100);
    }

    // Says beside a line which ways its branches never went.
    function nameMissing() {
        for (const button of all(".ways", source)) {
            const ways = waysOf(button.parentElement);
            const missing = ways.filter((way) => !wentTo(way)).map((way) => nameOf(way, ways));
            const isPartial = missing.length > 0 && button.parentElement.classList.contains("h");
            const text = `never: ${missing.slice(0, 3).join("; ")}${missing.length > 3 ? "; …" : ""}`;
            button.title = isPartial ? `Never: ${missing.join("; ")}` : "How many ways its branches went, of how many";
            if (chosen || !isAsMade) button.textContent = `${ways.length - missing.length}/${ways.length}`;
            one(".missing", button)?.remove();
            if (isPartial) button.append(made("span", { className: "missing" }, ` ${text}`));
        }
    }

    // ---- Lists of processes and tests

    const MOST = 500;
    const more = (members) => (members.length > MOST ? [made("li", {}, `and ${members.length - MOST} more`)] : []);

    function listOf(members) {
        const entries = members.slice(0, MOST).map((index) => {
            const process = processOf(index);
            const { pid, parent, end, kind } = process;
            const [main, before] = commandOf(process);
            const of = parent === null ? "" : `, child of ${processOf(parent).pid}`;
            const had = testNames(process);
            return made("li", {},
                made("a", { href: `../processes.html${toQuery()}#p${index}` }, String(pid)),
                made("span", { title: process.what }, ` ${main} `), made("i", {}, before), ": ",
                made("span", { className: `key ${kind}` }, end), of, " ",
                ...(had.length > 3 ? [made("span", { className: "label" }, `${had.length} tests`)] : had.map((name) => made("span", { className: "label" }, name))), " ",
                made("button", { onclick: () => choose(new Set([index])) }, "only this one"));
        });
        return made("ul", {}, ...entries, ...more(members));
    }

    // The tests of a set, whichever processes are chosen.
    function listOfTests(number) {
        if (number === null || number === undefined) return [];
        const members = indicesOf(testSet(number));
        const entries = members.slice(0, MOST).map((index) =>
            made("li", {}, made("a", { href: `../tests.html${toQuery()}#t${index}` }, forkcov.tests[index])));
        return [made("h3", {}, counted(members.length, "test", "tests")), made("ul", { className: "tests" }, ...entries, ...more(members))];
    }

    function ask(button, what) {
        const members = membersOf(ofButton(button));
        const line = button.closest(".l");
        answer(button, `${what} was run by ${counted(members.length, "process", "processes")}`,
            listOf(members), ...(line ? listOfTests(tests?.lines[line.id.slice(1)]) : []));
    }

    function nameOf([jump, way], ways) {
        const ofJump = ways.filter(([other]) => other === jump);
        const name = source.dataset.runtime ? (way > 0 ? `to line ${way}` : "exit")
            : ofJump.length > 2 ? `case ${way + 1} of ${ofJump.length}`
            : way ? "jump" : "no jump";
        return ofJump.length < ways.length ? `branch ${jump + 1}, ${name}` : name;
    }

    function askWays(button) {
        const line = button.parentElement;
        const ways = waysOf(line);
        const parts = ways.flatMap((way) => {
            const members = way[2] === null ? [] : membersOf(setOf(way[2]));
            const name = nameOf(way, ways);
            const heading = `${name[0].toUpperCase()}${name.slice(1)}: ${members.length ? counted(members.length, "process", "processes") : "never"}`;
            return [made("h3", { className: members.length ? "" : "never" }, heading), listOf(members), ...listOfTests(way[3])];
        });
        answer(button, `Ways of line ${line.id.slice(1)}`, ...parts);
    }

    function answer(button, heading, ...content) {
        panel.replaceChildren(
            made("button", { className: "close", onclick: close }, "Close"), made("h2", {}, heading), ...content);
        panel.hidden = false;
        panel.scrollTop = 0;
        all(".asked").forEach((line) => line.classList.remove("asked"));
        button.parentElement.classList.add("asked");
        button.parentElement.scrollIntoView({ block: "nearest" });
    }

    function close() {
        panel.hidden = true;
        all(".asked").forEach((line) => line.classList.remove("asked"));
    }

    document.addEventListener("click", async (event) => {
        const ways = event.target.closest(".ways");
        const button = event.target.closest("button[data-set]");
        if (!ways && !button) return;
        await Promise.all([load("processes"), document.body.dataset.tests ? load("tests") : null]);
        if (ways) return askWays(ways);
        const line = button.closest(".l");
        ask(button, line ? `Line ${line.id.slice(1)}` : one("th", button.closest("tr")).textContent);
    });

    // ---- From line to line

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
        if (isTyping(event) || one("#help")) return;
        if (event.key === "Escape") close();
        else if (event.key === "j") jump("m");
        else if (event.key === "k") jump("m", -1);
        else if (event.key === "b") jump("b");
        else if (event.key === "c") jump("c");
    });
    help.push(["j k", "next and previous missed lines"], ["b", "next lines whose branches did not go every way"],
        ["c", "next lines only in children"]);

    let isAsMade = true;
    return () => {
        if (chosen || !isAsMade) {
            mark();
            sum();
        }
        nameMissing();
        isAsMade = !chosen;
        if (!panel.hidden) close();
    };
}

kinds.push(["#source", sourcePage]);
