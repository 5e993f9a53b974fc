import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useVirtualGrid } from "@web/core/virtual_grid_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { nextCell } from "../core/grid_keys";

export const ROW_HEIGHT = 36;
const STRONGEST = 0.55;

/** Scores as a grid: who is rated down, periods or criteria across. */
export class HeatMap extends Component {
    static template = "vas_kpi.HeatMap";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.scroller = useRef("scroller");
        this.display = { controlPanel: {} };
        this.state = useState({
            loading: true,
            axis: "period",
            band: null,
            text: "",
            row: 0,
            column: 0,
        });
        this.data = { cards: [], rows: [], columns: [] };
        this.grid = useVirtualGrid({ scrollableRef: this.scroller, bufferCoef: 1 });
        onWillStart(() => this.load());
    }

    get isSmall() {
        return this.env.isSmall;
    }

    async load(code = this.data.code) {
        this.state.loading = true;
        this.data = await this.orm.call("vas.assessment", "get_heat_map", [], {
            code: code || null,
            axis: this.state.axis,
        });
        Object.assign(this.state, { loading: false, row: 0, column: 0, band: null });
        this.filter();
    }

    /** Bands that occur, in the order of their best score. */
    get bands() {
        if (this.state.axis !== "period") {
            return [];
        }
        const best = new Map();
        for (const row of this.data.rows) {
            for (const cell of row.cells) {
                if (cell && cell[2]) {
                    best.set(cell[2], Math.max(best.get(cell[2]) ?? -Infinity, cell[1]));
                }
            }
        }
        return [...best].sort((one, other) => other[1] - one[1]).map(([name]) => name);
    }

    filter() {
        const text = this.state.text.trim().toLowerCase();
        const band = this.state.band;
        this.rows = this.data.rows.filter(
            (row) =>
                (!text || row.name.toLowerCase().includes(text)) &&
                (!band || row.cells.some((cell) => cell && cell[2] === band))
        );
        const values = this.data.rows.flatMap((row) =>
            row.cells.filter(Boolean).map((cell) => cell[1])
        );
        // Math.min(...values) would overflow the stack on large maps.
        this.low = values.reduce((low, value) => Math.min(low, value), Infinity);
        this.high = values.reduce((high, value) => Math.max(high, value), -Infinity);
        this.grid.setRowsHeights(this.rows.map(() => ROW_HEIGHT));
        this.state.row = Math.min(this.state.row, Math.max(0, this.rows.length - 1));
        this.render();
    }

    /** Only the rows on the screen and one screen around them are drawn. */
    get visible() {
        const [first, last] = this.grid.rowsIndexes || [];
        const from = first ?? 0;
        const to = last ?? Math.min(this.rows.length, 60) - 1;
        return {
            before: from * ROW_HEIGHT,
            after: Math.max(0, this.rows.length - 1 - to) * ROW_HEIGHT,
            rows: this.rows
                .slice(from, to + 1)
                .map((row, index) => ({ ...row, index: from + index })),
        };
    }

    get criterionNote() {
        return _t("Points of the maximum in percent, %(period)s", {
            period: this.data.period || "",
        });
    }

    number(value) {
        return value === null || value === undefined
            ? "–"
            : String(Number(value.toFixed(this.state.axis === "period" ? 2 : 1)));
    }

    style(cell) {
        const span = this.high - this.low || 1;
        const strength = 0.05 + ((cell[1] - this.low) / span) * (STRONGEST - 0.05);
        return `--o-vas-heat: ${strength.toFixed(3)}`;
    }

    cellText(row, column, cell) {
        return cell
            ? _t("%(name)s, %(column)s: %(score)s %(band)s", {
                  name: row.name,
                  column: column.label,
                  score: this.number(cell[1]),
                  band: cell[2],
              })
            : _t("%(name)s, %(column)s: no score", {
                  name: row.name,
                  column: column.label,
              });
    }

    // --------------------------------------------------------------------- handlers
    async onCard(ev) {
        await this.load(ev.target.value);
    }

    async onAxis(axis) {
        this.state.axis = axis;
        await this.load();
    }

    onBand(band) {
        this.state.band = this.state.band === band ? null : band;
        this.filter();
    }

    onText(ev) {
        this.state.text = ev.target.value;
        this.filter();
    }

    onKeydown(ev) {
        const next = nextCell(
            ev,
            this.state,
            this.rows.length,
            this.data.columns.length
        );
        if (!next) {
            return;
        }
        ev.preventDefault();
        Object.assign(this.state, next);
        this.focusCell(next);
    }

    focusCell({ row, column }) {
        const scroller = this.scroller.el;
        const top = row * ROW_HEIGHT;
        // Two rows of heads stay in the way at the top.
        const room = scroller.clientHeight - 3 * ROW_HEIGHT;
        if (top < scroller.scrollTop || top > scroller.scrollTop + room) {
            scroller.scrollTop = Math.max(0, top - room / 2);
        }
        // The row may only now come to be drawn.
        requestAnimationFrame(() =>
            requestAnimationFrame(() =>
                scroller.querySelector(`[data-cell="${row}-${column}"]`)?.focus()
            )
        );
    }

    onFocus(row, column) {
        Object.assign(this.state, { row, column });
    }

    openCell(cell) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "vas.assessment",
            res_id: cell[0],
            views: [[false, "form"]],
        });
    }

    openRow(row) {
        return this.openAssessments(row.name, [["res_id", "=", row.id]]);
    }

    openColumn(column) {
        return this.openAssessments(column.label, [["period", "=", column.key]]);
    }

    openAssessments(name, domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "vas.assessment",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [
                ["scorecard_id.code", "=", this.data.code],
                ["has_score", "=", true],
                ...domain,
            ],
        });
    }

    openRanking() {
        return this.action.doAction("vas_kpi.vas_assessment_action_ranking");
    }
}

registry.category("actions").add("vas_kpi.heat_map", HeatMap);
