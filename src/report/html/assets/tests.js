// The table of tests.

function testsPage(table) {
    const columns = {
        name: textual((row) => row.cells[0].textContent),
        processes: numeric((row) => Number(row.cells[1].textContent)),
        lines: numeric((row) => Number(row.cells[3].textContent)),
        only: numeric((row) => Number(row.cells[4].textContent)),
        exit: (row, word) => row.cells[2].textContent.split(", ").includes(`exit ${word}`),
    };
    const plain = (row, word) => columns.name(row, word) || endsLike(row.cells[2].textContent, word);
    function narrow() {
        const isWanted = filterOf(one("#filter").value, columns, plain);
        for (const row of one("tbody", table).rows) row.hidden = !isWanted(row);
    }
    bind(one("#filter"), "filter", narrow);
    return narrow;
}

kinds.push(["table.tests", testsPage]);
