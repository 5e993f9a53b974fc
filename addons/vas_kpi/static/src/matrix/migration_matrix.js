import { Component, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { nextCell } from "../core/grid_keys";

const MARKS = { up: "▲", down: "▼", same: "＝", rated: "＋", unrated: "？" };

/** Who moves from which band to which: rows are now, columns are tried. */
export class MigrationMatrix extends Component {
    static template = "vas_kpi.MigrationMatrix";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.table = useRef("table");
        this.state = useState({ row: 0, column: 0 });
    }

    get matrix() {
        return this.props.record.data[this.props.name] || null;
    }

    get words() {
        return {
            up: _t("up"),
            down: _t("down"),
            same: _t("unchanged"),
            rated: _t("newly rated"),
            unrated: _t("cannot be rated"),
        };
    }

    mark(cell) {
        return cell.count ? MARKS[cell.move] : "";
    }

    percent(share) {
        return `${(share * 100).toFixed(share < 0.1 && share > 0 ? 1 : 0)} %`;
    }

    cellText(row, column, cell) {
        return _t("%(count)s from %(old)s to %(new)s: %(word)s, %(share)s of %(old)s", {
            count: cell.count,
            old: row.label,
            new: column.label,
            word: this.words[cell.move],
            share: this.percent(cell.share),
        });
    }

    onKeydown(ev) {
        const { rows, columns } = this.matrix;
        const next = nextCell(ev, this.state, rows.length, columns.length);
        if (!next) {
            return;
        }
        ev.preventDefault();
        Object.assign(this.state, next);
        this.table.el
            .querySelector(`[data-cell="${next.row}-${next.column}"]`)
            .focus();
    }

    onFocus(row, column) {
        Object.assign(this.state, { row, column });
    }

    async open(row, column) {
        const action = await this.orm.call("vas.simulation", "action_open_results", [
            [this.props.record.resId],
            row ? row.key : null,
            column ? column.key : null,
        ]);
        return this.action.doAction(action);
    }
}

export const migrationMatrix = {
    component: MigrationMatrix,
    displayName: _t("Migration between bands"),
    supportedTypes: ["json"],
};

registry.category("fields").add("vas_migration_matrix", migrationMatrix);
