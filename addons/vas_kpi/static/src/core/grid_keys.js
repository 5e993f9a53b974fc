/**
 * Where the focus goes in a grid of cells when a key is pressed.
 *
 * @param {{key: string, ctrlKey?: boolean}} ev
 * @param {{row: number, column: number}} at
 * @param {number} rows
 * @param {number} columns
 * @param {number} [page=10] rows that Page Up and Page Down move
 * @returns {{row: number, column: number} | null} null: the key is not ours
 */
export function nextCell(ev, at, rows, columns, page = 10) {
    const last = { row: rows - 1, column: columns - 1 };
    const moves = {
        ArrowUp: () => ({ ...at, row: at.row - 1 }),
        ArrowDown: () => ({ ...at, row: at.row + 1 }),
        ArrowLeft: () => ({ ...at, column: at.column - 1 }),
        ArrowRight: () => ({ ...at, column: at.column + 1 }),
        Home: () => ({ row: ev.ctrlKey ? 0 : at.row, column: 0 }),
        End: () => ({ row: ev.ctrlKey ? last.row : at.row, column: last.column }),
        PageUp: () => ({ ...at, row: at.row - page }),
        PageDown: () => ({ ...at, row: at.row + page }),
    };
    const move = moves[ev.key];
    if (!move || rows < 1 || columns < 1) {
        return null;
    }
    const { row, column } = move();
    return {
        row: Math.min(Math.max(row, 0), last.row),
        column: Math.min(Math.max(column, 0), last.column),
    };
}
