// The page of all functions.

function functionsPage(grid) {
    const files = readFiles();
    const setOf = () => setsOf(forkcov.sets.sets);
    const functions = forkcov.functions.flatMap((list, file) =>
        list.map(([name, line, processes, set, lines, hit], place) =>
            ({ id: `${file}.${place}`, file: files[file], name, line, processes, set, lines, hit })));
    let shown = functions;
    const order = sorting(grid, "source", ["name", "source", "cover"], () => refresh());
    const rows = gridRows(one(".rows", grid), draw, (row) => row.id);
    const coverOf = (row) => (row.lines ? row.hit / row.lines : row.processes ? 1 : 0);

    const columns = {
        name: textual((row) => row.name),
        source: textual((row) => row.file.name),
        line: numeric((row) => row.line),
        lines: numeric((row) => row.lines),
        cover: numeric((row) => 100 * coverOf(row)),
        processes: numeric((row) => row.processes),
    };
    const plain = (row, word) => columns.name(row, word) || columns.source(row, word);

    function draw(row) {
        const address = `${row.file.href}${toQuery()}#L${row.line}`;
        const name = cell("name", made("a", { href: address, title: row.name }, row.name));
        const source = cell("source", made("span", { className: "path", title: row.file.name }, ...pathParts(row.file.name)), `:${row.line}`);
        const lines = cell("wide extra");
        if (row.lines) lines.append(bar(row.hit, row.lines), made("b", {}, `${row.hit}/${row.lines}`));
        return made("div", { className: row.processes ? "" : "never" }, name, source, lines, cell("", String(row.processes)));
    }

    function refresh() {
        const isWanted = filterOf(one("#filter").value, columns, plain);
        const isHidden = one("#hide").checked ? (row) => row.processes > 0 : () => false;
        const [key, sign] = order();
        const values = { name: (row) => row.name, cover: coverOf, processes: (row) => row.processes };
        const bySource = (one, other) => inOrder(one.file.index, other.file.index) || one.line - other.line;
        const compare = values[key]
            ? (one, other) => sign * inOrder(values[key](one), values[key](other)) || bySource(one, other)
            : (one, other) => sign * bySource(one, other);
        const matching = shown.filter(isWanted);
        rows.set(matching.filter((row) => !isHidden(row)).sort(compare));
        const entered = matching.filter((row) => row.processes).length;
        const of = matching.length < functions.length ? ` (all: ${functions.length})` : "";
        one("h1").textContent = `${entered} of ${counted(matching.length, "function", "functions")} entered${of}`;
    }

    bind(one("#filter"), "filter", refresh);
    bind(one("#hide"), "hide", refresh);
    help.push(["Enter", "open the source at the function"]);
    return () => {
        shown = functions;
        if (chosen) {
            const sets = setOf();
            // Which lines of a function these ran, only its source says.
            shown = functions.map((row) => ({ ...row, lines: 0, processes: row.set < 0 ? 0 : within(sets(row.set)) }));
        }
        refresh();
    };
}

kinds.push(["#all-functions", functionsPage]);
